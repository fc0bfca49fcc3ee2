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
	"os"
	"os/signal"
	"regexp"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"actinit/datasets/buildinfo"
	"actinit/harness/filter"
)

// Exit statuses.
const (
	ExitOK          = 0
	ExitFailed      = 1   // a kernel is wrong, a comparison regressed, or a paper's number was not reproduced
	ExitUsage       = 2   // bad usage or bad input
	ExitInterrupted = 130 // Ctrl-C, as shells have it
)

// errFailed ends a command whose report has already said what is wrong.
var errFailed = errors.New("failed")

// Main runs the command line and returns the exit status.
func Main(args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
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
	if err == nil || errors.Is(err, errFailed) {
		err = cmp.Or(out.err, err)
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
		return ExitUsage
	}
}

// A checkedWriter remembers the first error, so that commands may print without
// looking and output that is lost is noticed all the same.
type checkedWriter struct {
	w   io.Writer
	err error
}

func (c *checkedWriter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.err = cmp.Or(c.err, err)
	return n, err
}

// interrupted says how to go on with a run that was stopped.
type interrupted struct{ goOn string }

func (e *interrupted) Error() string { return "interrupted; " + e.goOn }

func (e *interrupted) Unwrap() error { return context.Canceled }

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "actinit COMMAND",
		Short: "activation and weight-initialisation kernels: verified, measured, explained",
		Long: `actinit verifies, benchmarks and explains activation and weight-initialisation kernels.

Results of each run are Parquet, Arrow and benchstat files in a folder of their own below reports/runs.
Exit status: 0 fine, 1 a kernel is wrong, a comparison regressed, a paper was not reproduced or a net could not be run, 2 bad usage or input, 130 interrupted.`,
		Example: `  actinit bench                                  the whole job: verify, benchmark, layer statistics, report
  actinit verify --filter 'op:(sigmoid OR tanh) type:float32'
  actinit compare                                the newest run against the one before
  actinit init --spec net.json --out weights.npz the first weights of a network`,
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          cobra.NoArgs,
		Version:       version(buildinfo.Commit()),
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return flagError(err) })
	root.AddCommand(newBench(), newVerify(), newLayers(), newReproduce(), newCompare(), newBaseline(), newHistory(), newExport(), newReport(), newInit(), newDiagnose(), newAdvise(), newDeterminism(), newDoctor(), newList(), newData(), newApply(), newRuns(), newServe())
	root.InitDefaultCompletionCmd()
	for _, cmd := range root.Commands() {
		if cmd.RunE == nil && cmd.Run == nil { // completion: a command that runs refuses unknown shells
			cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
		}
	}
	checkArguments(root)
	return root
}

// checkArguments makes every command say what it takes when it is given something else.
func checkArguments(cmd *cobra.Command) {
	if !cmd.HasSubCommands() {
		check := cmd.Args
		cmd.Args = func(cmd *cobra.Command, args []string) error {
			if check == nil || check(cmd, args) == nil {
				return nil
			}
			return fmt.Errorf("%s cannot be called with %q; usage: %s", cmd.Name(), args, cmd.UseLine())
		}
		return
	}
	var names []string
	for _, sub := range cmd.Commands() {
		names = append(names, sub.Name())
		checkArguments(sub)
	}
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return nil
		}
		return fmt.Errorf("unknown command %q for %q%s; commands are %s", args[0], cmd.CommandPath(), didYouMean(args[0], names), strings.Join(names, ", "))
	}
}

// didYouMean names the candidate that word is a slip of, if there is one.
func didYouMean(word string, candidates []string) string {
	if near, ok := filter.Nearest(word, candidates); ok {
		return fmt.Sprintf(" (did you mean %s?)", near)
	}
	return ""
}

// notNumber is what package strconv says of a flag's value that is no number.
var notNumber = regexp.MustCompile(`strconv\.(\w+): parsing ("[^"]*"): (?:invalid syntax|value out of range)`)

// flagError says what would be right in place of a number that is none.
func flagError(err error) error {
	m := notNumber.FindStringSubmatch(err.Error())
	if m == nil {
		return err
	}
	want := map[string]string{"ParseFloat": "a number", "ParseUint": "a whole number from 0"}[m[1]]
	return errors.New(notNumber.ReplaceAllLiteralString(err.Error(), "want "+cmp.Or(want, "a whole number")))
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
