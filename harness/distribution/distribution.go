// Package distribution holds the numbers that fills draw against the law that
// they are to follow.
//
// Where package verify asks whether an element is the right function of its
// random word, this one asks whether many of them are distributed as they
// should be. Its statistics of each fill and type are
//
//	mean, variance, skewness, kurtosis   of z = (x - mean)/std with the law's own mean and std:
//	                                     averages of z, z^2, z^3 and z^4
//	beyond 3, 4, 5, 6                    the share of |z| above it, where the law has one
//	lag 1 .. 1024                        averages of z[i]*z[i+lag], the correlation with what follows
//	next stream, next seed               the correlation with the same elements of another stream, or seed
//	kolmogorov_smirnov                   the largest distance of the distribution functions
//	anderson_darling                     n times their mean squared distance, weighted by 1/(F(1-F))
//	chi_square                           of the counts in 4096 bins of equal probability
//
// The first ten and the correlations are averages of terms whose mean and standard
// deviation the law fixes: by the central limit theorem a value in standard errors
// is normal, and that gives its probability; shares beyond get an exact one (Poisson).
// Kolmogorov-Smirnov and Anderson-Darling are computed at the edges of the bins, which
// at the ends become as narrow as 2^-32, and take their limits for many draws.
//
// A run asks some hundred such questions, so that one in a hundred would be called
// improbable by chance. Probabilities are therefore adjusted by Holm's method over
// all of them: a run of correct fills with a fresh seed has a statistic with an
// adjusted probability below [Alarm] at most once in 1/Alarm runs.
//
// Sums add up, so that the parts of a run, which are units of consecutive elements,
// merge (Merge) to the same values whoever computed them, in whatever order.
package distribution

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"time"

	"actinit/harness/ops"
	"actinit/harness/progress"
	"actinit/harness/result"
	"actinit/harness/workers"
	"actinit/kernels"
)

// Alarm is the adjusted probability below which a fill counts as wrong.
const Alarm = result.DistributionAlarm

// Draws of a unit, and units of a fill and type.
const (
	unitDraws, units                     = 1 << 21, 5  // 10^7 draws
	exhaustiveUnitDraws, exhaustiveUnits = 1 << 25, 32 // 2^30
)

// Options say what to draw and where the results go. The zero value of every
// field but Journal is usable.
type Options struct {
	Fills  []ops.Fill               // nil: ops.Fills()
	Filter func(result.Kernel) bool // nil: every fill
	Seed   uint64

	Exhaustive bool    // 2^30 draws of each fill and type, not 10^7
	Samples    float64 // multiplies the number of draws; 0 means 1

	Shard, Shards int // this process does the units with index % Shards == Shard; Shards 0 means 1
	Workers       int // goroutines; 0 means GOMAXPROCS

	Identity result.Identity
	Journal  result.Journal[result.Distribution] // where finished units are saved
	Progress progress.Reporter                   // nil: silent
}

// A Unit is consecutive elements of a fill, drawn and saved as a whole.
type Unit struct {
	Name  string // stable: the same plan gives the same names
	Draws int

	run func(ctx context.Context, seed uint64) ([]result.Distribution, error)
}

// Plan lists the units that a Run with these options would do, in order.
func Plan(o Options) ([]Unit, error) {
	if o.Samples == 0 {
		o.Samples = 1
	}
	if !(o.Samples > 0) {
		return nil, fmt.Errorf("samples %v: the scale must be above 0", o.Samples)
	}
	draws, n := unitDraws, units
	if o.Exhaustive {
		draws, n = exhaustiveUnitDraws, exhaustiveUnits
	}
	n = int(math.Ceil(o.Samples * float64(n)))
	fills := o.Fills
	if fills == nil {
		fills = ops.Fills()
	}
	keep := o.Filter
	if keep == nil {
		keep = func(result.Kernel) bool { return true }
	}
	var all []Unit
	for _, f := range fills {
		all = append(all, unitsOf(f, f.Kernel32, keep, draws, n)...)
		all = append(all, unitsOf(f, f.Kernel64, keep, draws, n)...)
	}
	if o.Shards > 1 {
		var mine []Unit
		for i, u := range all {
			if i%o.Shards == o.Shard {
				mine = append(mine, u)
			}
		}
		all = mine
	}
	return all, nil
}

// unitsOf returns the units of a fill in one type, which are whole or not at all in the
// plan: drawn by the best kernel that the filter keeps, whose bits are those of all.
func unitsOf[T kernels.Float](f ops.Fill, kernelOf func(v kernels.Variant) ops.FillKernel[T], keep func(result.Kernel) bool, draws, n int) []Unit {
	kernel := ops.BestFill(kernelOf, func(v kernels.Variant) bool {
		return keep(result.Kernel{Op: f.Name, Direction: result.Fill, Type: typeName[T](), Variant: v.String(), ISA: v.ISA()})
	})
	if kernel == nil {
		return nil
	}
	s := newSource(f, kernel)
	all := make([]Unit, n)
	for i := range all {
		first := uint64(i) * uint64(draws)
		all[i] = Unit{
			Name:  fmt.Sprintf("%s %s %d draws %04d", f.Name, typeName[T](), draws, i),
			Draws: draws,
			run: func(ctx context.Context, seed uint64) ([]result.Distribution, error) {
				return s.measure(ctx, seed, first, draws)
			},
		}
	}
	return all
}

// Run draws every unit of the plan that the journal does not hold yet and saves
// each as it is finished. It returns an error if the options are unusable, the
// context is cancelled or the journal fails; a wrong distribution is no error but
// shows in the merged rows.
func Run(ctx context.Context, o Options) error {
	if o.Journal == nil {
		return errors.New("distribution: Options.Journal is nil: results would be lost")
	}
	plan, err := Plan(o)
	if err != nil {
		return err
	}
	if o.Progress == nil {
		o.Progress = progress.Silent{}
	}
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	var total, done int64
	for _, u := range plan {
		total += int64(u.Draws)
	}
	plan = slices.DeleteFunc(plan, func(u Unit) bool {
		if !o.Journal.Done(u.Name) {
			return false
		}
		done += int64(u.Draws)
		return true
	})
	o.Progress.Begin("distribution: draws", total)
	defer o.Progress.End()
	o.Progress.Add(done)

	return workers.Each(ctx, o.Workers, plan, o.finish)
}

// finish does one unit and saves its rows.
func (o *Options) finish(ctx context.Context, u Unit) error {
	began := time.Now()
	rows, err := u.run(ctx, o.Seed)
	if err != nil {
		return err
	}
	seconds := time.Since(began).Seconds() / float64(len(rows))
	for i := range rows {
		r := &rows[i]
		r.RunID, r.Host, r.Started = o.Identity.RunID, o.Identity.Host, o.Identity.Started
		r.Seconds = seconds
	}
	if err := o.Journal.Save(u.Name, rows); err != nil {
		return fmt.Errorf("saving unit %s: %w", u.Name, err)
	}
	o.Progress.Add(int64(u.Draws))
	return nil
}
