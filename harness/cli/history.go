package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"actinit/harness/filter"
	"actinit/harness/result"
	"actinit/reports/gate"
	"actinit/reports/history"
	"actinit/reports/rowfile"
	"actinit/reports/runstore"
)

func newHistory() *cobra.Command {
	var root, filterText string
	var asJSON, all bool
	var o history.Options
	cmd := &cobra.Command{
		Use:   "history [RUN...]",
		Short: "the kernels' medians over all runs, and where they changed",
		Long: `Follow the median of each kernel over the runs of the store, or over those named, and show where it changed: at which run and
commit, from what to what. Runs of different machines are kept apart, and a timing counts once: a shard is left out where the run
is there that was joined of it.

A change point is where the runs before and after differ most by rank; it is shown where that is no chance at level --alpha
after Holm's correction for the number of series. A change shows when enough runs have followed it: filter to need fewer.`,
		Example: `  actinit history
  actinit history --filter 'op:sigmoid type:float32 n:4096' --all
  actinit history v1.1 v1.2 main --json`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.Alpha == 0 || o.Effect == 0 { // which Options would take for the defaults
				return errors.New("--alpha and --effect: want more than 0")
			}
			f, err := filter.Parse(filterText)
			if err != nil {
				return fmt.Errorf("--filter: %w", err)
			}
			runs, err := historyRuns(cmd.ErrOrStderr(), root, args, f)
			if err != nil {
				return err
			}
			h, err := history.Of(runs, o)
			if err != nil {
				return err
			}
			if len(h.Series)+h.Single == 0 {
				return fmt.Errorf("--filter %q: nothing in the runs of %s matches it", f, root)
			}
			if asJSON {
				return writeJSON(cmd.OutOrStdout(), h)
			}
			return h.WriteText(cmd.OutOrStdout(), all)
		},
	}
	cmd.Flags().StringVar(&root, "out", DefaultRuns, "folder that holds the runs")
	cmd.Flags().StringVar(&filterText, "filter", "", "kernels to follow, in benchstat's syntax")
	cmd.Flags().Float64Var(&o.Alpha, "alpha", gate.DefaultAlpha, "level of significance, over all series together")
	cmd.Flags().Float64Var(&o.Effect, "effect", history.DefaultEffect, "smallest change that is shown: .02 is 2%")
	cmd.Flags().BoolVar(&all, "all", false, "also show series without a change")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON, with every point of every series")
	return cmd
}

// historyRuns reads the medians of the runs named, or of all complete ones that have timings, each timing
// once: without the shards of joined runs. What several machines have measured for one run is a run of each.
// Of all runs, those that cannot be read are left out, and named on stderr.
func historyRuns(stderr io.Writer, root string, names []string, f *filter.Filter) ([]history.Run, error) {
	entries, err := chosen(root, names)
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		entries = slices.DeleteFunc(entries, func(e runstore.Entry) bool {
			return e.Err != nil || !e.Environment.Complete || !slices.Contains(e.Files, runstore.FileBench)
		})
		if len(entries) == 0 {
			return nil, fmt.Errorf("%s: no complete run with %s; make one with actinit bench", root, runstore.FileBench)
		}
	}
	var runs []history.Run
	var damaged error
	for _, e := range runstore.WithoutDoubles(entries) {
		of, err := historyRun(root, e, f)
		switch {
		case err == nil:
			runs = append(runs, of...)
		case len(names) > 0:
			return nil, err
		default:
			damaged = err
			fmt.Fprintf(stderr, "actinit: left out: %s\n", oneLine(err.Error()))
		}
	}
	if len(runs) == 0 {
		return nil, damaged
	}
	return runs, nil
}

// historyRun reads the medians of a run, for each machine that measured for it.
func historyRun(root string, e runstore.Entry, f *filter.Filter) ([]history.Run, error) {
	run, err := runstore.Open(root, e.Dir)
	if err != nil {
		return nil, err
	}
	rows, err := rowfile.ReadParquet[result.Bench](filepath.Join(e.Dir, runstore.FileBench))
	if err != nil {
		return nil, err
	}
	env := run.Environment()
	hosts := map[string][]result.Bench{env.Host: nil}
	for _, r := range rows {
		if matchesBench(f, r) {
			hosts[r.Host] = append(hosts[r.Host], r)
		}
	}
	commit := env.Commit
	if env.Modified {
		commit += "+modified"
	}
	var runs []history.Run
	for _, host := range slices.Sorted(maps.Keys(hosts)) {
		runs = append(runs, history.Run{ID: env.RunID, Host: host, Started: env.Started, Commit: commit, Medians: result.Medians(hosts[host])})
	}
	return runs, nil
}

// matchesBench reports whether the filter selects a timing.
func matchesBench(f *filter.Filter, r result.Bench) bool {
	return f.Match(r.Kernel(), filter.Int(filter.N, int(r.N)), filter.Int(filter.Workers, int(r.Workers)), filter.Setting{Key: filter.Mode, Value: cmp.Or(r.Mode, result.Warm)})
}
