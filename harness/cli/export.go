package cli

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"actinit/datasets/atomicfile"
	"actinit/reports/benchtext"
	"actinit/reports/runstore"
)

// loadRun reads the run named on the command line, or the newest that has the
// given files.
func loadRun(root string, args []string, files ...string) (*runstore.Data, string, error) {
	var dir string
	if len(args) > 0 {
		found, err := runstore.Find(root, args[0])
		if err != nil {
			return nil, "", err
		}
		dir = found
	} else {
		newest, err := runstore.Latest(root, files...)
		if err != nil {
			return nil, "", err
		}
		dir = newest.Dir
	}
	data, err := runstore.Load(dir)
	return data, dir, err
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
			data, dir, err := loadRun(runs, args, runstore.FileBench)
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
