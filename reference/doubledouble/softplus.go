package doubledouble

import "math"

// Softplus returns ln(1+e^x) = max(x, 0) + log1p(e^-|x|).
func Softplus(x float64) Value {
	e, k := exponential(Number{-math.Abs(x), 0}, 0)
	switch {
	case k >= negligible && x > 0:
		return value(log1p(e.times2(k)).plusFloat(x), 0)
	case k >= negligible:
		return value(log1p(e.times2(k)), 0)
	case x < 0:
		return value(e, k)
	}
	f, n := math.Frexp(x)
	return tiny(f, e.Hi, k-n, n)
}

// SoftplusDerivative returns Sigmoid(x).
func SoftplusDerivative(x float64) Value { return Sigmoid(x) }

// log1p returns ln(1+x) for 2^-121 <= x <= 1, with an error of 16u^2 and that of x: a
// float64 logarithm y and one step of Newton's iteration on e^y - 1 = x.
func log1p(x Number) Number {
	y := math.Log1p(x.Hi)
	m := expm1(Number{y, 0})
	step := x.minus(m).Hi / (1 + m.Hi)
	return twoSum(y, step-step*step/2)
}
