package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"time"

	"github.com/spf13/pflag"

	"actinit/harness/bench"
	"actinit/harness/distribution"
	"actinit/harness/layers"
	"actinit/harness/progress"
	"actinit/harness/reproduce"
	"actinit/harness/result"
	"actinit/harness/roofline"
	"actinit/harness/verify"
	"actinit/kernels"
	"actinit/reports/paired"
	"actinit/reports/runstore"
)

// execute makes a run, or goes on with one: every stage in turn, each finished
// unit of work saved as it is done, then the tables and the report.
func execute(ctx context.Context, s *settings, args []string, stdout, stderr io.Writer) error {
	if err := s.plan(); err != nil {
		return err
	}
	if err := s.tellThresholds(stderr); err != nil {
		return err
	}
	run, err := s.open(args)
	if err != nil {
		return err
	}
	if run.Environment().Complete {
		return s.completed(run, stdout, stderr)
	}
	defer run.Unlock()
	begun := s.resume == ""
	if err := removeDamaged(run, stderr); err != nil {
		return err
	}
	rep := reporter(stderr, s.quiet)
	if !s.json {
		fmt.Fprintf(stdout, "run %s, seed %d, %s kernels\n", run.ID(), s.seed, kernels.ISA())
		if err := s.tellShare(stdout); err != nil {
			return err
		}
	}

	wrong := kernelSet{}
	for _, st := range s.stages {
		if n, _ := s.whole().units(st); n == 0 && !s.json && st != stageDistribution && st != stageLimits {
			fmt.Fprintf(stdout, "%s: nothing matches %q\n", st, s.filter)
		}
		if err = s.runStage(ctx, st, run, wrong, rep); err != nil {
			break
		}
	}
	data, saveErr := conclude(run, func() error { return run.Finish(s.assembly()) }, err == nil)
	nothing := errors.Is(saveErr, runstore.ErrNoTables) // was finished
	if nothing {
		saveErr = nil
	}
	switch {
	case nothing && begun && !errors.Is(err, context.Canceled):
		return errors.Join(err, run.Discard())
	case errors.Is(err, context.Canceled) && saveErr == nil:
		return &interrupted{goOn: s.goOn(run)}
	case err != nil || saveErr != nil:
		return fmt.Errorf("%w; %s", cmp.Or(err, saveErr), s.goOn(run))
	}
	return s.outcome(run, data, stdout, stderr)
}

// removeDamaged removes what a run that goes on has of damaged files, and says so.
func removeDamaged(run *runstore.Run, stderr io.Writer) error {
	damage, err := run.RemoveDamaged()
	for _, d := range damage {
		fmt.Fprintf(stderr, "%v: it is made again\n", d)
	}
	return err
}

// outcome shows what a complete run has found, and is errFailed where that is something wrong.
func (s *settings) outcome(run *runstore.Run, data *runstore.Data, stdout, stderr io.Writer) error {
	comparison, err := s.gate.judgePairs(data.Pairs)
	if err != nil {
		return fmt.Errorf("%s: %w", run.Path(runstore.FilePairs), err)
	}
	if err := summarise(stdout, s, run, data, comparison); err != nil {
		return err
	}
	if comparison != nil {
		annotations := stdout
		if s.json {
			annotations = stderr
		}
		if err := s.gate.report(comparison.Report(), annotations); err != nil {
			return err
		}
	}
	return verdict(data)
}

// verdict is errFailed where the run found something wrong.
func verdict(data *runstore.Data) error {
	if slices.ContainsFunc(data.Layers, couldNotRun) || slices.ContainsFunc(data.Claims, disagrees) || slices.ContainsFunc(data.Accuracy, result.Accuracy.Failed) || slices.ContainsFunc(data.Distribution, result.Distribution.Failed) {
		return errFailed
	}
	return nil
}

// assembly says how the run's tables are made.
func (s *settings) assembly() runstore.Options {
	return runstore.Options{Accuracy: verify.Merge, Distribution: distribution.Merge, Limits: roofline.Merge, Bounds: bench.Hold, PartitionLayers: s.grid != ""}
}

// conclude has finish write the run's tables, writes its report and returns what is in them.
// A run that is complete is marked so last: until then it can be resumed.
func conclude(run *runstore.Run, finish func() error, complete bool) (*runstore.Data, error) {
	if err := finish(); err != nil {
		return nil, err
	}
	data, err := runstore.Load(run.Dir())
	if complete && errors.Is(err, runstore.ErrNoTables) { // a shard without work
		data, err = &runstore.Data{Environment: run.Environment()}, nil
	}
	if err != nil {
		return nil, err
	}
	data.Environment.Complete = complete
	if err := writePage(run.Dir(), data); err != nil {
		return nil, err
	}
	if complete {
		return data, run.Complete()
	}
	return data, nil
}

// goOn says where an unfinished run is and how to go on with it.
func (s *settings) goOn(run *runstore.Run) string {
	return fmt.Sprintf("what was finished is kept in %s; go on with: %s", run.Dir(), runstore.GoOn(run.Dir(), run.Environment()))
}

// lateReporter is reporter for work that is short as a rule.
func lateReporter(stderr io.Writer) progress.Reporter {
	if f, ok := stderr.(*os.File); ok {
		return progress.NewLate(f)
	}
	return progress.Silent{}
}

// reporter shows progress on stderr, which is a file unless a test put a buffer there.
func reporter(stderr io.Writer, quiet bool) progress.Reporter {
	if f, ok := stderr.(*os.File); ok {
		return progress.New(f, quiet)
	}
	if quiet {
		return progress.Silent{}
	}
	return progress.NewPlain(stderr)
}

// resumed returns the settings of the run to go on with. The flags that say
// what to do are that run's own; only those that say how it is shown are new.
func (s *settings) resumed(given *pflag.FlagSet) (*settings, error) {
	var extra error
	given.Visit(func(f *pflag.Flag) {
		if !slices.Contains([]string{"resume", "out", "quiet", "json"}, f.Name) {
			extra = fmt.Errorf("--resume goes on with the run's own flags: leave out --%s", f.Name)
		}
	})
	if extra != nil {
		return nil, extra
	}
	run, err := runstore.Open(s.out, s.resume)
	if err != nil {
		return nil, err
	}
	env := run.Environment()
	if env.Complete {
		return nil, fmt.Errorf("run %s is complete: there is nothing to resume", run.ID())
	}
	if len(env.Command) == 0 || env.Command[0] != s.command {
		return nil, fmt.Errorf("run %s was not made by actinit %s: resume it with %s", run.ID(), s.command, runstore.GoOn(run.Dir(), env))
	}
	if err := fits(env); err != nil {
		return nil, err
	}
	fresh, flags, err := settingsOf(env)
	if err != nil {
		return nil, err
	}
	if stage(s.command) == stageReproduce {
		if fresh.experiments, err = experimentsNamed(flags.Args()); err != nil {
			return nil, fmt.Errorf("run %s: %w", run.ID(), err)
		}
	}
	fresh.out, fresh.resume, fresh.quiet, fresh.json = s.out, run.ID(), s.quiet, s.json
	return fresh, nil
}

// settingsOf returns the settings that a run's environment holds, and its flags.
func settingsOf(env result.Environment) (*settings, *pflag.FlagSet, error) {
	if len(env.Command) == 0 {
		return nil, nil, fmt.Errorf("run %s does not say which command made it", env.RunID)
	}
	s := &settings{command: env.Command[0], stages: stagesOf(env.Command[0])}
	flags := pflag.NewFlagSet(s.command, pflag.ContinueOnError)
	s.register(flags)
	if err := flags.Parse(env.Command[1:]); err != nil {
		return nil, nil, fmt.Errorf("run %s holds flags this program does not know: %w", env.RunID, err)
	}
	return s, flags, nil
}

func version(commit string, modified bool) string {
	switch {
	case commit == "":
		return "unknown"
	case modified:
		return commit[:min(len(commit), 12)] + " with changes"
	}
	return commit[:min(len(commit), 12)]
}

// options of the stages. The identity and the journal come with the run.

func (s *settings) verifyOptions() verify.Options {
	return verify.Options{
		Filter:     func(k result.Kernel) bool { return s.filter.Match(k) },
		Seed:       s.seed,
		Exhaustive: s.exhaustive,
		Samples:    s.effort,
		Shard:      s.shardIndex,
		Shards:     s.shardCount,
		Workers:    s.workers,
		Remote:     namePeers(s.remote),
	}
}

func (s *settings) distributionOptions() distribution.Options {
	return distribution.Options{
		Filter:     func(k result.Kernel) bool { return s.filter.Match(k) },
		Seed:       s.seed,
		Exhaustive: s.exhaustive,
		Samples:    s.effort,
		Shard:      s.shardIndex,
		Shards:     s.shardCount,
		Workers:    s.workers,
	}
}

func (s *settings) benchOptions() bench.Options {
	return bench.Options{Filter: s.filter, Seed: s.seed, All: s.all, Sizes: s.sizes, Modes: s.modes, Samples: s.samples, Remote: s.remote, Budget: time.Duration(s.budget), Shard: s.shardIndex, Shards: s.shardCount}
}

// pairedOptions are those of a paired run, but for its sides.
func (s *settings) pairedOptions() bench.PairedOptions {
	o := bench.PairedOptions{Options: s.benchOptions(), Ignore: s.gate.ignored(), AnyVariant: s.opponent.isa != "", Budget: cmp.Or(time.Duration(s.budget), defaultPairedBudget), Undecided: s.gate.undecided()}
	o.Remote = nil
	o.Samples = cmp.Or(s.samples, paired.FirstBlocks)
	switch {
	case s.samples > 0:
		o.Blocks, o.Undecided = s.samples, nil
	case s.budget == 0:
		o.Blocks = paired.MaxBlocks
	}
	if s.pin >= 0 {
		o.Workers = []int{1}
	}
	return o
}

// limitOptions asks for the limits that hold for what bench times.
func (s *settings) limitOptions() (roofline.Options, error) {
	schedule, err := bench.Plan(s.benchOptions())
	if err != nil {
		return roofline.Options{}, err
	}
	return roofline.Options{Demands: schedule.Demands(), Seed: s.seed}, nil
}

func (s *settings) layersOptions() layers.Options {
	return layers.Options{
		Filter: func(act, init, data string, depth, width int) bool {
			return s.filter.MatchSettings(netSettings(act, init, data, depth, width)...)
		},
		All:     s.all,
		Depth:   s.depth,
		Width:   s.width,
		Batch:   s.batch,
		Grid:    s.grid,
		Spectra: s.spectra,
		Shard:   s.shardIndex,
		Shards:  s.shardCount,
		Seed:    s.seed,
		Workers: s.workers,
	}
}

func (s *settings) reproduceOptions() reproduce.Options {
	return reproduce.Options{Experiments: s.experiments, Seed: s.seed, Workers: s.workers}
}

// finished returns the rows of the run so far.
func (s *settings) finished(run *runstore.Run) (*runstore.Data, error) {
	if err := run.Finish(s.assembly()); err != nil {
		return nil, err
	}
	return runstore.Load(run.Dir())
}

// saved returns what an interrupted run has, and nothing of one that has just begun.
func (s *settings) saved(run *runstore.Run) (*runstore.Data, error) {
	if s.resume == "" {
		return &runstore.Data{}, nil
	}
	data, err := s.finished(run)
	if errors.Is(err, runstore.ErrNoTables) {
		return &runstore.Data{}, nil
	}
	return data, err
}

func (s *settings) runStage(ctx context.Context, st stage, run *runstore.Run, wrong kernelSet, rep progress.Reporter) error {
	if n, err := s.units(st); err != nil || n == 0 {
		return err
	}
	switch st {
	case stageVerify:
		err := s.verifying(func(o verify.Options) error {
			o.Identity, o.Journal, o.Progress = identity(run), runstore.JournalOf[result.Accuracy](run, string(st)), rep
			return verify.Run(ctx, o)
		})
		if err != nil {
			return err
		}
		data, err := s.finished(run)
		if err != nil {
			return err
		}
		maps.Copy(wrong, wrongKernels(data))
		return nil
	case stageDistribution:
		o := s.distributionOptions()
		o.Identity, o.Journal, o.Progress = identity(run), runstore.JournalOf[result.Distribution](run, string(st)), rep
		if err := distribution.Run(ctx, o); err != nil {
			return err
		}
		data, err := s.finished(run)
		if err != nil {
			return err
		}
		maps.Copy(wrong, wrongKernels(data))
		return nil
	case stageLimits:
		o, err := s.limitOptions()
		if err != nil {
			return err
		}
		o.Identity, o.Journal, o.Progress = identity(run), runstore.JournalOf[result.Limit](run, string(st)), rep
		return roofline.Measure(ctx, o)
	case stageBench:
		o := s.benchOptions()
		if slices.Contains(s.stages, stageLimits) {
			data, err := s.finished(run)
			if err != nil {
				return err
			}
			here := slices.DeleteFunc(data.Limits, func(l result.Limit) bool { return l.Host != hostname() })
			o.Limits = roofline.NewLimits(here, kernels.ISA())
		}
		o.Wrong = wrong.has
		o.Identity, o.Journal, o.Progress = identity(run), runstore.JournalOf[result.Bench](run, string(st)), rep
		saved, err := s.saved(run)
		if err != nil {
			return err
		}
		o.Saved = saved.Bench
		return bench.Run(ctx, o)
	case stagePairs:
		o := s.pairedOptions()
		o.Identity, o.Pairs, o.Progress = identity(run), runstore.JournalOf[result.Pair](run, string(st)), rep
		o.Wrong = func(k result.Kernel) bool { return wrong[k] || wrong[everyVariant(k)] }
		o.Old, o.New = s.opponent.old, s.opponent.new
		saved, err := s.saved(run)
		if err != nil {
			return err
		}
		o.Saved = saved.Pairs
		return bench.RunPaired(ctx, o)
	case stageReproduce:
		o := s.reproduceOptions()
		o.Identity, o.Progress = identity(run), rep
		o.Claims, o.Curves = runstore.JournalOf[result.Claim](run, string(st)), runstore.JournalOf[result.Curve](run, string(st))
		return reproduce.Run(ctx, o)
	default:
		o := s.layersOptions()
		o.Identity, o.Journal, o.Progress = identity(run), runstore.JournalOf[result.Layer](run, string(st)), rep
		return layers.Run(ctx, o)
	}
}
