package doubledouble

import "math"

// Mish returns x*tanh(ln(1+e^x)). With e = e^-|x| the hyperbolic tangent is n/d,
// where for negative x n = e^2+2e and d = n+2, for others n = 1+2e and d = n+2e^2.
func Mish(x float64) Value {
	f, m := math.Frexp(x)
	e, k := exponential(Number{-math.Abs(x), 0}, 0)
	switch {
	case x < 0 && k < negligible:
		return value(e.timesFloat(f), k+m)
	case k < negligible: // x - 2x*e^-2x
		return tiny(f, -f*e.Hi*e.Hi, 2*k+1, m)
	}
	n, d := mishTerms(e.times2(k), x)
	return value(n.timesFloat(f).over(d), m)
}

func mishTerms(e Number, x float64) (n, d Number) {
	square := e.times(e)
	if x < 0 {
		n = square.plus(e.times2(1))
		return n, n.plusFloat(2)
	}
	n = e.times2(1).plusFloat(1)
	return n, n.plus(square.times2(1))
}

// MishDerivative returns t + x*(1-t^2)*s for t = tanh(ln(1+e^x)) and s =
// Sigmoid(x). With e, n and d of Mish that is e*((e+2)*d + 4x*(1+e))/d^2 for
// negative x and (n*d + 4x*e^2*(1+e))/d^2 for others.
//
// Around the root at -1.19 the sum cancels, and the error's bound is a part of its
// terms and not of the value.
func MishDerivative(x float64) Value {
	e, k := exponential(Number{-math.Abs(x), 0}, 0)
	switch {
	case x < -2800: // e^x is not its size any more
		f, m := math.Frexp(x)
		return value(e.timesFloat(f), k+m)
	case x < 0 && k < negligible:
		return value(e.times(twoSum(1, x)), k)
	case k < negligible: // 1 + (4x-2)*e^-2x
		return tiny(1, (4*min(x, 0x1p20)-2)*e.Hi*e.Hi, 2*k, 0)
	}
	e = e.times2(k)
	n, d := mishTerms(e, x)
	square := d.times(d)
	slope := e.plusFloat(1).timesFloat(4 * x)
	if x >= 0 {
		return value(n.times(d).plus(slope.times(e.times(e))).over(square), 0)
	}
	over := e.over(square)
	terms := e.plusFloat(2).times(d)
	y := value(terms.plus(slope).times(over), 0)
	y.Bound = relative * (terms.Hi - slope.Hi) * over.Hi / 2
	return y
}
