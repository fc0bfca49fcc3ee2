package doubledouble

import "math"

// The exponential: x = (128k+j)*ln2/128 + r with |r| <= ln2/256, and
// e^x = 2^k * 2^(j/128) * e^r, the power from a table and e^r-1 from Taylor's series.

const (
	stepsPerUnit = 128 / math.Ln2
	// ln2/128 = step1 + step2 + step3, to 2^-130. The first two have 34 bits, so that
	// their products with n < 2^19 are exact.
	step1 = 0x1.62e42fef8p-8
	step2 = 0x1.1cf79abc8p-43
	step3 = 0x1.e3b39803f2f6bp-79
	// roundToInteger added to a number below 2^51 leaves it rounded to an
	// integer, in the last bits of the sum.
	roundToInteger = 0x1.8p52
)

// 1/n! for the terms that need both halves.
var (
	third            = Number{0x1.5555555555555p-3, 0x1.5555555555555p-57}   // 1/3!
	fourth           = Number{0x1.5555555555555p-5, 0x1.5555555555555p-59}   // 1/4!
	fifth            = Number{0x1.1111111111111p-7, 0x1.1111111111111p-63}   // 1/5!
	sixth            = Number{0x1.6c16c16c16c17p-10, -0x1.f49f49f49f49fp-65} // 1/6!
	seventh  float64 = 1. / 5040
	eighth   float64 = 1. / 40320
	ninth    float64 = 1. / 362880
	tenth    float64 = 1. / 3628800
	eleventh float64 = 1. / 39916800
)

// reduce returns n and r with x + x3 = n*ln2/128 + r, for |x| < 2800 and x3 below
// 2^-45. The error of r is 2^-109.
func reduce(x Number, x3 float64) (n int, r Number) {
	t := x.Hi*stepsPerUnit + roundToInteger
	n = int(int32(math.Float64bits(t)))
	f := t - roundToInteger
	a := twoSum(x.Hi, -(f * step1))
	b := twoSum(a.Hi, -(f * step2))
	c := twoSum(b.Hi, x.Lo)
	return n, fastTwoSum(c.Hi, c.Lo+(b.Lo+(a.Lo+(x3-f*step3))))
}

// expm1Series returns e^r - 1 for |r| <= ln2/256, with an error of 6u^2.
func expm1Series(r Number) Number {
	x := r.Hi
	tail := seventh + x*(eighth+x*(ninth+x*(tenth+x*eleventh)))
	s := fifth.plusSmaller(sixth.plusSmaller(Number{x * tail, 0}).times(r))
	s = fourth.plusSmaller(s.times(r))
	s = third.plusSmaller(s.times(r))
	s = Number{0.5, 0}.plusSmaller(s.times(r))
	return r.plusSmaller(r.times(r).times(s))
}

// exponential returns y and k with e^(x+x3) = y*2^k and y near 1, with an error of
// 6u^2. For |x| > 2800 it is that of ±2800: beyond, no factor of the functions
// brings the exponential back.
func exponential(x Number, x3 float64) (y Number, k int) {
	if math.Abs(x.Hi) > 2800 {
		x, x3 = Number{math.Copysign(2800, x.Hi), 0}, 0
	}
	n, r := reduce(x, x3)
	entry := &powers[n&127]
	power := Number{entry[0], entry[1]}
	return power.plusSmaller(power.times(expm1Series(r))), n >> 7
}

// expm1 returns e^x - 1 for |x| <= 600, with an error of 14u^2.
func expm1(x Number) Number {
	n, r := reduce(x, 0)
	m := expm1Series(r)
	if n == 0 {
		return m
	}
	// 2^k*power - 1 cancels for small n: the third part of the power keeps the bits.
	scale := power2(n >> 7)
	entry := &powers[n&127]
	power := Number{entry[0] * scale, entry[1] * scale}
	a := twoSum(power.Hi, -1)
	b := twoSum(a.Hi, power.Lo)
	less := fastTwoSum(b.Hi, b.Lo+(a.Lo+entry[2]*scale))
	return less.plus(power.times(m))
}

// Expm1 returns e^x - 1 for x <= 0.
func Expm1(x float64) Value {
	f, e := math.Frexp(x)
	switch {
	case e < -60: // x + x^2/2
		return tiny(f, f*f/2, e, e)
	case x < -100:
		return atLimit(-1, x)
	}
	return value(expm1(Number{x, 0}), 0)
}

// atLimit returns limit + e^x for x <= -80, where e^2x is far below the last bit of e^x.
func atLimit(limit, x float64) Value {
	e, k := exponential(Number{x, 0}, 0)
	return tiny(limit, e.Hi, k, 0)
}
