package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"actinit/datasets/buildinfo"
	"actinit/harness/bench"
	"actinit/harness/remote"
	"actinit/kernels"
)

func newServe() *cobra.Command {
	var slower float64
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "run kernels for another program, asked by lines on standard input",
		Long: `Answer requests for timings of this program's kernels, one line each, until the end of the input. Paired runs start it for each
of the things they compare. The package documentation of actinit/harness/remote has the protocol, which any program can speak.`,
		Example: `  echo 'actinit 1' | actinit serve`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !(slower >= 0 && slower <= 10) {
				return fmt.Errorf("--slower %v: want a share from 0 to 10, such as 0.02", slower)
			}
			commit, modified := buildinfo.Commit()
			library := remote.Library{Name: "actinit", Version: version(commit, modified) + ", " + kernels.ISA()}
			return remote.Serve(cmd.InOrStdin(), cmd.OutOrStdout(), []remote.Library{library}, bench.Serve(slower))
		},
	}
	cmd.Flags().Float64Var(&slower, "slower", 0, "take longer by this `share`, to try what measures: 0.02 is 2%")
	return cmd
}
