package verify

import (
	"context"
	"fmt"
	"time"

	"actinit/harness/ops"
	"actinit/harness/result"
	"actinit/kernels"
)

// chunks is the number of exhaustive units of a kernel: of a sweep, or of a trial.
const chunks = 1 << (32 - chunkBits)

// unitsOf lists the units of one subject: the sampled inputs with the layouts,
// the chunks of an exhaustive sweep, and the check against central differences.
func unitsOf[T kernels.Float](o *Options, s subject[T]) []Unit {
	if len(s.variants(o)) == 0 {
		return nil
	}
	unit := func(suffix string, chunk int, inputs int64, run func(context.Context, *Options, string) ([]result.Accuracy, error)) Unit {
		name := s.row.Name + "." + s.direction + "." + s.typeName + suffix
		return Unit{
			Name: name, Op: s.row.Name, Direction: s.direction, Type: s.typeName, Chunk: chunk, Inputs: inputs,
			cost: s.cost(),
			run:  func(ctx context.Context, o *Options) ([]result.Accuracy, error) { return run(ctx, o, name) },
		}
	}
	units := []Unit{unit("", -1, s.samples(o), s.sample)}
	if !o.Exhaustive {
		return units
	}
	for chunk := range chunks {
		if s.sweepable() {
			units = append(units, unit(fmt.Sprintf(".exhaustive-%02x", chunk), chunk, 1<<chunkBits, func(ctx context.Context, o *Options, _ string) ([]result.Accuracy, error) {
				return s.sweep(ctx, o, chunk)
			}))
		}
		if s.triable() {
			units = append(units, unit(fmt.Sprintf(".trial-%02x", chunk), chunk, s.trialInputs(), func(ctx context.Context, o *Options, name string) ([]result.Accuracy, error) {
				return s.trial(ctx, o, name, chunk)
			}))
		}
	}
	return units
}

// cost returns what an input takes.
func (s *subject[T]) cost() time.Duration {
	switch {
	case s.typeName == result.Float32:
		return cost32
	case slow(s.function()):
		return costOracle
	}
	return cost64
}

// samples returns about how many inputs sample tries.
func (s *subject[T]) samples(o *Options) int64 {
	d := (&source[T]{format: s.format}).density()
	binades := 2 * float64(s.format.maxExp-s.format.minExp)
	return int64(o.Samples*s.abundance()*(binades*d.binade+d.bits+2*d.subnormal+d.uniform) + binades)
}

// abundance is how many times the usual samples are drawn: more of float64 where
// not the oracle decides every result.
func (s *subject[T]) abundance() float64 {
	if s.typeName == result.Float64 && !slow(s.function()) {
		return 4
	}
	return 1
}

// addUnit adds the unit that verifies kernels, if the filter keeps one of them.
type addUnit func(op, direction, typeName string, inputs int64, ids []result.Kernel, run func(context.Context, *Options, string) ([]result.Accuracy, error))

// extraUnits lists the units that are no operation of the table in one
// direction: central differences, PReLU's slope gradient, the functions of rows and the fills.
func extraUnits(o *Options) []Unit {
	var units []Unit
	add := func(op, direction, typeName string, inputs int64, ids []result.Kernel, run func(context.Context, *Options, string) ([]result.Accuracy, error)) {
		for _, id := range ids {
			if o.Filter(id) {
				name := op + "." + direction + "." + typeName
				units = append(units, Unit{
					Name: name, Op: op, Direction: direction, Type: typeName, Chunk: -1, Inputs: inputs,
					run: func(ctx context.Context, o *Options) ([]result.Accuracy, error) { return run(ctx, o, name) },
				})
				return
			}
		}
	}
	for i := range o.Table {
		c := gradCheck{&o.Table[i]}
		add(c.row.Name, result.GradCheck, result.Float64, gradCheckPoints, c.ids(), c.run)
		if c.row.SlopeGrad32 != nil {
			s := slopeSum[float32]{c.row, result.Float32, c.row.SlopeGrad32, binary32}
			add(c.row.Name, result.SlopeGrad, result.Float32, s.inputs(), []result.Kernel{s.id()}, s.run)
		}
		if c.row.SlopeGrad64 != nil {
			s := slopeSum[float64]{c.row, result.Float64, c.row.SlopeGrad64, binary64}
			add(c.row.Name, result.SlopeGrad, result.Float64, s.inputs(), []result.Kernel{s.id()}, s.run)
		}
	}
	for i := range o.RowFunctions {
		f := &o.RowFunctions[i]
		units = append(units, rowUnits(o, rowKernels(f, result.Float32, binary32, f.Kernels.Forward32, f.Kernels.Backward32, f.Cancels32))...)
		units = append(units, rowUnits(o, rowKernels(f, result.Float64, binary64, f.Kernels.Forward64, f.Kernels.Backward64, f.Cancels64))...)
	}
	for _, f := range o.Fills {
		fillCheck[float32]{fill: f, promise: f.Promise32, format: binary32}.unit(result.Float32, f.Kernel32, o.Filter, add)
		fillCheck[float64]{fill: f, promise: f.Promise64, format: binary64}.unit(result.Float64, f.Kernel64, o.Filter, add)
	}
	return units
}

// plan lists the units of this shard.
func plan(o Options) []Unit {
	var all []Unit
	for i := range o.Table {
		row := &o.Table[i]
		for _, direction := range []string{ops.Forward, ops.Backward, ops.Fused} {
			all = append(all, unitsOf(&o, subject[float32]{row, direction, result.Float32, row.Kernel32, binary32})...)
			all = append(all, unitsOf(&o, subject[float64]{row, direction, result.Float64, row.Kernel64, binary64})...)
			all = append(all, halfUnits(&o, row, direction)...)
		}
	}
	all = append(all, extraUnits(&o)...)
	var mine []Unit
	for i, u := range all {
		if i%o.Shards == o.Shard {
			mine = append(mine, u)
		}
	}
	return mine
}
