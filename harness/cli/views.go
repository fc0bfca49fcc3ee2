package cli

import (
	"bytes"
	"fmt"

	"github.com/spf13/cobra"

	"actinit/reports/runstore"
)

func newRunsViews() *cobra.Command {
	return &cobra.Command{
		Use:   "views [FOLDER]",
		Short: "print the SQL by which DuckDB sees the runs as one view for each table",
		Long: `Print the SQL that makes DuckDB see the runs in FOLDER, reports/runs if none is named, or the data set that actinit runs merge made there, as the views
bench, pairs, limits, accuracy, distribution, layers, claims and curves, and runs, which has a row for each run. Runs that are not complete, shards that were joined
and runs that had files missing when the SQL was made are left out. All columns of today are there: what an older file has not is null, and a table without files has no rows. newest('bench')
is the newest run that has timings and is no shard. Where runs of several machines have one ID, each has a run_id of its own here, ID@HOST, or, of one machine's,
ID@HOST@START; the column given_id of runs has the one in the files. New runs are seen at once; give the command again when the first file of a table is there.`,
		Example: `  actinit runs views > views.sql
  duckdb -init views.sql
  actinit runs views /data/actinit`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			folder := DefaultRuns
			if len(args) > 0 {
				folder = args[0]
			}
			var sql bytes.Buffer
			left, err := runstore.WriteViews(&sql, folder)
			if err != nil {
				return err
			}
			for _, run := range left {
				fmt.Fprintln(cmd.ErrOrStderr(), "actinit: left out:", run)
			}
			_, err = cmd.OutOrStdout().Write(sql.Bytes())
			return err
		},
	}
}
