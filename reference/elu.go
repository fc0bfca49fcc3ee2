package reference

import "math"

// Errors of the ELU's functions, see the package comment.
const (
	ELUULP           = 4
	ELUDerivativeULP = 6
	ELUGradULP       = 2
)

// ELU returns x for x > 0 and alpha*(e^x - 1) otherwise, for finite alpha.
//
// ELU(±0) = ±0 and ELU(-Inf) = -alpha for positive alpha.
func ELU(x, alpha float64) float64 {
	if x > 0 {
		return x
	}
	return alpha * expm1(x)
}

// ELUDerivative returns 1 for x > 0 and alpha*e^x otherwise.
//
// ELUDerivative(±0) = alpha, ELUDerivative(-Inf) = 0 with alpha's sign.
func ELUDerivative(x, alpha float64) float64 {
	if x > 0 {
		return 1
	}
	e, k := splitExp(x)
	return math.Ldexp(alpha*e, k)
}

// ELUGrad returns the gradient by x where y = ELU(x, alpha) was saved, for
// alpha >= 0: grad for y > 0 and grad*(y+alpha) otherwise. The sum and the
// product round once each; the sum may cancel, but y and alpha are taken as
// given, so it stays as accurate as one rounding is.
func ELUGrad(grad, y, alpha float64) float64 {
	if y > 0 {
		return grad
	}
	return grad * (y + alpha)
}
