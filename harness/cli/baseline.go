package cli

import (
	"fmt"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"actinit/reports/runstore"
)

func newBaseline() *cobra.Command {
	var runs string
	cmd := &cobra.Command{
		Use:   "baseline",
		Short: "names for runs that others are compared with",
		Long: `Give a run a name that compare, export, report and every other command takes in place of its ID, with or without run: before it.
A baseline keeps the run from being removed; to delete a baseline removes the name only.`,
		Example: `  actinit baseline save main
  actinit compare main`,
	}
	cmd.PersistentFlags().StringVar(&runs, "out", DefaultRuns, "folder that holds the runs")
	cmd.AddCommand(
		&cobra.Command{
			Use:   "save NAME [RUN]",
			Short: "name a run, the newest if none is given; a name that was another run's moves",
			Example: `  actinit baseline save main
  actinit baseline save v1.2 20260102T150405Z-1a2b3c4`,
			Args: cobra.RangeArgs(1, 2),
			RunE: func(cmd *cobra.Command, args []string) error {
				var id string
				if len(args) == 2 {
					dir, err := runstore.Find(runs, args[1])
					if err != nil {
						return err
					}
					if id = filepath.Base(dir); dir != filepath.Join(runs, id) {
						return fmt.Errorf("%s: want a run in %s", dir, runs)
					}
				} else {
					newest, err := newestRun(cmd.ErrOrStderr(), runs, runstore.FileBench)
					if err != nil {
						return err
					}
					id = newest.ID
				}
				replaced, err := runstore.SaveBaseline(runs, args[0], id, time.Now())
				if err != nil {
					return err
				}
				fmt.Fprintf(cmd.OutOrStdout(), "%s is run %s", args[0], id)
				if replaced != "" && replaced != id {
					fmt.Fprintf(cmd.OutOrStdout(), "; it was %s", replaced)
				}
				fmt.Fprintln(cmd.OutOrStdout())
				return nil
			},
		},
		newBaselineList(&runs),
		&cobra.Command{
			Use:     "delete NAME",
			Short:   "delete a name; its run stays",
			Example: `  actinit baseline delete v1.2`,
			Args:    cobra.ExactArgs(1),
			RunE: func(cmd *cobra.Command, args []string) error {
				if err := runstore.DeleteBaseline(runs, args[0]); err != nil {
					return err
				}
				fmt.Fprintf(cmd.OutOrStdout(), "%s is no baseline any more; its run stays\n", args[0])
				return nil
			},
		},
	)
	return cmd
}

func newBaselineList(runs *string) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "list the names",
		Example: `  actinit baseline list --json`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if cmd.Flags().Changed("out") { // before the first run there is no folder
				if _, err := listed(*runs); err != nil {
					return err
				}
			}
			baselines, err := runstore.Baselines(*runs)
			if err != nil {
				return err
			}
			l := &listing{header: []string{"baseline", "run", "saved"}}
			for _, b := range baselines {
				l.add(b.Name, b.RunID, b.Saved.Format(time.RFC3339))
			}
			if asJSON {
				return l.json(cmd.OutOrStdout())
			}
			l.text(cmd.OutOrStdout())
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON: a list of objects")
	return cmd
}
