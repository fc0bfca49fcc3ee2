package reference

import "math"

// Errors of the sigmoid's functions, see the package comment.
const (
	SigmoidULP           = 4
	SigmoidDerivativeULP = 6
	SigmoidGradULP       = 3
)

// Sigmoid returns 1/(1+e^-x).
//
// Sigmoid(-Inf) = 0, Sigmoid(+Inf) = 1.
func Sigmoid(x float64) float64 {
	if x < 0 {
		e := exp(x) // never overflows, and keeps its relative accuracy in the tail
		return e / (1 + e)
	}
	return 1 / (1 + exp(-x))
}

// SigmoidDerivative returns s(1-s) for s = Sigmoid(x), in the form
// e/(1+e)^2 with e = e^-|x|, which does not cancel.
//
// SigmoidDerivative(±Inf) = 0.
func SigmoidDerivative(x float64) float64 {
	e := exp(-math.Abs(x))
	return e / ((1 + e) * (1 + e))
}

// SigmoidGrad returns grad*y*(1-y), the gradient by x where y = Sigmoid(x) was
// saved. The bound holds for 0 <= y <= 1: 1-y, the product with y and the
// product with grad round once each, and none of them cancels, because y is
// taken as given.
func SigmoidGrad(grad, y float64) float64 {
	return grad * ((1 - y) * y)
}
