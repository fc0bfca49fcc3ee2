package oracle

import (
	"math"
	"math/big"
)

// Mish returns x*tanh(ln(1+e^x)). With e = e^-|x| the hyperbolic tangent is n/d,
// where for negative x n = e^2+2e and d = n+2, for others n = 1+2e and d = n+2e^2.
func Mish(prec uint, x float64) *big.Float {
	w := prec + guard
	_, n, d := mishTerms(w, x)
	return quo(w, mul(w, exact(x), n), d)
}

func mishTerms(w uint, x float64) (e, n, d *big.Float) {
	e = Exp(w, exact(-math.Abs(x)))
	square := mul(w, e, e)
	if x < 0 {
		n = add(w, square, scale(e, 1))
		return e, n, add(w, n, exact(2))
	}
	n = add(w, exact(1), scale(e, 1))
	return e, n, add(w, n, scale(square, 1))
}

// MishDerivative returns t + x*(1-t^2)*s for t = tanh(ln(1+e^x)) and s =
// Sigmoid(x). With e, n and d of Mish that is e*((e+2)*d + 4x*(1+e))/d^2 for
// negative x and (n*d + 4x*e^2*(1+e))/d^2 for others.
func MishDerivative(prec uint, x float64) *big.Float {
	w := prec + guard
	e, n, d := mishTerms(w, x)
	square := mul(w, d, d)
	if x >= 0 {
		slope := mul(w, scale(exact(x), 2), mul(w, mul(w, e, e), add(w, exact(1), e)))
		return quo(w, add(w, mul(w, n, d), slope), square)
	}
	numerator := cancelling(w, func(w uint) (a, b *big.Float) {
		e, _, d := mishTerms(w, x)
		return mul(w, add(w, e, exact(2)), d), mul(w, scale(exact(x), 2), add(w, exact(1), e))
	})
	return quo(w, mul(w, e, numerator), square)
}
