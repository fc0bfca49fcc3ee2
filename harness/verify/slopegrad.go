package verify

import (
	"context"
	"math"
	"math/big"

	"actinit/harness/ops"
	"actinit/harness/result"
	"actinit/kernels"
)

// slopeSumULP bounds the error of a slope gradient over slopeLengths, in ULP
// (float64) of the sum of the terms' magnitudes S: an error of a sum has no
// other natural unit, since terms cancel. A term is rounded once (in float64)
// and passes at most 256 additions in its partial sum, 4 when the partial sums
// are added and 17 when the blocks are: |error| <= 278 * 2^-53 * S, and
// 2^-53 * S is less than an ULP of S.
const slopeSumULP = 278

// slopeLengths are the lengths tried: every one around the partial sums, and
// around whole blocks of 4096.
var slopeLengths = func() []int {
	lengths := []int{4095, 4096, 4097, 8191, 8192, 8193, 20000, 16*4096 + 7}
	for n := range 70 {
		lengths = append(lengths, n)
	}
	return lengths
}()

// slopeSum holds the gradient of PReLU's slope, the sum of grad*x over x <= 0,
// against the exact sum, and against the fixed order of summation that package
// kernels promises.
type slopeSum[T kernels.Float] struct {
	row      *ops.Row
	typeName string
	sum      func(grad, x []T) float64
	format   *format[T]
}

func (s slopeSum[T]) id() result.Kernel {
	v := kernels.Scalar
	return result.Kernel{Op: s.row.Name, Direction: result.SlopeGrad, Type: s.typeName, Variant: v.String(), ISA: v.ISA()}
}

// slopeRounds is how many vectors of each length are tried.
const slopeRounds = 4

func (s slopeSum[T]) inputs() int64 { return int64(slopeRounds * len(slopeLengths)) }

// run tries vectors; an input of its row is a pair of vectors.
func (s slopeSum[T]) run(ctx context.Context, o *Options, unit string) ([]result.Accuracy, error) {
	src := newSource(s.format, s.row, 0, o, unit)
	t := &tally[float64]{id: s.id(), format: binary64, promise: ops.Promise{Rounding: ops.Bounded, ULP: slopeSumULP}}
	seen := census[float64]{distinct: map[uint64]struct{}{}}
	for _, n := range slopeLengths {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		for round := range slopeRounds {
			grad, x := make([]T, n), make([]T, n)
			for i := range n {
				grad[i], x[i] = T(src.rng.NormFloat64()), src.uniform()
				if round == slopeRounds-1 { // sizes that differ widely
					grad[i] = T(math.Ldexp(float64(grad[i]), src.rng.IntN(60)-30))
				}
			}
			s.one(t, &seen, grad, x)
			o.Progress.Add(1)
		}
	}
	s.specials(t)
	return []result.Accuracy{t.row(&seen)}, nil
}

// one judges the sum over one pair of vectors.
func (s slopeSum[T]) one(t *tally[float64], seen *census[float64], grad, x []T) {
	const precision = 400 // far more than the 53+53+60+17 bits the terms span
	exact, magnitude := new(big.Float).SetPrec(precision), new(big.Float).SetPrec(precision)
	for i := range x {
		if x[i] <= 0 {
			term := new(big.Float).SetPrec(precision).Mul(big.NewFloat(float64(grad[i])), big.NewFloat(float64(x[i])))
			exact.Add(exact, term)
			magnitude.Add(magnitude, term.Abs(term))
		}
	}
	got := s.sum(grad, x)
	correct, _ := exact.Float64()
	size, _ := magnitude.Float64()
	difference, _ := new(big.Float).Sub(big.NewFloat(got), exact).Float64()
	err := math.Abs(difference) / binary64.ulp(size)
	seen.inputs++
	if correct == 0 {
		seen.zeros++
	}
	if len(seen.distinct) < distinctLimit {
		seen.distinct[math.Float64bits(correct)] = struct{}{}
	}
	if got == correct {
		t.correct++
	}
	t.errors.add(err)
	if err > slopeSumULP {
		t.overBound++
	}
	if math.Float64bits(got) != math.Float64bits(inOrder(grad, x)) {
		t.differs++
	}
}

// specials checks that a NaN is never lost, neither an input's nor a gradient's,
// and that positive inputs add nothing.
func (s slopeSum[T]) specials(t *tally[float64]) {
	nan, inf := T(math.NaN()), T(math.Inf(1))
	for n := 1; n < 40; n++ {
		for at := range n {
			grad, x := make([]T, n), make([]T, n)
			for i := range x {
				grad[i], x[i] = 1, -1
			}
			x[at] = nan
			if got := s.sum(grad, x); got == got {
				t.nan++
				t.overBound++
			}
			x[at], grad[at] = 1, nan
			if got := s.sum(grad, x); got == got {
				t.nan++
				t.overBound++
			}
			x[at], grad[at] = inf, 1
			if got := s.sum(grad, x); got != -float64(n-1) {
				t.inf++
				t.overBound++
			}
		}
	}
}

// inOrder is the promised order written plainly: blocks of 4096 elements,
// element i of a block in partial sum i mod 16, the partial sums added by
// halves, then the blocks in order.
func inOrder[T kernels.Float](grad, x []T) float64 {
	const length, lanes = 4096, 16
	total := 0.0
	for lo := 0; lo < len(x); lo += length {
		var partial [lanes]float64
		for i := lo; i < min(lo+length, len(x)); i++ {
			if !(x[i] > 0) {
				partial[(i-lo)%lanes] += float64(float64(grad[i]) * float64(x[i]))
			}
		}
		for half := lanes / 2; half > 0; half /= 2 {
			for k := range half {
				partial[k] += partial[k+half]
			}
		}
		total += partial[0]
	}
	return total
}
