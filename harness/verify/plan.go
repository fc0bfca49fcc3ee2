package verify

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"time"

	"actinit/harness/ops"
	"actinit/harness/progress"
	"actinit/harness/result"
	"actinit/kernels"
)

// chunkBits is the size of an exhaustive unit: 2^24 inputs, about a second.
const chunkBits = 24

// A Unit is a piece of work that is saved as a whole.
type Unit struct {
	Name      string // stable: the same plan gives the same names
	Op        string
	Direction string
	Type      string
	Chunk     int   // of a sweep's unit, which 2^24 inputs, and of a trial's, 0..255; -1 for other units
	Inputs    int64 // inputs to try, about: the unit of progress

	cost time.Duration // of an input, about; 0 is costOracle
	run  func(context.Context, *Options) ([]result.Accuracy, error)
}

// Plan lists the units a Run with these options would do, in order.
func Plan(o Options) ([]Unit, error) {
	o, err := o.complete()
	if err != nil {
		return nil, err
	}
	return plan(o), nil
}

// What an input costs in CPU time on a 2020s core, in all variants: measured means
// over the table, rounded up.
const (
	cost32     = 80 * time.Nanosecond
	cost64     = 1 * time.Microsecond
	costOracle = 25 * time.Microsecond // where the oracle decides every result, and of units that are no kernel's
)

// Estimate returns about how long a Run with these options takes.
func Estimate(o Options) (time.Duration, error) {
	o, err := o.complete()
	if err != nil {
		return 0, err
	}
	var total time.Duration
	for _, u := range plan(o) {
		total += u.estimate()
	}
	return total / time.Duration(o.Workers), nil
}

func (u Unit) costOfInput() time.Duration { return cmp.Or(u.cost, costOracle) }

// estimate is about how long one worker takes for the unit.
func (u Unit) estimate() time.Duration { return time.Duration(u.Inputs) * u.costOfInput() }

// A row counts as exhaustive when it holds 2^32 inputs. Samples must not be able
// to make that number up: not alone, and not one missing unit of a sweep.
const (
	maxSamples            = 1000
	maxSamplesBesideSweep = 16
)

// complete fills in the defaults and checks what a user can get wrong.
func (o Options) complete() (Options, error) {
	if o.Table == nil {
		o.Table = ops.All()
	}
	if o.Fills == nil {
		o.Fills = ops.Fills()
	}
	if o.RowFunctions == nil {
		o.RowFunctions = ops.RowFunctions()
	}
	if o.Filter == nil {
		o.Filter = func(result.Kernel) bool { return true }
	}
	if o.Progress == nil {
		o.Progress = progress.Silent{}
	}
	if o.Samples == 0 {
		o.Samples = 1
	}
	if o.Shards == 0 {
		o.Shards = 1
	}
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	if o.Shard < 0 || o.Shard >= o.Shards {
		return o, fmt.Errorf("shard %d/%d: the shard's number must be between 0 and %d", o.Shard, o.Shards, o.Shards-1)
	}
	if !(o.Samples > 0) || o.Samples > maxSamples {
		return o, fmt.Errorf("samples %v: the scale must be above 0 and at most %d", o.Samples, maxSamples)
	}
	if o.Exhaustive && o.Samples > maxSamplesBesideSweep {
		return o, fmt.Errorf("samples %v: beside an exhaustive sweep the scale must be at most %d", o.Samples, maxSamplesBesideSweep)
	}
	return o, nil
}

// A subject is what a unit holds against its exact function: one operation in
// one direction and type, in all its variants.
type subject[T kernels.Float] struct {
	row       *ops.Row
	direction string
	typeName  string
	kernel    func(direction string, v kernels.Variant) ops.Kernel[T]
	format    *format[T]
}

// function returns the exact function the subject is held against.
func (s *subject[T]) function() *ops.Function {
	switch s.direction {
	case ops.Backward:
		return &s.row.Backward
	case ops.Fused:
		return &s.row.Fused
	}
	return &s.row.Forward
}

// promise returns the bound the kernel states.
func (s *subject[T]) promise() ops.Promise {
	switch s.typeName {
	case result.Float32:
		return s.function().Promise32
	case result.Float16, result.BFloat16:
		return s.halfPromise()
	}
	return s.function().Promise64
}

// id names one variant of the subject.
func (s *subject[T]) id(v kernels.Variant) result.Kernel {
	return result.Kernel{Op: s.row.Name, Direction: s.direction, Type: s.typeName, Variant: v.String(), ISA: v.ISA()}
}

// variants lists the subject's kernels that exist here and pass the filter.
func (s *subject[T]) variants(o *Options) []variant[T] {
	if s.kernel == nil {
		return nil
	}
	var all []variant[T]
	for _, v := range ops.Variants() {
		if k := s.kernel(s.direction, v); k != nil && o.Filter(s.id(v)) {
			all = append(all, variant[T]{id: s.id(v), run: k})
		}
	}
	for _, r := range o.Remote {
		if k := r.Kernel; k.Op == s.row.Name && k.Direction == s.direction && k.Type == s.typeName && o.Filter(k) {
			all = append(all, variant[T]{id: k, run: remoteKernel[T](r), remote: true})
		}
	}
	return all
}

// A variant is one kernel under test.
type variant[T kernels.Float] struct {
	id     result.Kernel
	run    ops.Kernel[T]
	remote bool // it is another process's, and promises nothing
}
