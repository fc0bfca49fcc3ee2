package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

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
made again, is not looked at. Folders that have a run's tables and no environment.json are told of, too.

A folder that actinit runs merge made is read as a whole: each run's files by the list that merge writes last, with sizes and SHA-256 sums; their rows, which
must be sorted and of the run, host and day in the path; and that no run's rows are there twice.`,
		Example: `  actinit runs check
  actinit runs check /data/actinit`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			all, err := checkNamed(root, args)
			if err != nil {
				return err
			}
			if len(all) == 0 {
				return fmt.Errorf("%s: no run to check", root)
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
	runs, err := runstore.CheckMerged(folder)
	if err != nil {
		return nil, err
	}
	all := make([]checked, 0, len(runs))
	for _, run := range runs {
		c := checked{Run: run.Environment.RunID, Folder: folder, Complete: run.Environment.Complete, Listed: run.Listed, Problems: []string{}}
		for _, p := range run.Problems {
			c.Problems = append(c.Problems, oneLine(p))
		}
		all = append(all, c)
	}
	return all, nil
}

// checked is what is wrong with a run.
type checked struct {
	Run      string   `json:"run"`
	Folder   string   `json:"folder"`
	Complete bool     `json:"complete"`
	Listed   bool     `json:"listed"` // it has a list of its files, which tells what is missing
	Problems []string `json:"problems"`
}

func checkRuns(runs []runstore.Entry) []checked {
	all := make([]checked, 0, len(runs))
	for _, run := range runs {
		c := checked{Run: run.ID, Folder: run.Dir, Complete: run.Environment.Complete, Listed: run.Listed(), Problems: []string{}}
		for _, p := range runstore.Check(run) {
			c.Problems = append(c.Problems, oneLine(p))
		}
		all = append(all, c)
	}
	return all
}

func showChecked(w io.Writer, all []checked) {
	wrong := 0
	var unlisted []string
	for _, c := range all {
		if c.Complete && !c.Listed {
			unlisted = append(unlisted, c.Run)
		}
		for _, p := range c.Problems {
			fmt.Fprintf(w, "%s: %s\n", c.Run, p)
		}
		if len(c.Problems) > 0 {
			wrong++
		}
	}
	if len(unlisted) > 0 {
		fmt.Fprintf(w, "of %s nobody knows whether files are missing: older versions wrote no list of them\n", strings.Join(unlisted, ", "))
	}
	fmt.Fprintf(w, "%s, %d with something wrong\n", plural(len(all), "run"), wrong)
}
