package verify

import (
	"context"
	"slices"

	"actinit/harness/ops"
	"actinit/harness/result"
	"actinit/kernels"
)

// blockSize is the number of inputs judged at a time: their values and expected
// values stay in the second-level cache.
const blockSize = 4096

// A bench holds the variants of one subject with their tallies and buffers.
type bench[T kernels.Float] struct {
	subject  subject[T]
	scalar   ops.Kernel[T] // what the other variants must equal bit for bit
	variants []variant[T]
	tallies  []*tally[T]
	census   census[T]
	block    block[T]

	out, plain          []T // a variant's results, and the scalar variant's
	unwritten           []T
	graded, plainGraded tally[T] // of one block
	remoteGraded        tally[T]
}

func newBench[T kernels.Float](s subject[T], variants []variant[T]) *bench[T] {
	fn := s.function()
	b := &bench[T]{subject: s, variants: variants, scalar: s.kernel(s.direction, kernels.Scalar)}
	if b.scalar == nil {
		b.scalar = variants[0].run
	}
	for _, v := range variants {
		t := &tally[T]{id: v.id, format: s.format, promise: s.promise()}
		if v.remote {
			t.promise = unpromised
		}
		b.tallies = append(b.tallies, t)
	}
	b.block.in = make([][]T, fn.Inputs)
	b.graded = tally[T]{format: s.format, promise: s.promise()}
	b.plainGraded, b.remoteGraded = b.graded, b.graded
	b.remoteGraded.promise = unpromised
	b.out = make([]T, fn.Outputs*blockSize)
	b.plain = make([]T, fn.Outputs*blockSize)
	b.unwritten = make([]T, fn.Outputs*blockSize)
	for i := range b.unwritten {
		b.unwritten[i] = s.format.fromBits(0x5a5a5a5a)
	}
	return b
}

// use prepares the bench for a parameter and returns the judge of its inputs.
func (b *bench[T]) use(param T) *judge[T] {
	j := newJudge(&b.subject, param)
	b.graded.judge, b.plainGraded.judge, b.remoteGraded.judge = j, j, j
	for _, t := range b.tallies {
		t.judge, t.param = j, paramSuffix(b.subject.row, b.subject.format, param)
	}
	return j
}

// judge holds all variants against the expected values of b.block.in, which
// has n inputs.
func (b *bench[T]) judge(j *judge[T], n int) {
	fn := j.fn
	paired, decided := j.paired, j.decided
	b.block.resize(n, fn.Outputs)
	j.block(&b.block)
	b.block.weigh(b.subject.format)
	b.census.paired += j.paired - paired
	b.census.decided += j.decided - decided
	b.census.count(&b.block)
	plain, out := b.plain[:fn.Outputs*n], b.out[:fn.Outputs*n]
	scalarReturned := b.call(b.scalar, plain, j)
	plainGrade := b.grade(&b.plainGraded, plain)
	for k, v := range b.variants {
		t := b.tallies[k]
		results, returned, grade := plain, scalarReturned, plainGrade
		switch {
		case v.remote:
			results, returned = out, b.call(v.run, out, j)
			grade = b.grade(&b.remoteGraded, out)
		case v.id.Variant != kernels.Scalar.String():
			results, returned = out, b.call(v.run, out, j)
			if !sameBits(out, plain) {
				grade = b.grade(&b.graded, out)
				t.differ(&b.block, out, plain)
			}
		}
		if !returned {
			t.layout++
		}
		t.block(&b.block, results, grade)
	}
}

// grade judges a block's results one by one, or returns nil where all are the
// correctly rounded ones, bit for bit.
func (b *bench[T]) grade(t *tally[T], out []T) *tally[T] {
	if b.block.outsideDomain == 0 && sameBits(out, b.block.correct) {
		return nil
	}
	t.grade(&b.block, out)
	return t
}

// call runs a kernel on the block and reports whether it returned. What a
// kernel leaves unwritten must not look right because another wrote it.
func (b *bench[T]) call(k ops.Kernel[T], out []T, j *judge[T]) bool {
	copy(out, b.unwritten)
	return call(k, out, b.block.in, T(j.param))
}

// rows returns the tallies' rows.
func (b *bench[T]) rows() []result.Accuracy {
	var rows []result.Accuracy
	for _, t := range b.tallies {
		rows = append(rows, t.row(&b.census))
	}
	return rows
}

// call runs a kernel and reports whether it returned: a wrong kernel may panic,
// which is a finding about it and not the end of the run. That a process cannot be asked is.
func call[T kernels.Float](k ops.Kernel[T], out []T, in [][]T, param T) (returned bool) {
	defer func() {
		switch p := recover().(type) {
		case nil:
		case unreachable:
			panic(p)
		default:
			returned = false
		}
	}()
	k(out, in, param)
	return true
}

// params returns the parameter values to try, the default first.
func params[T kernels.Float](row *ops.Row) []T {
	if row.Param == nil {
		return []T{0}
	}
	list := []T{T(row.Param.Default)}
	for _, p := range row.Param.Others {
		if !slices.Contains(list, T(p)) {
			list = append(list, T(p))
		}
	}
	return list
}

// sample tries the sampled inputs, and the layouts, of one subject.
func (s subject[T]) sample(ctx context.Context, o *Options, unit string) ([]result.Accuracy, error) {
	variants := s.variants(o)
	b := newBench(s, variants)
	for i, param := range params[T](s.row) {
		j := b.use(param)
		swept := o.Exhaustive && s.sweepable() && i == 0
		src := newSource(s.format, s.row, param, o, unit)
		src.scale *= s.abundance() / float64(len(params[T](s.row)))
		var columns [][]T
		if s.direction == ops.Backward {
			columns = src.backward()
			if swept {
				withoutOnes(columns[0])
			}
		} else if !swept {
			columns = src.forward()
		}
		if err := b.columns(ctx, o, j, columns); err != nil {
			return nil, err
		}
		for k, v := range variants {
			if v.remote {
				continue
			}
			failures, detail := s.layout(v, src)
			b.tallies[k].layout += failures
			if failures > 0 {
				o.Progress.Note(detail)
			}
		}
	}
	return b.rows(), nil
}

// columns judges columns of inputs block by block.
func (b *bench[T]) columns(ctx context.Context, o *Options, j *judge[T], columns [][]T) error {
	if columns == nil {
		return nil
	}
	step := blockSize
	if b.subject.format.bits == 64 {
		step = blockSize / 16 // the oracle takes its time: look for a cancellation more often
	}
	for lo := 0; lo < len(columns[0]); lo += step {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		hi := min(lo+step, len(columns[0]))
		for k := range columns {
			b.block.in[k] = columns[k][lo:hi]
		}
		b.judge(j, hi-lo)
		o.Progress.Add(int64(hi - lo))
	}
	return nil
}

// withoutOnes turns gradients of 1, which the exhaustive sweep tries with every
// saved value, into -1, so that the two sets of inputs are disjoint.
func withoutOnes[T kernels.Float](grad []T) {
	for i, g := range grad {
		if g == 1 {
			grad[i] = -1
		}
	}
}
