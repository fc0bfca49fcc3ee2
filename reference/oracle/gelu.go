package oracle

import "math/big"

// GELU returns x*Phi(x), Phi being the standard normal distribution function.
func GELU(prec uint, x float64) *big.Float {
	return mul(prec+guard, exact(x), cumulative(prec+guard, exact(x)))
}

// GELUDerivative returns Phi(x) + x*phi(x), phi being the standard normal density.
func GELUDerivative(prec uint, x float64) *big.Float {
	z := exact(x)
	return cancelling(prec, func(w uint) (a, b *big.Float) {
		return cumulative(w, z), mul(w, z, density(w, product(z, z)))
	})
}
