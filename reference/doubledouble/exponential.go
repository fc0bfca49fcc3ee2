package doubledouble

import "math"

// Exp returns e^x.
func Exp(x float64) Value {
	if math.Abs(x) < tinyArgument && x != 0 { // 1 + x + x^2/2
		f, n := math.Frexp(x)
		return tiny(1, f, n, 0)
	}
	return value(exponential(Number{x, 0}, 0))
}
