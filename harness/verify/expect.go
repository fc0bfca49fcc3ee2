package verify

import (
	"math"
	"math/big"
	"slices"
	"unsafe"

	"actinit/harness/ops"
	"actinit/kernels"
	"actinit/reference/doubledouble"
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
	param   float64 // a value of T
	paired  int64   // inputs double-double arithmetic decided
	decided int64   // inputs the oracle decided
	args    []float64
}

func newJudge[T kernels.Float](s *subject[T], param T) *judge[T] {
	fn := s.function()
	return &judge[T]{fn: fn, format: s.format, param: float64(param), args: make([]float64, fn.Inputs)}
}

// block fills in the expected values of a block's inputs.
func (j *judge[T]) block(b *block[T]) {
	args, value, domain := j.args, j.fn.Value, j.fn.Domain
	last := len(args) - 1
	infinities := j.fn.Product
	for piece := range j.fn.Outputs {
		of, correct := b.expected[piece*b.inputs:][:b.inputs], b.correct[piece*b.inputs:][:b.inputs]
		for i := range of {
			for k, in := range b.in {
				args[k] = float64(in[i])
			}
			e := &of[i]
			if saved := args[last]; saved < domain[0] || saved > domain[1] || infinities && anyInfinite(args[:last]) {
				*e = j.expect(args, piece)
			} else if y, bound := value(args, j.param, piece); !j.quick(e, y, bound) {
				*e = j.decide(args, piece, y, bound)
			}
			correct[i] = e.correct
		}
	}
}

// expect returns the expected value of output element piece at the inputs args.
func (j *judge[T]) expect(args []float64, piece int) expected[T] {
	last := len(args) - 1
	saved := args[last]
	if saved < j.fn.Domain[0] || saved > j.fn.Domain[1] {
		return expected[T]{kind: outside}
	}
	if j.fn.Product && anyInfinite(args[:last]) {
		return j.infiniteProduct(args, piece)
	}
	y, bound := j.fn.Value(args, j.param, piece)
	if e := (expected[T]{}); j.quick(&e, y, bound) {
		return e
	}
	return j.decide(args, piece, y, bound)
}

// decide rounds the exact value, which lies within bound of y, or has the oracle do it.
func (j *judge[T]) decide(args []float64, piece int, y, bound float64) expected[T] {
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
	if j.fn.Pair != nil {
		if e := (expected[T]{}); j.pair(&e, j.fn.Pair(args, j.param, piece)) {
			j.paired++
			return e
		}
	}
	j.decided++
	return j.ask(args, piece)
}

// pair rounds a double-double value, if its error allows, and reports whether
// it did.
func (j *judge[T]) pair(e *expected[T], v doubledouble.Value) bool {
	f := j.format
	hi, lo := v.Hi, v.Lo
	negative := hi < 0
	if negative {
		hi, lo = -hi, -lo
	}
	fraction, exponent := math.Frexp(hi)
	if fraction == .5 && lo < -v.Bound { // below a power of two
		exponent--
	}
	exponent += v.Exponent // the exact value is in [2^(exponent-1), 2^exponent)
	ulp := max(exponent-1, f.minExp) - int(f.mantissa)
	if hi == 0 {
		return false
	}
	// In units of an ulp the exact value is n + rest + low, within bound. Far below
	// half the smallest subnormal its size is of no consequence, and no more is that
	// of a low whose sign is known: n + rest is a tie or much further from one.
	const little = 0x1p-800
	scale := max(v.Exponent-ulp, -2000)
	n, low, bound := scaled(hi, scale), scaled(lo, scale), scaled(v.Bound, scale)
	switch {
	case n < 0x1p-100:
		n, low, bound = max(n, little), 0, 0
	case math.Abs(low) >= little:
	case math.Abs(lo) > v.Bound:
		low, bound = math.Copysign(little, lo), little/2
	case v.Bound > 0:
		bound += little // what scaling has lost
	}
	if exponent > f.maxExp {
		*e = expected[T]{correct: T(math.Inf(1)), residual: (n - f.inULP(T(math.Inf(1)), scaled(1, ulp))) + low, ulp: scaled(1, ulp)}
		if negative {
			e.correct, e.residual = -e.correct, -e.residual
		}
		return true
	}
	rest := n - math.RoundToEven(n) // exact
	n -= rest
	// Distances to the ties above and below, exact near a tie if rest is 0.
	above, below := (.5-rest)-low, (.5+rest)+low
	slack := bound
	if rest != 0 {
		slack += 0x1p-50 * math.Abs(low)
	}
	odd := int64(n)&1 != 0
	switch {
	case above > slack && below > slack:
	case -above > slack || above == 0 && slack == 0 && odd:
		n, rest = n+1, rest-1
	case -below > slack || below == 0 && slack == 0 && odd:
		n, rest = n-1, rest+1
	case slack > 0:
		return false
	} // else a tie, and n is even
	correct := scaled(n, ulp)
	if correct >= scaled(2, f.maxExp-1) {
		correct = math.Inf(1)
	}
	residual := rest + low
	if negative {
		correct, residual = -correct, -residual
	}
	*e = expected[T]{correct: T(correct), residual: residual, ulp: scaled(1, ulp)}
	if bound > 0 && math.Abs(residual) <= bound {
		e.kind = undecided
	}
	return true
}

// scaled is math.Ldexp(x, n), quick where 2^n and the result are normal.
func scaled(x float64, n int) float64 {
	if n >= -1022 && n <= 1023 {
		return x * math.Float64frombits(uint64(1023+n)<<52)
	}
	return math.Ldexp(x, n)
}

// anyInfinite reports whether one of the values is infinite.
func anyInfinite(values []float64) bool {
	return slices.ContainsFunc(values, func(x float64) bool { return math.IsInf(x, 0) })
}

// infiniteProduct returns what a kernel that multiplies a rounded factor by infinite
// inputs gives: an infinity, or NaN where the factor rounds to zero.
func (j *judge[T]) infiniteProduct(args []float64, piece int) expected[T] {
	last := len(args) - 1
	product, others := 1., slices.Clone(args[:last])
	for k, x := range others {
		product *= x
		args[k] = 1
	}
	factor := j.expect(args, piece)
	copy(args, others)
	e := expected[T]{correct: T(product * float64(factor.correct)), kind: infinite}
	if e.correct != e.correct {
		e.kind = notANumber
	}
	return e
}

// quick decides, in a few operations, values that are floats themselves and
// float32 results that are neither near a rounding boundary nor near overflow:
// nearly all of them. It reports whether it did.
func (j *judge[T]) quick(e *expected[T], y, bound float64) bool {
	magnitude := math.Abs(y)
	if j.format.bits == 16 { // T holds more than the format's values
		return false
	}
	if bound == 0 {
		correct := T(y)
		*e = expected[T]{correct: correct, ulp: j.format.ulp(y)}
		return float64(correct) == y && magnitude < 0x1p127
	}
	// Twice the bound makes up for the rounding of the two sums, which is at
	// most 2^-53 of magnitude+2*bound each.
	correct := T(magnitude + 2*bound)
	if correct != T(magnitude-2*bound) || bound < magnitude*0x1p-52 || !(magnitude < 0x1p127) || unsafe.Sizeof(correct) != 4 {
		return false
	}
	exponent := max(int(math.Float64bits(magnitude)>>52)-1023, -126) - 23
	distance := magnitude - float64(correct) // exact: the two are within half an ULP of float32
	residual := distance * math.Float64frombits(uint64(1023-exponent)<<52)
	known := finite
	if math.Abs(distance) <= bound {
		known = undecided
	}
	if math.Signbit(y) {
		correct, residual = -correct, -residual
	}
	*e = expected[T]{correct, residual, math.Float64frombits(uint64(1023+exponent) << 52), known}
	return true
}

// ask has the oracle decide.
func (j *judge[T]) ask(args []float64, piece int) expected[T] {
	var value *big.Float
	var exact bool
	var precision uint
	correct := j.format.round(func(prec uint) (*big.Float, bool) {
		value, exact = j.fn.Oracle(prec, args, j.param, piece)
		precision = prec
		return value, exact
	})
	exponent := max(value.MantExp(nil)-1, j.format.minExp) - int(j.format.mantissa)
	if value.Sign() == 0 {
		exponent = j.format.minExp - int(j.format.mantissa)
	}
	difference := new(big.Float).Sub(value, j.asBig(correct))
	e := expected[T]{correct: correct, ulp: math.Ldexp(1, exponent)}
	if !exact && (difference.Sign() == 0 || difference.MantExp(nil) <= value.MantExp(nil)-int(precision)+1) {
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
// precision as it takes, and 0 where it takes more than so many bits.
func (j *judge[T]) side(args []float64, piece int, e expected[T], precision uint) int {
	if e.kind != undecided {
		return sign(e.residual)
	}
	correct := j.asBig(e.correct)
	for prec := uint(128); prec <= precision; prec *= 2 {
		value, exact := j.fn.Oracle(prec, args, j.param, piece)
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
