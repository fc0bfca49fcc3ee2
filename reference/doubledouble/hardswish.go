package doubledouble

import "math"

// Hardswish returns x*(x+3)/6, for |x| < 3.
func Hardswish(x float64) Value {
	f, n := math.Frexp(x)
	if math.Abs(x) < tinyArgument { // x/2 + x^2/6
		return tiny(f/2, f*f/6, n, n)
	}
	return value(twoSum(3, x).over(six).timesFloat(f), n)
}

// HardswishGrad returns grad*(2x+3)/6 for -3 < x < 3, and grad for x >= 3.
func HardswishGrad(grad, x float64) Value {
	switch {
	case x >= 3:
		return Product(grad, 1)
	case math.Abs(x) < tinyArgument:
		return nearHalf(1./3, x).Times(grad)
	}
	return value(twoSum(3, 2*x).over(six), 0).Times(grad)
}
