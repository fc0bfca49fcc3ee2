package reference

import "math"

// Errors of the hyperbolic tangent's functions, see the package comment.
const (
	TanhULP           = 4
	TanhDerivativeULP = 6
	TanhGradULP       = 4
)

// Tanh returns (e^x - e^-x)/(e^x + e^-x), in the form -t/(t+2) with
// t = e^-2|x| - 1, which does not cancel near 0.
//
// Tanh(±0) = ±0, Tanh(±Inf) = ±1.
func Tanh(x float64) float64 {
	t := expm1(-2 * math.Abs(x))
	return math.Copysign(-t/(t+2), x)
}

// TanhDerivative returns 1 - tanh(x)^2 = 4e/(1+e)^2 with e = e^-2|x|, which
// does not cancel. The factor 4 multiplies the rounding error of a subnormal e.
//
// TanhDerivative(±Inf) = 0.
func TanhDerivative(x float64) float64 {
	e := exp(-2 * math.Abs(x))
	return 4 * (e / ((1 + e) * (1 + e)))
}

// TanhGrad returns grad*(1-y)*(1+y), the gradient by x where y = Tanh(x) was
// saved. The bound holds for -1 <= y <= 1: 1-y, 1+y and the two products round
// once each, and none of them cancels, because y is taken as given.
func TanhGrad(grad, y float64) float64 {
	return grad * ((1 - y) * (1 + y))
}
