package reference

import "math"

// Errors of the CELU's functions, see the package comment.
const (
	CELUULP           = 4
	CELUDerivativeULP = 3
	CELUGradULP       = 3
)

// CELU returns max(0, x) + min(0, alpha*(e^(x/alpha) - 1)), for finite alpha > 0:
// x for x > 0 and alpha*(e^(x/alpha) - 1) otherwise. Rounding the quotient q
// changes e^q - 1 by at most as much in relative terms.
//
// CELU(±0) = ±0 and CELU(-Inf) = -alpha.
func CELU(x, alpha float64) float64 {
	switch {
	case x > 0:
		return x
	case x >= -alpha*0x1p-54: // e^q - 1 is q, and the quotient could underflow
		return x
	}
	return alpha * expm1(x/alpha)
}

// CELUDerivative returns 1 for x > 0 and e^(x/alpha) otherwise. The rest that
// rounding the quotient leaves is put back: the exponential would turn it into
// an error |x/alpha| times as large.
//
// CELUDerivative(±0) = 1, CELUDerivative(-Inf) = 0.
func CELUDerivative(x, alpha float64) float64 {
	if x > 0 {
		return 1
	}
	q := x / alpha
	if q < -800 || q > -1 { // e^q is 0, or the rest changes nothing
		return exp(q)
	}
	rest := math.FMA(-q, alpha, x) / alpha
	e, k := splitExp(q)
	return math.Ldexp(e+e*rest, k)
}

// CELUGrad returns the gradient by x where y = CELU(x, alpha) was saved: grad
// for y > 0 and grad*((y+alpha)/alpha) otherwise. The sum, the quotient and the
// product round once each; the sum may cancel, but y and alpha are taken as
// given, so it stays as accurate as one rounding is.
func CELUGrad(grad, y, alpha float64) float64 {
	if y > 0 {
		return grad
	}
	return grad * ((y + alpha) / alpha)
}
