package cli

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"actinit/harness/filter"
	"actinit/harness/remote"
	"actinit/harness/reproduce"
	"actinit/harness/result"
	"actinit/harness/verify"
	"actinit/kernels"
	"actinit/reports/runstore"
)

// DefaultRuns is where runs are kept.
const DefaultRuns = runstore.DefaultRoot

// A stage is a part of a run.
type stage string

const (
	stageVerify       stage = "verify"
	stageDistribution stage = "distribution"
	stageLimits       stage = "limits"
	stageBench        stage = "bench"
	stagePairs        stage = "pairs"
	stageLayers       stage = "layers"
	stageReproduce    stage = "reproduce"
)

// settings are the flags of the commands that make runs.
type settings struct {
	command string // verify, bench, layers or reproduce
	stages  []stage

	stagesGiven bool // by the flag

	filterText string
	filter     *filter.Filter
	seed       uint64
	out        string
	resume     string
	id         string
	quiet      bool
	json       bool
	planOnly   bool
	workers    int
	all        bool

	exhaustive bool
	shard      string
	shardIndex int
	shardCount int
	effort     float64
	input      string

	sizes   []int
	modes   []string
	samples int
	budget  duration
	pin     int

	against  string
	opponent *opponent
	gate     gateSettings
	peers    []string          // command lines
	remote   []*remote.Process // the same, started

	depth, width, batch int
	grid                string
	spectra             bool

	experiments []reproduce.Experiment
}

// stagesOf are the stages a command runs when nothing else is said.
func stagesOf(command string) []stage {
	switch stage(command) {
	case stageBench:
		return []stage{stageVerify, stageDistribution, stageLimits, stageBench, stageLayers}
	case stageVerify:
		return []stage{stageVerify, stageDistribution}
	}
	return []stage{stage(command)}
}

// register adds the command's flags to fs.
func (s *settings) register(fs *pflag.FlagSet) {
	if stage(s.command) != stageReproduce {
		fs.StringVar(&s.filterText, "filter", "", "what to run, in benchstat's syntax: 'op:(sigmoid OR tanh) isa:portable'")
	}
	fs.Uint64Var(&s.seed, "seed", 1, "seed of everything random; it is stored with the run")
	fs.StringVar(&s.out, "out", DefaultRuns, "folder that holds the runs")
	fs.StringVar(&s.resume, "resume", "", "go on with the interrupted run of this `ID`, with its own flags")
	fs.StringVar(&s.id, "id", "", "`NAME` of the run: it is begun, gone on with, or left as it is where it is complete")
	fs.BoolVar(&s.quiet, "quiet", false, "show no progress")
	fs.BoolVar(&s.json, "json", false, "print the outcome as JSON")
	fs.IntVar(&s.workers, "workers", runtime.GOMAXPROCS(0), "goroutines for verification and layer statistics")
	switch stage(s.command) {
	case stageVerify:
		fs.BoolVar(&s.exhaustive, "exhaustive", false, "try all 2^32 inputs of each float32 kernel, 2^30 of most float64 kernels, and 2^30 draws of each fill")
		fs.StringVar(&s.shard, "shard", "", "do part `i/n` of the work, i from 1 to n")
		fs.Float64Var(&s.effort, "effort", 1, "multiplies the number of random inputs")
		fs.StringVar(&s.input, "input", "", "show what the kernels make of one input, given as hexadecimal `bits` or as a number, instead of verifying")
	case stageBench:
		fs.BoolVar(&s.all, "all", false, "every variant, size, worker count and mode")
		fs.IntSliceVar(&s.sizes, "sizes", nil, "elements per call, instead of the plan's sizes: 64,4096")
		fs.StringSliceVar(&s.modes, "modes", nil, "where operands are, a `list` of warm,cold,in-place; without it warm, and what a filter over mode asks for")
		fs.IntVar(&s.samples, "samples", 0, "samples of each kernel and size, or blocks of a paired run; 0 takes the plan's number")
		fs.Var(&s.budget, "budget", "go on sampling what is uncertain until this `TIME` is used up, such as 2m, after the plan's samples; 0: no longer than those, and paired runs 2m")
		fs.StringVar(&s.against, "against", "", "time this program by turns with `WHAT`: a git revision, rev:NAME, run:ID, isa:avx2, or self")
		s.gate.register(fs)
		fs.IntVar(&s.pin, "pin", -1, "the one `CPU` that paired processes may use, for kernels on one worker; -1 is any")
		fs.StringVar(&s.shard, "shard", "", "do part `i/n` of each stage, i from 1 to n")
		fs.Var(stagesValue{s}, "stages", "which of verify,distribution,limits,bench,pairs,layers to run")
	case stageLayers:
		fs.BoolVar(&s.all, "all", false, "every activation at the lecture's size, on N(0,1) and on the digits")
		fs.BoolVar(&s.spectra, "spectra", false, "also the ranks of the activations and the singular values of the Jacobians, for nets of up to 512 units")
		fs.StringVar(&s.grid, "grid", "", "sweep over the product of axes: 'act=tanh,relu init=kaiming depth=5,10,20 gain=.8:1.2:.1 seed=1:5'")
		fs.StringVar(&s.shard, "shard", "", "do part `i/n` of the nets, i from 1 to n")
	}
	if stage(s.command) == stageVerify || stage(s.command) == stageBench {
		fs.StringArrayVar(&s.peers, "peer", nil, "`COMMAND` line of a program that serves other kernels, verified and timed beside ours; may be given again")
	}
	if stage(s.command) != stageReproduce {
		fs.BoolVar(&s.planOnly, "plan", false, "print what there is to do, in units that --shard shares out, and about how long it takes; do nothing")
	}
	if stage(s.command) == stageBench || stage(s.command) == stageLayers {
		fs.IntVar(&s.depth, "depth", 0, "layers of each net; 0 takes the plan's own")
		fs.IntVar(&s.width, "width", 0, "units of each layer; 0 takes the plan's own")
		fs.IntVar(&s.batch, "batch", 0, "examples in the batch; 0 takes the plan's own")
	}
}

// check makes sense of the flags together, or says in one line what is wrong.
func (s *settings) check() error {
	var err error
	if s.filter, err = filter.Parse(s.filterText); err != nil {
		return fmt.Errorf("--filter: %w", err)
	}
	if s.workers < 1 || s.workers > 1024 {
		return fmt.Errorf("--workers %d: want 1 to 1024", s.workers)
	}
	if !(s.effort >= 0 && s.effort <= 1000) {
		return fmt.Errorf("--effort %v: want a number up to 1000", s.effort)
	}
	s.shardIndex, s.shardCount = 0, 1
	if s.shard != "" {
		i, n, ok := strings.Cut(s.shard, "/")
		index, err1 := strconv.Atoi(i)
		count, err2 := strconv.Atoi(n)
		if !ok || err1 != nil || err2 != nil || index < 1 || count < index {
			return fmt.Errorf("--shard %q: want i/n with i from 1 to n, such as 2/8", s.shard)
		}
		s.shardIndex, s.shardCount = index-1, count
		if s.against != "" {
			return errors.New("--shard: paired runs are not shared out: leave out --against, or give --filter a part of the kernels")
		}
	}
	if s.grid != "" && (s.all || s.depth|s.width|s.batch != 0) {
		return errors.New("--grid has axes of its own for --all, --depth, --width and --batch: leave those out")
	}
	switch pairs := slices.Contains(s.stages, stagePairs); {
	case s.against != "" && !pairs:
		return errors.New("--against compares nothing without the stage pairs: leave out --stages, or name it there")
	case s.against != "" && len(s.peers) > 0:
		return errors.New("--peer: paired runs time nothing but the two sides: leave it out")
	case stage(s.command) == stageBench && s.against == "" && s.pin >= 0:
		return errors.New("--pin keeps the processes of paired runs on one CPU: it needs --against")
	}
	if slices.Contains(s.stages, stagePairs) && s.against == "" {
		return errors.New("--stages pairs needs --against, which says what to compare with")
	}
	if err := remote.CanPin(s.pin); err != nil {
		return fmt.Errorf("--pin %d: no process can be kept there: %w", s.pin, err)
	}
	if flag := s.gate.used(); flag != "" && s.against == "" {
		return fmt.Errorf("%s needs --against, which says what to compare with", flag)
	}
	if err := s.gate.check(); err != nil {
		return err
	}
	for _, n := range s.sizes {
		if n < 1 || n > 1<<28 {
			return fmt.Errorf("--sizes %d: want 1 to %d elements", n, 1<<28)
		}
	}
	for _, m := range s.modes {
		if !slices.Contains(result.Modes(), m) {
			return fmt.Errorf("--modes %q: want some of %s", m, strings.Join(result.Modes(), ","))
		}
	}
	if s.samples != 0 && (s.samples < 10 || s.samples > 10000) {
		return fmt.Errorf("--samples %d: want 10 to 10000", s.samples)
	}
	return nil
}

// checkISA refuses an ACTINIT_ISA that this CPU cannot honour. The library
// takes the best set below it; a command is not so forgiving.
func checkISA() error {
	if _, err := kernels.ParseISA(os.Getenv(kernels.ISAVariable)); err != nil {
		return fmt.Errorf("%s: %w", kernels.ISAVariable, err)
	}
	return nil
}

// stagesValue is the flag --stages.
type stagesValue struct{ s *settings }

func (v stagesValue) Type() string { return "list" }

func (v stagesValue) String() string {
	if v.s == nil {
		return ""
	}
	names := make([]string, len(v.s.stages))
	for i, st := range v.s.stages {
		names[i] = string(st)
	}
	return strings.Join(names, ",")
}

// Set takes stages in any order. They run in theirs: bench holds its timings against the limits that were measured before.
func (v stagesValue) Set(text string) error {
	order := []stage{stageVerify, stageDistribution, stageLimits, stageBench, stagePairs, stageLayers}
	named := strings.Split(text, ",")
	for _, name := range named {
		if !slices.Contains(order, stage(name)) {
			return fmt.Errorf("%q is no stage: want some of verify,distribution,limits,bench,pairs,layers", name)
		}
	}
	v.s.stages, v.s.stagesGiven = slices.DeleteFunc(order, func(st stage) bool { return !slices.Contains(named, string(st)) }), true
	return nil
}

// newStageCommand returns the command that runs the stages of its name.
func newStageCommand(name, short, long, example string) *cobra.Command {
	s := &settings{command: name, stages: stagesOf(name)}
	cmd := &cobra.Command{
		Use:     name,
		Short:   short,
		Long:    long,
		Example: example,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if s.resume != "" {
				resumed, err := s.resumed(cmd.Flags())
				if err != nil {
					return err
				}
				s = resumed
			}
			if s.against != "" && !s.stagesGiven {
				s.stages = []stage{stagePairs}
			}
			if err := s.check(); err != nil {
				return err
			}
			if s.against != "" {
				var err error
				if s.opponent, err = s.parseAgainst(cmd.Context()); err != nil {
					return err
				}
				if s.planOnly {
					return s.showPlan(cmd.OutOrStdout())
				}
				if err := s.plan(); err != nil {
					return err
				}
				if err := s.prepare(cmd.Context(), cmd.ErrOrStderr()); err != nil {
					return err
				}
				if s.resume == "" { // the run remembers which commit it was
					if err := cmd.Flags().Set("against", s.opponent.stored); err != nil {
						return err
					}
				}
			}
			if len(s.peers) > 0 {
				processes, closer, err := startPeers(cmd.Context(), s.peers)
				if err != nil {
					return err
				}
				defer closer.Close()
				s.remote = processes
			}
			if s.planOnly {
				return s.showPlan(cmd.OutOrStdout())
			}
			if s.input != "" {
				if err := s.plan(); err != nil {
					return err
				}
				return s.verifying(func(o verify.Options) error {
					wrong, err := verify.Explain(cmd.OutOrStdout(), o, s.input)
					if err == nil && wrong > 0 {
						err = errFailed
					}
					return err
				})
			}
			return execute(cmd.Context(), s, storedArgs(cmd), cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	s.register(cmd.Flags())
	return cmd
}

// storedArgs returns the command line as the run stores it: the command and the
// flags that were given, so that --resume can give them again.
func storedArgs(cmd *cobra.Command) []string {
	args := append([]string{cmd.Name()}, cmd.Flags().Args()...)
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if f.Name == "resume" || f.Name == "id" || f.Name == "out" || f.Name == "quiet" || f.Name == "json" {
			return
		}
		value := f.Value.String()
		if slice, ok := f.Value.(pflag.SliceValue); ok {
			if f.Value.Type() == "stringArray" { // values may have commas: the flag is given again for each
				for _, v := range slice.GetSlice() {
					args = append(args, "--"+f.Name+"="+v)
				}
				return
			}
			value = strings.Join(slice.GetSlice(), ",")
		}
		args = append(args, "--"+f.Name+"="+value)
	})
	return args
}
