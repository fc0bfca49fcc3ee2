package doubledouble

import "math"

// Tanh returns the hyperbolic tangent, as -t/(t+2) with t = e^-2|x| - 1.
func Tanh(x float64) Value {
	a := math.Abs(x)
	var y Value
	switch f, e := math.Frexp(a); {
	case a < 0x1p-30: // x - x^3/3 + 2x^5/15
		y = tiny(f, -f*f*f/3, 2*e, e)
	case a > 50: // 1 - 2e^-2x
		e, k := exponential(Number{-2 * a, 0}, 0)
		y = tiny(1, -e.Hi, k+1, 0)
	default:
		t := expm1(Number{-2 * a, 0})
		y = value(t.negated().over(t.plusFloat(2)), 0)
	}
	if x < 0 {
		y.Number = y.negated()
	}
	return y
}

// TanhDerivative returns 1 - tanh(x)^2, as 4e/(1+e)^2 with e = e^-2|x|.
func TanhDerivative(x float64) Value {
	y := bell(exponential(Number{-2 * math.Abs(x), 0}, 0))
	y.Exponent += 2
	return y
}

// TanhGrad returns grad*(1-y)*(1+y).
func TanhGrad(grad, y float64) Value {
	if math.Abs(y) < 0x1p-450 {
		f, n := math.Frexp(y)
		return tiny(1, -f*f, 2*n, 0).Times(grad)
	}
	square := twoProduct(y, y)
	high := twoSum(1, -square.Hi)
	low := twoSum(high.Lo, -square.Lo)
	d := exactly(fastTwoSum(high.Hi, low.Hi), 0)
	if low.Lo != 0 {
		d = value(d.Number, 0)
	}
	return d.Times(grad)
}
