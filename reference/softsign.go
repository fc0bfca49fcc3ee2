package reference

import "math"

// Errors of the softsign's functions, see the package comment.
const (
	SoftsignULP           = 2.5
	SoftsignDerivativeULP = 6
)

// Softsign returns x/(1+|x|) [Turian, Bergstra and Bengio 2009].
//
// Softsign(±0) = ±0, Softsign(±Inf) = ±1, Softsign(NaN) = NaN.
func Softsign(x float64) float64 {
	if math.IsInf(x, 0) {
		return math.Copysign(1, x)
	}
	return x / (1 + math.Abs(x))
}

// SoftsignDerivative returns 1/(1+|x|)^2.
//
// SoftsignDerivative(±0) = 1, SoftsignDerivative(±Inf) = 0.
func SoftsignDerivative(x float64) float64 {
	root := 1 / (1 + math.Abs(x)) // first: the square of 1+|x| may overflow
	return root * root
}
