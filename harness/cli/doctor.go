package cli

import (
	"os"

	"github.com/spf13/cobra"

	"actinit/harness/doctor"
)

func newDoctor() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "what on this machine will disturb measurements, and what to do about it",
		Long: `Look for what makes times differ from run to run: frequency, other processes, a hypervisor, quotas, memory, clocks, counters.
Each check says ok, warns or unknown, what there is, what that means for measurements, and what to do. It takes half a second,
changes nothing, and ends with status 0 whatever it finds.`,
		Example: `  actinit doctor
  actinit doctor --json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			root := os.DirFS("/")
			live, err := doctor.Probe(cmd.Context(), root)
			if err != nil {
				return err
			}
			checks := doctor.Examine(root, live)
			if asJSON {
				return writeJSON(cmd.OutOrStdout(), checks)
			}
			return doctor.Write(cmd.OutOrStdout(), checks)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON: a list of checks")
	return cmd
}
