package verify

import (
	"math"
	"math/big"

	"actinit/harness/ops"
	"actinit/kernels"
)

// A kind says what the exact value of a result is.
type kind uint8

const (
	finite     kind = iota
	undecided       // finite, and so close to the correctly rounded result that its side is not known
	infinite        // the limit, e.g. relu(+Inf)
	notANumber      // NaN
	outside         // the input lies outside the function's domain: nothing is promised
)

// expected is what is known about the exact value of one result.
type expected[T kernels.Float] struct {
	correct  T       // correctly rounded; for outside 0
	residual float64 // exact value - correct, ULP; an infinity counts as 2^maxExp
	ulp      float64 // of the exact value
	kind     kind
}

// A judge finds expected values.
type judge[T kernels.Float] struct {
	fn      *ops.Function
	format  *format[T]
	graded  bool    // the first input is a gradient
	param   float64 // a value of T
	decided int64   // inputs the oracle decided
	args    []float64
}

func newJudge[T kernels.Float](s *subject[T], param T) *judge[T] {
	fn := s.function()
	return &judge[T]{fn: fn, format: s.format, graded: s.direction == ops.Backward, param: float64(param), args: make([]float64, fn.Inputs)}
}

// expect returns the expected value of output element piece at the inputs args.
func (j *judge[T]) expect(args []float64, piece int) expected[T] {
	saved := args[len(args)-1]
	if saved < j.fn.Domain[0] || saved > j.fn.Domain[1] {
		return expected[T]{kind: outside}
	}
	y, bound := j.fn.Value(args, j.param, piece)
	switch {
	case y != y:
		return expected[T]{correct: T(y), kind: notANumber}
	case bound == 0 && math.IsInf(y, 0):
		return expected[T]{correct: T(y), kind: infinite}
	}
	if correct, ok := j.format.decide(y, bound); ok {
		ulp := j.format.ulp(y)
		residual := y/ulp - j.format.inULP(correct, ulp)
		e := expected[T]{correct, residual, ulp, finite}
		if bound > 0 && math.Abs(residual) <= bound/ulp {
			e.kind = undecided
		}
		return e
	}
	j.decided++
	return j.ask(args)
}

// ask has the oracle decide.
func (j *judge[T]) ask(args []float64) expected[T] {
	var value *big.Float
	var exact bool
	var precision uint
	correct := j.format.round(func(prec uint) (*big.Float, bool) {
		value, exact = j.fn.Oracle(prec, args, j.param)
		precision = prec
		return value, exact
	})
	exponent := max(value.MantExp(nil)-1, j.format.minExp) - int(j.format.mantissa)
	if value.Sign() == 0 {
		exponent = j.format.minExp - int(j.format.mantissa)
	}
	difference := new(big.Float).Sub(value, j.asBig(correct))
	e := expected[T]{correct: correct, ulp: math.Ldexp(1, exponent)}
	if !exact && difference.MantExp(nil) <= value.MantExp(nil)-int(precision)+1 {
		e.kind = undecided
	}
	e.residual, _ = difference.SetMantExp(difference, -exponent).Float64()
	if e.residual == 0 && difference.Sign() != 0 {
		e.residual = math.Copysign(math.SmallestNonzeroFloat64, float64(difference.Sign()))
	}
	return e
}

// asBig returns x, or the first power of two beyond the format for an infinity.
func (j *judge[T]) asBig(x T) *big.Float {
	if math.IsInf(float64(x), 0) {
		limit := new(big.Float).SetMantExp(big.NewFloat(1), j.format.maxExp)
		if x < 0 {
			limit.Neg(limit)
		}
		return limit
	}
	return big.NewFloat(float64(x))
}

// maxPrecision ends the search for the side of an exact value; values closer
// to a float than 2^-maxPrecision relative to it count as equal to it. Nothing
// in the table comes near: the closest are x + O(x^3) at the smallest subnormal
// float64, which 2200 bits separate.
const maxPrecision = 8192

// side returns the sign of exact value - correct, asking the oracle for as much
// precision as it takes.
func (j *judge[T]) side(args []float64, e expected[T]) int {
	if e.kind != undecided {
		return sign(e.residual)
	}
	correct := j.asBig(e.correct)
	for prec := uint(128); prec <= maxPrecision; prec *= 2 {
		value, exact := j.fn.Oracle(prec, args, j.param)
		difference := new(big.Float).Sub(value, correct)
		if exact || (difference.Sign() != 0 && difference.MantExp(nil) > value.MantExp(nil)-int(prec)+1) {
			return difference.Sign()
		}
	}
	return 0
}

func sign(x float64) int {
	switch {
	case x > 0:
		return 1
	case x < 0:
		return -1
	}
	return 0
}
