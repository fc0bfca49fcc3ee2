package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"actinit/harness/filter"
	"actinit/harness/noise"
	"actinit/harness/result"
	"actinit/reports/benchtext"
	"actinit/reports/compare"
	"actinit/reports/gate"
	"actinit/reports/runstore"
)

func newCompare() *cobra.Command {
	var runs, filterText string
	var asJSON bool
	var o compare.Options
	var g gateSettings
	cmd := &cobra.Command{
		Use:   "compare [OLD [NEW]]",
		Short: "benchstat's statistics between two runs; status 1 if one regressed",
		Long: `Compare the timings and the accuracies of two runs, given as run IDs, names of baselines, run folders, or bench.parquet or
accuracy.parquet files. Without arguments the newest complete run is compared with the one before it; with one, the newest with that one,
which must be another.

Exit status 1 says that something regressed: a kernel is slower by more than its threshold, and this is no chance at level
--alpha after Holm's correction for the number of kernels; or its largest error or its share of misrounded results
grew, the same inputs tried, or more of its results are NaN, infinite or otherwise wrong. Two runs of the same build, and a run that its own noise verdict
says not to believe, are named in warnings, which change no status.

What is counted as regressed, improved or the same are a time for each kernel, size, number of workers and mode that both runs timed, and three
figures of accuracy for each kernel that both verified: wrong results, max_ulp, and misrounded. Each is a test case of --junit, of the kernel's name.

An unfinished run is compared only where it is named: if nothing regressed in what it has, the exit status is 2, for that is no pass.
Where it is not named and newer than the run that is compared, that one is compared, and is no pass either: the status is 2 if nothing
regressed, so that a gate whose own run was interrupted does not pass by an older one. The same goes for newer shards that are not joined,
and for a run whose environment.json is damaged and that may be newer.

A file of --thresholds has lines of a filter and settings; the first line whose filter matches a kernel counts:

  op:softmax                     ignore
  op:sigmoid dir:forward n:4096  slower=2%
  type:(float16 OR bfloat16)     throughput=10% misrounded=0.1%   # bytes per second
  *                              slower=5% max_ulp=0

A misspelt operation, direction, type or mode is refused; a line that counts for nothing that is compared is named in a warning.`,
		Example: `  actinit compare
  actinit compare main --thresholds thresholds.txt --junit compare.xml --github
  actinit compare 20260102T150405Z-1a2b3c4 20260103T090000Z-5d6e7f8 --filter 'type:float32 n:4096'
  actinit compare old/bench.parquet new/bench.parquet --json`,
		Args: cobra.MaximumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.Alpha == 0 || o.Threshold == 0 { // which Options would take for the defaults
				return errors.New("--alpha and --threshold: want more than 0")
			}
			f, err := filter.Parse(filterText)
			if err != nil {
				return fmt.Errorf("--filter: %w", err)
			}
			if err := g.check(); err != nil {
				return err
			}
			o.Thresholds = g.thresholds
			before, after, newer, err := twoRuns(cmd.ErrOrStderr(), runs, args)
			if err != nil {
				return err
			}
			left, err := side(before, f)
			if err != nil {
				return err
			}
			right, err := side(after, f)
			if err != nil {
				return err
			}
			right.Newer = newer
			c, err := compare.Compare(left, right, o)
			if err != nil {
				return err
			}
			annotations := cmd.OutOrStdout()
			if asJSON {
				annotations = cmd.ErrOrStderr()
				for _, warning := range c.Warnings {
					fmt.Fprintln(annotations, "actinit: warning:", warning)
				}
				err = writeJSON(cmd.OutOrStdout(), c)
			} else {
				err = c.WriteText(cmd.OutOrStdout())
			}
			if err != nil {
				return err
			}
			return g.report(c.Report(), annotations)
		},
	}
	cmd.Flags().StringVar(&runs, "out", DefaultRuns, "folder that holds the runs")
	cmd.Flags().StringVar(&filterText, "filter", "", "kernels to compare, in benchstat's syntax")
	cmd.Flags().Float64Var(&o.Alpha, "alpha", gate.DefaultAlpha, "level of significance, over all kernels together")
	cmd.Flags().Float64Var(&o.Threshold, "threshold", compare.DefaultThreshold, "slow-down that counts as a regression: .05 is 5%")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	g.register(cmd.Flags())
	return cmd
}

// twoRuns returns the paths of the runs to compare, older first, and which still newer run there is that did not get done.
func twoRuns(stderr io.Writer, root string, args []string) (before, after, newer string, err error) {
	if len(args) == 2 {
		if before, err = runPath(root, args[0]); err != nil {
			return "", "", "", err
		}
		after, err = runPath(root, args[1])
		return before, after, "", err
	}
	newest, err := runstore.LatestComplete(root, runstore.FileBench)
	if err != nil {
		return "", "", "", err
	}
	tellPassed(stderr, newest)
	if newer, err = newerThan(root, newest); err != nil {
		return "", "", "", err
	}
	if len(args) == 1 {
		before, err = runPath(root, args[0])
		if err == nil && isOf(before, newest) {
			err = fmt.Errorf("%s is the newest complete run itself: there is none to hold against it; make one with actinit bench", args[0])
		}
		return before, newest.Dir, newer, err
	}
	previous, err := runstore.Previous(root, newest.ID, runstore.FileBench)
	tellPassed(stderr, previous)
	return previous.Dir, newest.Dir, newer, err
}

// newerThan names the newest run after the newest complete one that has timings, or was to have some, or cannot be read, and says what
// to do, "" if there is none: a gate would take the verdict about an older run for its own.
func newerThan(root string, newest runstore.Entry) (string, error) {
	for _, e := range newest.Passed {
		if e.Err != nil {
			return e.ID + ", which may be newer but is damaged (actinit runs check says what is wrong; name the runs to compare others)", nil
		}
	}
	entries, err := runstore.List(root)
	if err != nil {
		return "", err
	}
	for _, e := range slices.Backward(entries) {
		if e.ID == newest.ID {
			break
		}
		passed := slices.ContainsFunc(newest.Passed, func(p runstore.Entry) bool { return p.ID == e.ID })
		if !passed && (e.Environment.Complete || !timing(e.Environment)) { // else killed before it had a table
			continue
		}
		first := "go on with " + runstore.GoOn(e.Dir, e.Environment)
		if e.Shard() != "" {
			first = "actinit runs join makes a run of all"
		}
		return fmt.Sprintf("%s, which is newer but %s (%s; name the runs to compare others)", e.ID, whyPassed(e), first), nil
	}
	return "", nil
}

// timing reports whether the run is one that times the kernels.
func timing(env result.Environment) bool {
	s, _, err := settingsOf(env)
	return err == nil && (s.against == "" || s.stagesGiven) && slices.Contains(s.stages, stageBench)
}

// isOf reports whether the path is that of the run's folder or of a file in it.
func isOf(path string, run runstore.Entry) bool {
	folder, err := os.Stat(run.Dir)
	for _, at := range []string{path, filepath.Dir(path)} {
		if info, atErr := os.Stat(at); err == nil && atErr == nil && os.SameFile(info, folder) {
			return true
		}
	}
	return false
}

// runPath returns the file or folder that name stands for: a Parquet file as it
// is, anything else a run.
func runPath(root, name string) (string, error) {
	if info, err := os.Stat(name); filepath.Ext(name) == ".parquet" || err == nil && !info.IsDir() {
		return name, nil
	}
	return runstore.Find(root, name)
}

// side loads one side of the comparison and keeps what the filter selects.
func side(path string, f *filter.Filter) (compare.Side, error) {
	all, err := compare.Load(path)
	if err != nil {
		return all, err
	}
	if all.Noise = findingsOf(noise.Measure(all.Rows)); f.String() == "" {
		return all, nil
	}
	var kept []result.Bench
	for _, row := range all.Rows {
		if matchesBench(f, row) {
			kept = append(kept, row)
		}
	}
	// Accuracy is a kernel's whatever its size: of a filter by size it is left out.
	var accuracy []result.Accuracy
	for _, row := range all.Accuracy {
		if f.Match(row.Kernel()) {
			accuracy = append(accuracy, row)
		}
	}
	if len(kept)+len(accuracy) == 0 {
		return compare.Side{}, fmt.Errorf("--filter %q: nothing in %s matches it", f, path)
	}
	return all.Filter(kept, accuracy), nil
}

// compareCommands returns the commands that compare the run with the one before it, actinit's and benchstat's, or nothing
// if there is none.
func compareCommands(root string, run *runstore.Run) (ours, benchstat string) {
	previous, err := runstore.Previous(root, run.ID(), runstore.FileBenchText)
	if err != nil {
		return "", ""
	}
	if entry, err := runstore.Latest(root, runstore.FileBenchText); err != nil || entry.ID != run.ID() {
		return "", ""
	}
	words := []string{"compare", previous.ID, run.ID()}
	if root != DefaultRuns {
		words = append(words, "--out", root)
	}
	return result.CommandLine(words), benchtext.Command(filepath.Join(previous.Dir, runstore.FileBenchText), run.Path(runstore.FileBenchText))
}
