package verify

import (
	"context"

	"actinit/harness/ops"
	"actinit/harness/result"
	"actinit/kernels"
)

// sweepable reports whether all inputs can be tried: float32 kernels with one
// input beside a gradient.
func (s *subject[T]) sweepable() bool {
	fn := s.function()
	if s.direction == ops.Backward {
		return s.typeName == result.Float32 && fn.Inputs == 2 && fn.Outputs == 1
	}
	return s.typeName == result.Float32 && fn.Inputs == 1
}

const (
	// sweepBlock is the number of inputs of a sweep judged at a time: with their
	// expected values they stay in the first-level cache, or near it.
	sweepBlock = 1024
	// sweepStep is how many inputs pass between looks for a cancellation.
	sweepStep = 1 << 16
)

// sweep tries the inputs whose bits are chunk<<chunkBits and the next 2^chunkBits,
// at the default parameter and with a gradient of 1. Inputs outside the
// function's domain count as tried: the variants must agree on them.
func (s subject[T]) sweep(ctx context.Context, o *Options, chunk int) ([]result.Accuracy, error) {
	b := newBench(s, s.variants(o))
	b.graded.promise = s.sweptPromise()
	b.plainGraded.promise = b.graded.promise
	j := b.use(params[T](s.row)[0])
	last := make([]T, sweepBlock)
	b.block.in[len(b.block.in)-1] = last
	if s.direction == ops.Backward {
		b.block.in[0] = ones[T](sweepBlock)
	}
	first := uint64(chunk) << chunkBits
	for step := uint64(0); step < 1<<chunkBits; step += sweepStep {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		for lo := first + step; lo < first+step+sweepStep; lo += sweepBlock {
			for i := range last {
				last[i] = s.format.fromBits(lo + uint64(i))
			}
			b.judge(j, sweepBlock)
		}
		o.Progress.Add(sweepStep)
	}
	rows := b.rows()
	for i, v := range b.variants {
		if !v.remote {
			rows[i].SweptBoundULP = b.graded.promise.ULP
		}
	}
	return rows, nil
}

// sweptPromise is what a sweep holds the subject to. With a gradient of 1, that by a saved input is
// the derivative alone, which is promised to be correctly rounded at the default parameter,
// whatever rounding its product with a gradient adds.
func (s *subject[T]) sweptPromise() ops.Promise {
	if s.sweepable() && s.direction == ops.Backward && s.row.Saved == ops.SavedInput {
		return ops.Promise{Rounding: ops.Correct, ULP: .5}
	}
	return s.promise()
}

// ones returns n gradients of 1.
func ones[T kernels.Float](n int) []T {
	all := make([]T, n)
	for i := range all {
		all[i] = 1
	}
	return all
}
