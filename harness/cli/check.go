package cli

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"actinit/harness/result"
	"actinit/reports/runstore"
)

func newRunsCheck() *cobra.Command {
	var root string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "check [RUN | DATASET ...]",
		Short: "read all tables and texts of runs, or of a data set; status 1 if something is wrong",
		Long: `Read the tables and texts of runs, all if none is named. A complete run lists its Parquet and Arrow files in environment.json with
sizes and SHA-256 sums: one that is missing or has other bytes is told. bench.txt is held against bench.parquet; report.html, which can be
made again, is not looked at. Folders that have a run's tables and no environment.json are told of, too. A run that is not complete is nothing
wrong if what it has can be read: how to go on with it is said, or that a process is writing it.

A folder that actinit runs merge made is read as a whole: each run's files by the list that merge writes last, with sizes and SHA-256 sums; their rows, which
must be sorted and of the run, host and day in the path; and that no run's rows are there twice. Files that no run can have are told of.`,
		Example: `  actinit runs check
  actinit runs check /data/actinit`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			all, err := checkNamed(root, args)
			if err != nil {
				return err
			}
			if len(all) == 0 {
				return fmt.Errorf("%s: no run to check; make one with actinit bench", root)
			}
			wrong := slices.ContainsFunc(all, func(c checked) bool { return len(c.Problems) > 0 })
			if asJSON {
				err = writeJSON(cmd.OutOrStdout(), all)
			} else {
				showChecked(cmd.OutOrStdout(), all)
			}
			if err == nil && wrong {
				err = errFailed
			}
			return err
		},
	}
	cmd.Flags().StringVar(&root, "out", DefaultRuns, "folder that holds the runs")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON: a list of objects")
	return cmd
}

// checkNamed checks the runs and the data sets named, or all runs below root, which may be a data set itself.
func checkNamed(root string, names []string) (all []checked, err error) {
	if len(names) == 0 && runstore.IsMerged(root) {
		names = []string{root}
	}
	var runs []string
	for _, name := range names {
		if !runstore.IsMerged(name) {
			runs = append(runs, name)
			continue
		}
		of, err := checkMerged(name)
		if err != nil {
			return nil, err
		}
		all = append(all, of...)
	}
	if len(names) > 0 && len(runs) == 0 {
		return all, nil
	}
	entries, err := chosen(root, runs)
	if err == nil && len(names) == 0 {
		var strays []runstore.Entry
		strays, err = runstore.Strays(root)
		entries = append(entries, strays...)
	}
	if err != nil {
		return nil, err
	}
	return append(all, checkRuns(entries)...), nil
}

// checkMerged checks a data set that runs merge made.
func checkMerged(folder string) ([]checked, error) {
	runs, strays, err := runstore.CheckMerged(folder)
	if err != nil {
		return nil, err
	}
	all := make([]checked, 0, len(runs))
	for _, run := range runs {
		c := checked{Run: run.Environment.RunID, Folder: folder, Complete: run.Environment.Complete, Listed: run.Listed, Problems: []string{}, merged: true}
		for _, p := range run.Problems {
			c.Problems = append(c.Problems, oneLine(p))
		}
		all = append(all, c)
	}
	if len(strays) > 0 {
		all = append(all, checked{Folder: folder, Problems: strays, merged: true})
	}
	return all, nil
}

// checked is what is wrong with a run, or, without one, with a data set.
type checked struct {
	Run      string   `json:"run,omitempty"`
	Folder   string   `json:"folder"`
	State    string   `json:"state,omitempty"` // as runs list has it, of a run in a folder of its own
	GoOn     string   `json:"go_on,omitempty"` // the command that goes on with it, where it is unfinished
	Complete bool     `json:"complete"`
	Listed   bool     `json:"listed"` // it has a list of its files, which tells what is missing
	Problems []string `json:"problems"`

	merged bool // it is of a data set
}

func checkRuns(runs []runstore.Entry) []checked {
	all := make([]checked, 0, len(runs))
	for _, run := range runs {
		c := checked{Run: run.ID, Folder: run.Dir, State: stateOf(run), Complete: run.Environment.Complete, Listed: run.Listed(), Problems: []string{}}
		if c.State == unfinished {
			c.GoOn = runstore.GoOn(run.Dir, run.Environment)
		}
		for _, p := range runstore.Check(run) {
			c.Problems = append(c.Problems, oneLine(p))
		}
		all = append(all, c)
	}
	return all
}

func showChecked(w io.Writer, all []checked) {
	states, runs, wrong, strays := map[string]int{}, 0, 0, 0
	for _, c := range all {
		for _, p := range c.Problems {
			fmt.Fprintf(w, "%s: %s\n", cmp.Or(c.Run, c.Folder), p)
		}
		switch {
		case c.Run == "":
			strays += len(c.Problems)
			continue
		case c.State == unfinished:
			fmt.Fprintf(w, "%s: unfinished: go on with %s, or remove it: %s\n", c.Run, c.GoOn, runstore.CommandFor(c.Folder, "runs", "prune", "--incomplete"))
		case c.State == running:
			fmt.Fprintf(w, "%s: a process is writing it\n", c.Run)
		}
		runs++
		states[c.State]++
		if len(c.Problems) > 0 {
			wrong++
		}
	}
	adviseChecked(w, all)
	fmt.Fprintf(w, "%s, %d with something wrong", plural(runs, "run"), wrong)
	for _, also := range []struct {
		number int
		what   string
	}{{states[unfinished], "unfinished"}, {states[running], "being written"}} {
		if also.number > 0 {
			fmt.Fprintf(w, ", %d %s", also.number, also.what)
		}
	}
	if strays > 0 {
		fmt.Fprintf(w, ", %s", plural(strays, "stray"))
	}
	fmt.Fprintln(w)
}

// adviseChecked says what is not known, and how to mend a data set.
func adviseChecked(w io.Writer, all []checked) {
	var unlisted, half, broken []string
	for _, c := range all {
		switch {
		case !c.Complete || c.Listed:
		case c.merged:
			half = append(half, c.Run)
		default:
			unlisted = append(unlisted, c.Run)
		}
		if c.merged && c.Run != "" && len(c.Problems) > 0 && !slices.Contains(broken, c.Folder) {
			broken = append(broken, c.Folder)
		}
	}
	if len(unlisted) > 0 {
		fmt.Fprintf(w, "of %s nobody knows whether files are missing: older versions wrote no list of them\n", strings.Join(unlisted, ", "))
	}
	if len(half) > 0 {
		fmt.Fprintf(w, "of %s nobody knows whether files are missing: the data set has no list of them, as where an older version made it or a merge was interrupted; merge again\n", strings.Join(half, ", "))
	}
	for _, folder := range broken {
		fmt.Fprintf(w, "to mend it, remove the files that are damaged and merge their runs again: %s\n", result.CommandLine([]string{"runs", "merge", folder}))
	}
}
