package oracle

import "math/big"

// CELU returns x for x > 0 and alpha*(e^(x/alpha) - 1) otherwise, for alpha > 0.
func CELU(prec uint, x, alpha float64) *big.Float {
	if x > 0 {
		return exact(x)
	}
	w := prec + guard
	return mul(w, exact(alpha), Expm1(w, celuQuotient(w, x, alpha)))
}

// CELUDerivative returns 1 for x > 0 and e^(x/alpha) otherwise.
func CELUDerivative(prec uint, x, alpha float64) *big.Float {
	if x > 0 {
		return exact(1)
	}
	w := prec + guard
	return Exp(w, celuQuotient(w, x, alpha))
}

// celuQuotient returns x/alpha to so many bits that its exponential is good to w.
func celuQuotient(w uint, x, alpha float64) *big.Float {
	return quo(w+maxExponent, exact(x), exact(alpha))
}

// CELUGrad returns grad for y > 0 and grad*(y+alpha)/alpha otherwise. The
// quotient is rounded.
func CELUGrad(prec uint, grad, y, alpha float64) *big.Float {
	if y > 0 {
		return exact(grad)
	}
	return quo(prec+guard, product(exact(grad), sum(exact(y), exact(alpha))), exact(alpha))
}
