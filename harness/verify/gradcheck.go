package verify

import (
	"context"
	"math"

	"actinit/harness/ops"
	"actinit/harness/result"
	"actinit/kernels"
)

const (
	// GradCheckTolerance is the largest relative difference between a backward
	// kernel and the central difference of its forward kernel. It is relative
	// to the derivative, or to gradCheckFloor*(1+|f|) where the derivative is
	// smaller and the difference is all rounding.
	GradCheckTolerance = 1e-7

	gradCheckFloor  = 1e-5
	gradCheckPoints = 6000
	// gradCheckStep balances the five-point formula's error h^4/30 * f^(5), at
	// most 2e-12 for the functions of the table (their fifth derivatives stay
	// below 70), with the rounding of f, 1.5 * 2^-53 * |f| / h.
	gradCheckStep = 0x1p-10

	float64Epsilon = 0x1p-52
)

// gradCheck holds the float64 backward kernels of one operation against central
// differences of its float64 forward kernels:
//
//	f'(x) = (f(x-2h) - 8 f(x-h) + 8 f(x+h) - f(x+2h)) / 12h
//
// away from kinks. Its rows give relative differences in units of 2^-52, so
// that BoundULP is GradCheckTolerance * 2^52.
type gradCheck struct{ row *ops.Row }

// ids lists the variants that have both kernels.
func (c gradCheck) ids() []result.Kernel {
	var ids []result.Kernel
	for _, v := range c.variants() {
		ids = append(ids, c.id(v))
	}
	return ids
}

func (c gradCheck) id(v kernels.Variant) result.Kernel {
	return result.Kernel{Op: c.row.Name, Direction: result.GradCheck, Type: result.Float64, Variant: v.String(), ISA: v.ISA()}
}

// variants lists the variants with a forward or a backward kernel of their own.
// Maxout's derivative is a choice of piece, which has no differences.
func (c gradCheck) variants() []kernels.Variant {
	var list []kernels.Variant
	if c.row.Pieces > 1 || c.row.Kernel64 == nil {
		return nil
	}
	for _, v := range ops.Variants() {
		if c.row.Kernel64(ops.Forward, v) != nil || c.row.Kernel64(ops.Backward, v) != nil {
			list = append(list, v)
		}
	}
	return list
}

// kernel returns the kernel of variant v, or the scalar one where v has none.
func (c gradCheck) kernel(direction string, v kernels.Variant) ops.Kernel[float64] {
	if k := c.row.Kernel64(direction, v); k != nil {
		return k
	}
	return c.row.Kernel64(direction, kernels.Scalar)
}

func (c gradCheck) run(ctx context.Context, o *Options, unit string) ([]result.Accuracy, error) {
	var rows []result.Accuracy
	for _, v := range c.variants() {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		forward, backward := c.kernel(ops.Forward, v), c.kernel(ops.Backward, v)
		if !o.Filter(c.id(v)) || forward == nil || backward == nil {
			continue
		}
		t := &tally[float64]{id: c.id(v), format: binary64, promise: ops.Promise{Rounding: ops.Bounded, ULP: GradCheckTolerance / float64Epsilon}}
		seen := census[float64]{distinct: map[uint64]struct{}{}}
		list := params[float64](c.row)
		for _, param := range list {
			src := newSource(binary64, c.row, param, o, unit)
			src.scale /= float64(len(list))
			t.param = paramSuffix(c.row, binary64, param)
			c.differences(t, &seen, forward, backward, src)
		}
		rows = append(rows, t.row(&seen))
	}
	o.Progress.Add(gradCheckPoints)
	return rows, nil
}

// differences compares at random points: three quarters within [-5, 5), the
// rest within [-20, 20).
func (c gradCheck) differences(t *tally[float64], seen *census[float64], forward, backward ops.Kernel[float64], src *source[float64]) {
	x := make([]float64, src.times(gradCheckPoints))
	for i := range x {
		x[i] = src.uniform()
		if i%4 != 0 {
			x[i] /= 4
		}
		for c.nearKink(x[i], float64(src.param)) {
			x[i] += 8 * gradCheckStep
		}
		// Steps of a power of two that x is a multiple of: x+h is exact.
		x[i] = math.RoundToEven(x[i]*0x1p20) * 0x1p-20
	}
	f := func(offset float64) []float64 {
		in, out := make([]float64, len(x)), make([]float64, len(x))
		for i := range x {
			in[i] = x[i] + offset
		}
		forward(out, [][]float64{in}, src.param)
		return out
	}
	const h = gradCheckStep
	a, b, y, d, e := f(-2*h), f(-h), f(0), f(h), f(2*h)
	saved := x
	if c.row.Saved == ops.SavedOutput {
		saved = y
	}
	one, got := make([]float64, len(x)), make([]float64, len(x))
	for i := range one {
		one[i] = 1
	}
	backward(got, [][]float64{one, saved}, src.param)
	points := &block[float64]{in: [][]float64{x}, inputs: len(x), expected: make([]expected[float64], len(x))}
	for i := range x {
		difference := (8*(d[i]-b[i]) - (e[i] - a[i])) / (12 * h)
		points.expected[i].correct = difference
		floor := gradCheckFloor * (1 + math.Abs(y[i]))
		relative := math.Abs(difference-got[i]) / max(math.Abs(got[i]), floor)
		seen.inputs++
		if got[i] == 0 {
			seen.zeros++
		}
		if len(seen.distinct) < distinctLimit {
			seen.distinct[math.Float64bits(got[i])] = struct{}{}
		}
		if relative != relative {
			t.nan++
			t.broken(points, i, got[i], math.Inf(1))
			continue
		}
		t.errors.add(relative / float64Epsilon)
		if relative > GradCheckTolerance {
			t.broken(points, i, got[i], relative/float64Epsilon)
		} else {
			t.note(points, i, got[i], relative/float64Epsilon, false)
		}
	}
}

// nearKink reports whether the difference at x would reach over a kink.
func (c gradCheck) nearKink(x, param float64) bool {
	for _, kink := range c.row.KinksAt(param) {
		if math.Abs(x-kink) < 3*gradCheckStep {
			return true
		}
	}
	return false
}
