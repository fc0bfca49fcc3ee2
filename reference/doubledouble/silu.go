package doubledouble

import "math"

// SiLU returns x*Sigmoid(x).
func SiLU(x float64) Value {
	f, n := math.Frexp(x)
	switch {
	case math.Abs(x) < tinyArgument: // x/2 + x^2/4 - x^4/48
		return tiny(f/2, f*f/4, n, n)
	case x > 100: // x - x*e^-x
		e, k := exponential(Number{-x, 0}, 0)
		return tiny(f, -f*e.Hi, k, n)
	}
	s := Sigmoid(x)
	return value(s.timesFloat(f), s.Exponent+n)
}

// siluRoot is the root of SiLU's derivative.
var siluRoot = triple{-0x1.474973c84120bp+0, -0x1.f8d74bc9ac154p-54, -0x1.44a50180ba78p-108}

// from returns x - root for x near it, with a relative error of u^2.
func (root triple) from(x float64) Number {
	return twoSum(x-root.hi, -root.mid).plusFloat(-root.lo)
}

// SiLUDerivative returns s*(1 + x*(1-s)) for s = Sigmoid(x). With e = e^-|x| that is
// e*(1+x+e)/(1+e)^2 for negative x and (1+e+x*e)/(1+e)^2 for others.
//
// Near the root r, where e^r = -(1+r), the sum 1+x+e^x is h - (1+r)*(e^h-1) with
// h = x-r, two terms of one sign.
func SiLUDerivative(x float64) Value {
	if math.Abs(x) < tinyArgument { // 1/2 + x/2 - x^3/12
		return nearHalf(1./2, x)
	}
	e, k := exponential(Number{-math.Abs(x), 0}, 0)
	switch {
	case x < -2800: // e^x is not its size any more
		f, n := math.Frexp(x)
		return value(e.timesFloat(f), k+n)
	case x < 0 && k < negligible:
		return value(e.times(twoSum(1, x)), k)
	case k < negligible: // 1 + (x-1)*e^-x
		return tiny(1, min(x, 0x1p20)*e.Hi-e.Hi, k, 0)
	}
	e = e.times2(k)
	d := e.plusFloat(1)
	d = d.times(d)
	if x > 0 {
		return value(e.timesFloat(x).plus(e).plusFloat(1).over(d), 0)
	}
	numerator := twoSum(1, x).plus(e)
	if math.Abs(x-siluRoot.hi) < 0.25 {
		h := siluRoot.from(x)
		numerator = h.minus(expm1(h).times(siluRoot.plusFloat(1).number()))
	}
	return value(e.times(numerator).over(d), 0)
}
