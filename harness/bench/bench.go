// Package bench times kernels: every operation of the table in both
// directions, PReLU's slope gradient, the functions of rows and the fills, for every
// element type, variant, size and number of workers, and the kernels of other libraries in processes
// of their own (package remote), in the same rounds and on the same memory.
//
// # Method
//
// A cell is one kernel at one size with one number of workers. Each cell is
// calibrated once: it gets as many iterations as fill SampleTime. Then come
// rounds. In every round each cell is sampled exactly once, in an order drawn
// anew from the run's seed, so that whatever drifts on the machine (clock,
// neighbours, temperature) hits all cells alike instead of the one that
// happened to run at that time. Every sample is kept; judging them is the
// business of whoever reads the rows.
//
// A sample is one call that is not timed, to bring the operands into the caches
// they fit in, then the iterations between two readings of the monotonic
// clock, on a locked operating system thread with the garbage collector off.
// Operands are allocated once for the whole run, begin on cache lines and have
// been written to, so no page fault falls into a sample. Inputs are
// 3*N(0,1), on both sides of every kink and well into saturation; gradients are
// N(0,1); saved outputs are what the forward kernel computes from those
// inputs. They repeat every inputPeriod elements.
//
// What a row holds is the time of a call through the variant's function value,
// argument checks included, as kernels.Operation returns it. The loop around
// it calls that value, counts and compares; none of this is subtracted.
// BenchmarkCallOverhead measures it with an empty kernel: 1.9 ns per call on a
// 2.4 GHz Zen 3 core, or .03 ns per element at n = 64. Most of that is
// the counter's way through memory, which overlaps with a real kernel.
//
// What is said here is of warm samples; cells of other modes (modes.go) have cold operands or
// results over the input. What the machine did during each sample is stored with it (observe.go).
//
// One limit is worth knowing. A small cell sees the same inputs in every call,
// and a branch predictor learns a few thousand of them by heart. A kernel that
// branches on its input is then faster at n = 64 and 4096 than it is in life:
// 2.5 ns per element against 8.1 at n = 1 Mi for a loop that took
// maxout's winner by a branch. Kernels without such branches do not show the step.
package bench

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"time"

	"actinit/harness/filter"
	"actinit/harness/progress"
	"actinit/harness/remote"
	"actinit/harness/result"
	"actinit/harness/roofline"
)

const (
	// MinSamples is the least number of samples of each cell, and the default.
	// A 95% interval of the median needs 6, and a rank test of two runs 4;
	// 10 leave some room for a few disturbed ones.
	MinSamples = 10

	// SampleTime is how long a sample lasts at least, calls longer than that
	// excepted: 200,000 times the resolution of the clock (25 ns), and short
	// enough that most samples see no scheduling at all.
	SampleTime = 5 * time.Millisecond

	// Budget is what the default plan may take on two cores, calibration and
	// warm-up included.
	Budget = 120 * time.Second
)

// Options says what to time. The zero value is the default set with seed 0,
// saved nowhere.
type Options struct {
	Filter  *filter.Filter           // over op, dir, type, variant, isa, n, workers, mode; nil: everything
	All     bool                     // every variant, size, worker count and mode instead of the default set
	Sizes   []int                    // elements; nil: the set's own
	Workers []int                    // goroutines; nil: the set's own
	Modes   []string                 // of result.Modes; nil: warm, or all where the filter is over mode
	Samples int                      // rounds; 0: MinSamples
	Seed    uint64                   // of the inputs and of the order of samples
	Shard   int                      // of Shards, counted from 0: this process has a part of the cells, those together that are held against each other
	Shards  int                      // 0: one
	Wrong   func(result.Kernel) bool // kernels known to be wrong: they are not timed; nil: none
	Remote  []*remote.Process        // whose kernels are timed beside ours, on the same memory
	Limits  *roofline.Limits         // what rows are held against; nil: nothing

	SampleTime time.Duration // 0: the constant of the same name

	// With a budget Run goes on after the plan's samples, with the kernels whose median is
	// still uncertain, until all are known to Target or the budget of the whole is used up.
	Budget time.Duration
	Target float64        // half the width of the median's 95% interval, as a share of it; 0: DefaultTarget
	Saved  []result.Bench // what the journal has already, for budgets

	Identity result.Identity
	Journal  result.Journal[result.Bench] // a unit is a round; nil: rows go nowhere
	Progress progress.Reporter            // nil: silent
}

// Run times every cell of the plan and saves each round in the journal. Rounds
// that the journal has already are not repeated; calibration is. When ctx is
// cancelled Run returns its error between two samples, and the rounds finished
// until then are in the journal.
func Run(ctx context.Context, o Options) error {
	if o.Progress == nil {
		o.Progress = progress.Silent{}
	}
	if o.Journal == nil {
		o.Journal = discard[result.Bench]{}
	}
	s, err := Plan(o)
	if err != nil {
		return err
	}
	for _, k := range s.Skipped {
		o.Progress.Note(fmt.Sprintf("not timed, because verification found it wrong: %s %s %s %s", k.Op, k.Direction, k.Type, k.Variant))
	}
	var missing []int
	for round := range s.Rounds {
		if !o.Journal.Done(s.Unit(round)) {
			missing = append(missing, round)
		}
	}
	if len(missing) == 0 && o.Budget == 0 || len(s.Cells) == 0 {
		return ctx.Err()
	}

	if err := s.fits(availableMemory()); err != nil {
		return err
	}

	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	o.Progress.Begin("bench: calibration", int64(len(s.Cells)))
	memory, release, err := memoryFor(s.layout().bytes, o.Remote)
	if err != nil {
		return err
	}
	defer release()
	observed := newObservation()
	defer observed.close()
	timers, err := s.timers(ctx, newOperands(s.layout(), memory, s.Seed), observed, o.Progress)
	o.Progress.End()
	if err != nil {
		return err
	}
	begun := time.Now()
	o.Progress.Begin("bench: samples", int64(len(missing)*len(s.Cells)))
	rows := slices.Clone(o.Saved)
	for _, round := range missing {
		more, err := s.round(ctx, round, timers, s.Order(round), func() { o.Progress.Add(1) }, o)
		if err != nil {
			o.Progress.End()
			return err
		}
		rows = append(rows, more...)
	}
	o.Progress.End()
	return s.goOn(ctx, timers, rows, begun, o)
}

// timers binds every cell to its operands and calibrates it.
func (s *Schedule) timers(ctx context.Context, operands *operands, observed *observation, report progress.Reporter) ([]*timer, error) {
	timers := make([]*timer, len(s.Cells))
	for i, c := range s.Cells {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		timers[i] = newTimer(c, operands, observed)
		if err := timers[i].calibrate(s.sampleTime); err != nil {
			return nil, err
		}
		report.Add(1)
	}
	return timers, nil
}

// round samples the cells in the given order, calling sampled after each, and saves the samples.
func (s *Schedule) round(ctx context.Context, round int, timers []*timer, order []int, sampled func(), o Options) ([]result.Bench, error) {
	rows := make([]result.Bench, 0, len(order))
	runtime.GC()
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // off now, and as it was at the end
	for i, cell := range order {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		c, t := s.Cells[cell], timers[cell]
		answer, err := t.sample()
		if err != nil {
			return nil, err
		}
		if round == 0 && answer.ControlBefore != answer.ControlAfter {
			o.Progress.Note(fmt.Sprintf("%s changed the floating-point control register from %x to %x; it was put back", c.Name(), answer.ControlBefore, answer.ControlAfter))
		}
		r := row(o.Identity, c, round, round*len(s.Cells)+i, t.iterations, answer)
		t.observed.fill(&r)
		c.hold(&r, o.Limits)
		rows = append(rows, r)
		sampled()
	}
	return rows, o.Journal.Save(s.Unit(round), rows)
}

// row makes the row of one sample.
func row(id result.Identity, c Cell, round, order, iterations int, a remote.Answer) result.Bench {
	perOp := float64(a.ElapsedNs) / float64(iterations)
	return result.Bench{
		RunID: id.RunID, Host: id.Host, Started: id.Started,
		Op: c.Op, Direction: c.Direction, Type: c.Type, Variant: c.Variant, ISA: c.ISA,
		Workers:    int64(c.Workers),
		N:          int64(c.N),
		Sample:     int64(round),
		Order:      int64(order),
		Iterations: int64(iterations),
		ElapsedNs:  a.ElapsedNs,
		NsPerOp:    perOp,
		NsPerElem:  perOp / float64(c.N),
		BytesPerOp: c.BytesPerOp(),
		BytesPerS:  float64(c.BytesPerOp()) / (perOp * 1e-9),
		Mode:       c.Mode,

		Cycles: a.Cycles, Instructions: a.Instructions, L1Misses: a.L1Misses, LLCMisses: a.LLCMisses, Allocs: a.Allocs, Switches: a.Switches,
		FrequencyHz: float(a.Hz),
	}
}

// float is a whole number as a float, nil if it is not known.
func float(n *int64) *float64 {
	if n == nil {
		return nil
	}
	f := float64(*n)
	return &f
}

// discard is the journal of a run that nobody keeps.
type discard[Row any] struct{}

func (discard[Row]) Done(string) bool         { return false }
func (discard[Row]) Save(string, []Row) error { return nil }
