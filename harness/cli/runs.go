package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"actinit/harness/result"
	"actinit/reports/runstore"
)

// newRuns is the parent of the commands about stored runs.
func newRuns() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "runs",
		Short: "list, show, merge, join, view, check and prune stored runs",
		Long: `Look after the runs below reports/runs: each is a folder of its own, which can be copied, and complete when its environment.json
says so.`,
		Example: `  actinit runs list
  actinit runs merge /data/actinit
  actinit runs join reports/runs/sweep-*
  actinit runs views > views.sql
  actinit runs check`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newRunsList(), newRunsShow(), newRunsMerge(), newJoin(), newRunsViews(), newRunsCheck(), newRunsPrune())
	return cmd
}

// listed returns the runs below root, which must be a folder: of one that is misspelt nobody wants to hear that all is well.
func listed(root string) ([]runstore.Entry, error) {
	if _, err := os.Stat(root); err != nil {
		return nil, fmt.Errorf("%s: there is no such folder: name the one that holds the runs with --out, or make a run with actinit bench", root)
	}
	return runstore.List(root)
}

// chosen returns the runs named, or all below root.
func chosen(root string, names []string) ([]runstore.Entry, error) {
	if len(names) == 0 {
		return listed(root)
	}
	var all []runstore.Entry
	for _, name := range names {
		dir, err := runstore.Find(root, name)
		if err != nil {
			return nil, err
		}
		entries, err := runstore.List(filepath.Dir(dir))
		if err != nil {
			return nil, err
		}
		i := slices.IndexFunc(entries, func(e runstore.Entry) bool { return e.ID == filepath.Base(dir) })
		if set := runstore.DataSetOf(dir); i < 0 && set != "" {
			return nil, fmt.Errorf("%s: it is a part of the data set %s: name that one", dir, set)
		}
		if i < 0 {
			return nil, fmt.Errorf("%s: not the folder of a run: it has no %s", dir, runstore.FileEnvironment)
		}
		all = append(all, entries[i])
	}
	return all, nil
}

func newRunsList() *cobra.Command {
	var root string
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "the runs, oldest first",
		Example: `  actinit runs list --json`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			list := listed
			if !cmd.Flags().Changed("out") {
				list = runstore.List // before the first run there is no folder
			}
			entries, err := list(root)
			if err != nil {
				return err
			}
			w := cmd.OutOrStdout()
			if asJSON {
				return listJSON(w, entries)
			}
			if len(entries) == 0 {
				fmt.Fprintf(w, "no runs in %s\n", root)
				return nil
			}
			l := &listing{header: []string{"run", "started", "host", "state", "shard", "size", "command"}, right: map[int]bool{5: true}}
			for _, e := range entries {
				env := e.Environment
				started := ""
				if !env.Started.IsZero() {
					started = env.Started.Format("2006-01-02 15:04")
				}
				l.add(e.ID, started, env.Host, stateOf(e), e.Shard(), sizeInWords(size(e.Dir)), result.CommandLine(env.Command))
			}
			l.text(w)
			if slices.ContainsFunc(entries, func(e runstore.Entry) bool { return e.Err != nil }) {
				fmt.Fprintln(w, "\nactinit runs check says what is damaged")
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&root, "out", DefaultRuns, "folder that holds the runs")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON: a list of objects, with bytes, seconds and times as RFC 3339 has them")
	return cmd
}

// listJSON prints the runs for programs.
func listJSON(w io.Writer, entries []runstore.Entry) error {
	type object struct {
		Run     string    `json:"run"`
		Folder  string    `json:"folder"`
		State   string    `json:"state"`
		Problem string    `json:"problem,omitempty"` // why it cannot be read
		Host    string    `json:"host"`
		Started time.Time `json:"started,omitzero"`
		Seconds *float64  `json:"seconds,omitempty"` // from its start to its end, or to when it was stopped
		Shard   string    `json:"shard,omitempty"`
		Bytes   int64     `json:"bytes"`
		Command []string  `json:"command"`
	}
	all := make([]object, 0, len(entries))
	for _, e := range entries {
		env := e.Environment
		run := object{Run: e.ID, Folder: e.Dir, State: stateOf(e), Host: env.Host, Started: env.Started, Shard: e.Shard(), Bytes: size(e.Dir), Command: env.Command}
		if e.Err != nil {
			run.Problem = oneLine(e.Err.Error())
		}
		if !env.Finished.IsZero() {
			seconds := env.Finished.Sub(env.Started).Seconds()
			run.Seconds = &seconds
		}
		all = append(all, run)
	}
	return writeJSON(w, all)
}

// States of runs that are not complete.
const (
	running    = "running"
	unfinished = "unfinished"
)

// stateOf is a run's state in a word.
func stateOf(e runstore.Entry) string {
	switch {
	case e.Err != nil:
		return "damaged"
	case e.Environment.Complete:
		return "complete"
	}
	if _, writes := runstore.Running(e.Dir); writes {
		return running
	}
	return unfinished
}

// size is how many bytes the files of a folder have.
func size(dir string) (bytes int64) {
	_ = filepath.WalkDir(dir, func(_ string, d os.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			if info, err := d.Info(); err == nil {
				bytes += info.Size()
			}
		}
		return nil // what cannot be read is not counted
	})
	return bytes
}

func sizeInWords(bytes int64) string {
	if bytes < 1<<20 {
		return fmt.Sprintf("%d KiB", (bytes+1023)>>10)
	}
	return fmt.Sprintf("%.1f MiB", float64(bytes)/(1<<20))
}

func newRunsShow() *cobra.Command {
	var root string
	cmd := &cobra.Command{
		Use:     "show [RUN]",
		Short:   "the machine, the build and the tables of a run, the newest if none is named",
		Example: `  actinit runs show`,
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			data, dir, err := loadRun(cmd.ErrOrStderr(), root, args)
			if err != nil {
				return err
			}
			showRun(cmd.OutOrStdout(), dir, data)
			return nil
		},
	}
	cmd.Flags().StringVar(&root, "out", DefaultRuns, "folder that holds the runs")
	return cmd
}

// showRun prints what a run is and holds.
func showRun(w io.Writer, dir string, data *runstore.Data) {
	e := data.Environment
	state := "complete"
	if process, writes := runstore.Running(dir); !e.Complete && writes {
		state = strings.TrimRight(running+": process "+process, " ")
	} else if !e.Complete {
		state = unfinished + ": go on with " + runstore.GoOn(dir, e)
	}
	l := &listing{header: []string{"run", e.RunID}}
	add := func(name, value string) {
		if value != "" {
			l.add(name, value)
		}
	}
	add("folder", dir)
	add("state", state)
	add("command", result.CommandLine(e.Command))
	add("commit", version(e.Commit, e.Modified))
	add("executable", e.Executable)
	add("started", e.Started.Format(time.RFC3339))
	if !e.Finished.IsZero() {
		add("took", e.Finished.Sub(e.Started).Round(time.Second).String())
	}
	add("machine", strings.Join(nonEmpty(e.Host, e.CPU, plural(e.GOMAXPROCS, "thread"), e.GOOS+"/"+e.GOARCH), ", "))
	add("kernels", e.ISA)
	add("built with", e.GoVersion)
	add("seed", fmt.Sprint(e.Seed))
	l.text(w)
	tables := &listing{header: []string{"table", "rows"}, right: map[int]bool{1: true}}
	for _, t := range []struct {
		file string
		rows int
	}{
		{runstore.FileBench, len(data.Bench)}, {runstore.FilePairs, len(data.Pairs)}, {runstore.FileLimits, len(data.Limits)},
		{runstore.FileAccuracy, len(data.Accuracy)}, {runstore.FileDistribution, len(data.Distribution)}, {runstore.FileLayers, len(data.Layers)},
		{runstore.FileClaims, len(data.Claims)}, {runstore.FileCurves, len(data.Curves)},
	} {
		if t.rows > 0 {
			tables.add(t.file, thousands(int64(t.rows)))
		}
	}
	switch {
	case len(tables.rows) > 0:
		fmt.Fprintln(w)
		tables.text(w)
	case e.Complete:
		fmt.Fprintln(w, "\nthe run is empty")
	}
}

// nonEmpty leaves out empty words.
func nonEmpty(words ...string) []string {
	return slices.DeleteFunc(words, func(w string) bool { return strings.Trim(w, "/") == "" })
}

func newRunsMerge() *cobra.Command {
	var root string
	cmd := &cobra.Command{
		Use:   "merge OUT [RUN ...]",
		Short: "add runs to one data set in Hive's layout",
		Long: `Add complete runs, all if none is named, to the data set at OUT: a folder for each table, in it folders host=NAME/day=DATE, in these a
Parquet file for each run. Host, day and run are columns of the files too. Files are only added, so that it may be done again,
by several machines at once into one shared folder, and data sets of several machines can be copied together. Shards are not merged, the
run that is joined of them is, so that no row is there twice. Runs of one ID on several machines or days stay apart, by host and started; actinit runs views gives each a run_id of its own. A run that cannot be read is left out and named, and the exit status is 2.`,
		Example: `  actinit runs merge /data/actinit
  duckdb -c "SELECT host, day, op, median(ns_per_elem) FROM read_parquet('/data/actinit/bench/**/*.parquet', union_by_name = true) GROUP BY ALL"`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			runs, err := chosen(root, args[1:])
			if err != nil {
				return err
			}
			var notes []string
			if len(args) == 1 {
				runs, notes = mergeable(runs)
			}
			if len(runs) == 0 {
				return errors.New(strings.Join(append([]string{root + ": no complete run to merge"}, notes...), "; "))
			}
			added, there, err := runstore.Merge(args[0], runs)
			left, err := leftOut(cmd.ErrOrStderr(), err)
			if err != nil && added > 0 {
				return fmt.Errorf("%w; %s added to %s before: merge again when it is mended", err, plural(added, "file"), args[0])
			}
			if err != nil {
				return err
			}
			for _, note := range notes {
				fmt.Fprintln(cmd.ErrOrStderr(), "actinit:", note)
			}
			if left < len(runs) {
				fmt.Fprintf(cmd.OutOrStdout(), "%s: %s added to %s, %d were there\n", plural(len(runs)-left, "run"), plural(added, "file"), args[0], there)
			}
			if left > 0 {
				return fmt.Errorf("%d of %s cannot be merged", left, plural(len(runs), "run"))
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&root, "out", DefaultRuns, "folder that holds the runs")
	return cmd
}

// leftOut says which runs a merge left out, and returns how many, or what ended the merge.
func leftOut(stderr io.Writer, err error) (left int, ended error) {
	errs := []error{err}
	if all, ok := err.(interface{ Unwrap() []error }); ok {
		errs = all.Unwrap()
	}
	for _, err := range errs {
		if out := new(runstore.LeftOutError); !errors.As(err, &out) {
			ended = err
			continue
		}
		fmt.Fprintf(stderr, "actinit: left out: %s\n", oneLine(err.Error()))
		left++
	}
	return left, ended
}

// mergeable returns, of all runs, those that can be merged, and which others there are.
func mergeable(runs []runstore.Entry) (merged []runstore.Entry, notes []string) {
	without := func(of, left []runstore.Entry, things, why string) {
		var names []string
		for _, run := range of {
			if !slices.ContainsFunc(left, func(e runstore.Entry) bool { return e.ID == run.ID }) {
				names = append(names, run.ID)
			}
		}
		if len(names) > 0 {
			notes = append(notes, fmt.Sprintf("not merged: %s %s: %s", plural(len(names), things), why, someOf(names)))
		}
	}
	complete := slices.DeleteFunc(slices.Clone(runs), func(e runstore.Entry) bool { return e.Err == nil && !e.Environment.Complete })
	without(runs, complete, "run", "not complete (actinit runs check)")
	whole := runstore.WithoutDoubles(complete)
	without(complete, whole, "run", "whose rows come with others, as those of joined shards")
	merged = slices.DeleteFunc(slices.Clone(whole), func(e runstore.Entry) bool { return e.Shard() != "" })
	without(whole, merged, "shard", "not joined yet (actinit runs join)")
	return merged, notes
}

// mostNamed is how many of several runs are named.
const mostNamed = 3

// someOf lists names.
func someOf(names []string) string {
	more := ""
	if len(names) > mostNamed {
		more = fmt.Sprintf(" and %d more", len(names)-mostNamed)
	}
	return strings.Join(names[:min(len(names), mostNamed)], ", ") + more
}
