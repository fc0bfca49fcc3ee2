// Package cli is the command line: it joins the harness, which measures, and
// the reports, which store and show. It is the body of main and holds no
// measuring of its own.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

// Exit statuses.
const (
	ExitOK          = 0
	ExitFailed      = 1   // a kernel is wrong, or a comparison regressed
	ExitUsage       = 2   // bad usage or bad input
	ExitInterrupted = 130 // Ctrl-C, as shells have it
)

// errFailed ends a command whose report has already said what is wrong.
var errFailed = errors.New("failed")

// Main runs the command line and returns the exit status.
func Main(args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return Run(ctx, args, os.Stdout, os.Stderr)
}

// Run is Main with its surroundings made explicit.
func Run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	root := newRoot()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	switch {
	case err == nil:
		return ExitOK
	case errors.Is(err, errFailed):
		return ExitFailed
	case errors.Is(err, context.Canceled):
		var stopped *interrupted
		if errors.As(err, &stopped) {
			fmt.Fprintln(stderr, "actinit:", stopped)
		} else {
			fmt.Fprintln(stderr, "actinit: interrupted")
		}
		return ExitInterrupted
	default:
		fmt.Fprintln(stderr, "actinit:", oneLine(err.Error()))
		return ExitUsage
	}
}

// interrupted says how to go on with a run that was stopped.
type interrupted struct{ command, id string }

func (e *interrupted) Error() string {
	return fmt.Sprintf("interrupted; what was finished is kept in %s; go on with: actinit %s --resume %s", e.id, e.command, e.id)
}

func (e *interrupted) Unwrap() error { return context.Canceled }

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "actinit COMMAND",
		Short: "activation and weight-initialisation kernels: verified, measured, explained",
		Long: `actinit verifies, benchmarks and explains activation and weight-initialisation kernels.

Results of each run are Parquet, Arrow and benchstat files in a folder of their own below reports/runs.
Exit status: 0 fine, 1 a kernel is wrong or a comparison regressed, 2 bad usage or input, 130 interrupted.`,
		Example: `  actinit bench                                  the whole job: verify, benchmark, layer statistics, report
  actinit verify --filter 'op:(sigmoid OR tanh) type:float32'
  actinit compare                                the newest run against the one before`,
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          cobra.NoArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.AddCommand(newBench(), newVerify(), newLayers(), newCompare(), newExport(), newReport(), newList(), newData())
	return root
}

// oneLine folds a message of a library into one line.
func oneLine(s string) string {
	folded := make([]rune, 0, len(s))
	for _, r := range s {
		if r == '\n' || r == '\r' || r == '\t' {
			r = ' '
		}
		if r == ' ' && len(folded) > 0 && folded[len(folded)-1] == ' ' {
			continue
		}
		folded = append(folded, r)
	}
	return string(folded)
}
