// Package cli is the command line: it joins the harness, which measures, and
// the reports, which store and show. It is the body of main and holds no
// measuring of its own.
package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"actinit/datasets/buildinfo"
	"actinit/reports/runstore"
)

// Exit statuses.
const (
	ExitOK          = 0
	ExitFailed      = 1   // a kernel is wrong, a comparison regressed, or a paper's number was not reproduced
	ExitUsage       = 2   // bad usage or bad input: the same command fails again
	ExitMachine     = 3   // a full disk, an input or output error, a run that another process writes or removes: it may succeed later
	ExitInterrupted = 130 // Ctrl-C, as shells have it
)

// errFailed ends a command whose report has already said what is wrong.
var errFailed = errors.New("failed")

// Main runs the command line and returns the exit status.
func Main(args []string) int {
	signals := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) { // as nohup has it
		signals = append(signals, syscall.SIGHUP)
	}
	ctx, stop := signal.NotifyContext(context.Background(), signals...)
	defer stop()
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the program at once
	return Run(ctx, args, os.Stdout, os.Stderr)
}

// Run is Main with its surroundings made explicit.
func Run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	out := &checkedWriter{w: stdout}
	root := newRoot()
	root.SetArgs(args)
	root.SetOut(out)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if out.err != nil && (err == nil || errors.Is(err, errFailed) || errors.Is(err, out.err)) {
		err = out.err // without what libraries that wrote there say of it
	}
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
		if mayPass(err) {
			return ExitMachine
		}
		return ExitUsage
	}
}

// passing are errors that are nobody's fault, and may be gone when the command is called again: what another process does to a run,
// and the operating system's.
var passing = []error{runstore.ErrAnother, syscall.ENOSPC, syscall.EDQUOT, syscall.EIO, syscall.ESTALE, syscall.ETIMEDOUT, syscall.ENOMEM, syscall.EMFILE, syscall.ENFILE, syscall.ENOLCK}

// mayPass reports whether the machine, or another process, was in the way of a command that is right.
func mayPass(err error) bool {
	return slices.ContainsFunc(passing, func(of error) bool { return errors.Is(err, of) })
}

// A checkedWriter remembers the first error, so that commands may print without
// looking and output that is lost is noticed all the same.
type checkedWriter struct {
	w   io.Writer
	err error
}

func (c *checkedWriter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	if err == nil {
		return n, nil
	}
	var named *fs.PathError // of /dev/stdout
	if errors.As(err, &named) {
		err = named.Err
	}
	err = fmt.Errorf("standard output: %w", err)
	c.err = cmp.Or(c.err, err)
	return n, err
}

// interrupted says how to go on with a run that was stopped.
type interrupted struct{ goOn string }

func (e *interrupted) Error() string { return "interrupted; " + e.goOn }

func (e *interrupted) Unwrap() error { return context.Canceled }

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "actinit",
		Short: "activation and weight-initialisation kernels: verified, measured, explained",
		Long: `actinit verifies, benchmarks and explains activation and weight-initialisation kernels.

Results of each run are Parquet, Arrow and benchstat files in a folder of their own below reports/runs.
Exit status: 0 fine, 1 a kernel is wrong, a comparison regressed, a paper was not reproduced or a net could not be run, 2 bad usage or input,
3 a full disk, an I/O error or a run that another process writes or removes: the same command may succeed later, 130 interrupted.`,
		Example: `  actinit bench                                  the whole job: verify, benchmark, layer statistics, report
  actinit verify --filter 'op:(sigmoid OR tanh) type:float32'
  actinit compare                                the newest run against the one before
  actinit init --spec net.json --out weights.npz the first weights of a network`,
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          cobra.NoArgs,
		Version:       version(buildinfo.Commit()),
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },

		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error { return refuseEmpty(cmd) },
	}
	root.SetFlagErrorFunc(flagError)
	root.SetHelpCommand(newHelp())
	root.SetUsageTemplate(usageLine.Replace(root.UsageTemplate()))
	withKernels := []*cobra.Command{newBench(), newVerify(), newLayers(), newReproduce(), newInit(), newDiagnose(), newAdvise(), newDeterminism(), newApply(), newServe()}
	for _, cmd := range withKernels {
		cmd.PreRunE = func(*cobra.Command, []string) error { return checkISA() }
	}
	root.AddCommand(withKernels...)
	root.AddCommand(newCompare(), newBaseline(), newHistory(), newExport(), newReport(), newDoctor(), newList(), newData(), newRuns())
	root.InitDefaultCompletionCmd()
	for _, cmd := range root.Commands() {
		if cmd.RunE == nil && cmd.Run == nil { // completion: a command that runs refuses unknown shells
			cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
		}
	}
	checkArguments(root)
	return root
}

// oneLine folds a message of a library, or several that were joined, into one line.
func oneLine(s string) string {
	var lines []string
	for line := range strings.SplitSeq(s, "\n") {
		if words := strings.Fields(line); len(words) > 0 {
			lines = append(lines, strings.Join(words, " "))
		}
	}
	return strings.Join(lines, "; ")
}
