package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"actinit/datasets/atomicfile"
	"actinit/reports/benchtext"
	"actinit/reports/runstore"
)

// loadRun reads the run named on the command line, or the newest that has the
// given files.
func loadRun(stderr io.Writer, root string, args []string, files ...string) (*runstore.Data, string, error) {
	var dir string
	if len(args) > 0 {
		found, err := runstore.Find(root, args[0])
		if err != nil {
			return nil, "", err
		}
		dir = found
	} else {
		newest, err := newestRun(stderr, root, files...)
		if err != nil {
			return nil, "", err
		}
		dir = newest.Dir
	}
	data, err := runstore.Load(dir)
	return data, dir, err
}

// newestRun returns the newest run that has the given files, and tells of shards that are newer.
func newestRun(stderr io.Writer, root string, files ...string) (runstore.Entry, error) {
	newest, err := runstore.Latest(root, files...)
	tellPassed(stderr, newest)
	return newest, err
}

// tellPassed says which newer runs were passed over for a run that nobody named.
func tellPassed(stderr io.Writer, run runstore.Entry) {
	switch n := len(run.Passed); n {
	case 0:
	case 1:
		fmt.Fprintf(stderr, "actinit: took the run %s and not %s, which is newer but %s: name it if it is meant\n", run.ID, run.Passed[0].ID, whyPassed(run.Passed[0]))
	default:
		var reasons []string
		for _, e := range run.Passed {
			if why := whyPassed(e); !slices.Contains(reasons, why) {
				reasons = append(reasons, why)
			}
		}
		fmt.Fprintf(stderr, "actinit: took the run %s and none of %d newer ones, each %s, such as %s: name one if it is meant\n", run.ID, n, strings.Join(reasons, " or "), run.Passed[0].ID)
	}
}

// whyPassed says what keeps a run from being the newest one.
func whyPassed(e runstore.Entry) string {
	switch {
	case e.Err != nil:
		return "damaged (actinit runs check)"
	case e.Shard() != "":
		return "a shard"
	}
	return stateOf(e)
}

func newExport() *cobra.Command {
	var runs, to string
	cmd := &cobra.Command{
		Use:   "export [RUN]",
		Short: "write a run's samples as text for benchstat",
		Long:  "Write the samples of a run, the newest if none is named, in Go's benchmark format, which benchstat reads.",
		Example: `  actinit export > new.txt
  actinit export 20260102T150405Z-1a2b3c4 --to old.txt`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			data, dir, err := loadRun(cmd.ErrOrStderr(), runs, args, runstore.FileBench)
			if err != nil {
				return err
			}
			if len(data.Bench) == 0 {
				return fmt.Errorf("%s: the run has no %s to export", dir, runstore.FileBench)
			}
			write := func(w io.Writer) error { return benchtext.Write(w, data.Bench, data.Environment) }
			if to != "" {
				return atomicfile.Write(to, write)
			}
			return write(cmd.OutOrStdout())
		},
	}
	cmd.Flags().StringVar(&runs, "out", DefaultRuns, "folder that holds the runs")
	cmd.Flags().StringVar(&to, "to", "", "file to write; none means standard output")
	return cmd
}
