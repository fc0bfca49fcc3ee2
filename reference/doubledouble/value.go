package doubledouble

import "math"

// A Value is the exact value of a function to within Bound:
// |(Hi+Lo)*2^Exponent - exact value| <= Bound * 2^Exponent.
// Hi is 0 only where the exact value is.
type Value struct {
	Number
	Exponent int
	Bound    float64
}

// relative bounds the error of every function as a part of its value. Times adds
// an eighth.
const relative = 0x1p-101

// value returns y*2^exponent with the package's error bound.
func value(y Number, exponent int) Value {
	return Value{y, exponent, math.Abs(y.Hi) * relative}
}

// exactly returns y*2^exponent as an exact value.
func exactly(y Number, exponent int) Value { return Value{y, exponent, 0} }

// Product returns a*b, exactly.
func Product(a, b float64) Value {
	fa, ea := math.Frexp(a)
	fb, eb := math.Frexp(b)
	return exactly(twoProduct(fa, fb), ea+eb)
}

// Quotient returns a/b, for b between 2^-500 and 2^500. It is exact where it fits a float64.
func Quotient(a, b float64) Value {
	f, n := math.Frexp(a)
	if q := f / b; math.FMA(q, b, -f) == 0 {
		return exactly(Number{q, 0}, n)
	}
	return value(Number{f, 0}.over(Number{b, 0}), n)
}

// Sum returns a+b, exactly, for a sum below 2^1023.
func Sum(a, b float64) Value { return exactly(twoSum(a, b), 0) }

// Times returns v*b. It adds no error where the product fits.
func (v Value) Times(b float64) Value {
	f, e := math.Frexp(b)
	p, q := twoProduct(v.Hi, f), twoProduct(v.Lo, f)
	s := twoSum(p.Lo, q.Hi)
	y := Value{fastTwoSum(p.Hi, s.Hi), v.Exponent + e, v.Bound * math.Abs(f)}
	if s.Lo != 0 || q.Lo != 0 || v.Lo != 0 && math.Abs(v.Lo) < 0x1p-960 {
		y.Number = fastTwoSum(y.Hi, y.Lo+(s.Lo+q.Lo))
		y.Bound += math.Abs(y.Hi) * 0x1p-104
	}
	return y
}

// nearHalf returns 1/2 + slope*x for |x| < 2^-60, where slope*x is what tiny calls second.
func nearHalf(slope, x float64) Value {
	if x == 0 {
		return exactly(Number{0.5, 0}, 0)
	}
	f, n := math.Frexp(x)
	return tiny(0.5, slope*f, n, 0)
}

// tiny returns (first + second*2^n) * 2^exponent, for n <= 0. first is exact and
// near 1 or 0; the second term, below half of first's last place, has a relative
// error of 2^-45, what is left out included. It is 0 where it is below 2^-1800.
func tiny(first, second float64, n, exponent int) Value {
	const up = 0x1p900
	var y Value
	switch {
	case first == 0:
		return y
	case n >= -900:
		second *= power2(n)
		y = Value{Number{first, second}, exponent, math.Abs(second) * 0x1p-45}
	default: // two numbers can lie 2^2000 apart if the first is large
		y = Value{Number{first * up, 0}, exponent - 900, 0}
		if n >= -1800 {
			y.Lo = second * power2(n+900)
			y.Bound = math.Abs(y.Lo) * 0x1p-45
		}
	}
	if math.Abs(y.Lo) < 0x1p-950 { // it may have underflowed
		y.Lo, y.Bound = 0, 0x1p-900
	}
	return y
}
