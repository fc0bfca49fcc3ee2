package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"actinit/reports/runstore"
)

func newReport() *cobra.Command {
	var runs string
	var markdown bool
	cmd := &cobra.Command{
		Use:   "report [RUN]",
		Short: "write a run's report.html again",
		Long:  "Write report.html of a run, the newest if none is named: one file that needs no network.\nWith --markdown, print its tables of kernels instead: speed and accuracy of the float32 kernels,\nother libraries beside them, and those tried on all 2^32 inputs one by one.",
		Example: `  actinit report
  actinit report 20260102T150405Z-1a2b3c4 --markdown`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			data, dir, err := loadRun(cmd.ErrOrStderr(), runs, args)
			if err != nil {
				return err
			}
			if markdown {
				writeMarkdown(cmd.OutOrStdout(), data)
				return nil
			}
			if err := writePage(dir, data); err != nil {
				return err
			}
			fmt.Fprintln(cmd.OutOrStdout(), dir+"/"+runstore.FileReport)
			return nil
		},
	}
	cmd.Flags().BoolVar(&markdown, "markdown", false, "print the tables of kernels in Markdown")
	cmd.Flags().StringVar(&runs, "out", DefaultRuns, "folder that holds the runs")
	return cmd
}
