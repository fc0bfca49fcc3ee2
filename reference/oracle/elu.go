package oracle

import "math/big"

// ELU returns x for x > 0 and alpha*(e^x - 1) otherwise.
func ELU(prec uint, x, alpha float64) *big.Float {
	if x > 0 {
		return exact(x)
	}
	return mul(prec+guard, exact(alpha), Expm1(prec+guard, exact(x)))
}

// ELUDerivative returns 1 for x > 0 and alpha*e^x otherwise.
func ELUDerivative(prec uint, x, alpha float64) *big.Float {
	if x > 0 {
		return exact(1)
	}
	return mul(prec+guard, exact(alpha), Exp(prec+guard, exact(x)))
}

// ELUGrad returns grad for y > 0 and grad*(y+alpha) otherwise, exactly.
func ELUGrad(grad, y, alpha float64) *big.Float {
	if y > 0 {
		return exact(grad)
	}
	return product(exact(grad), sum(exact(y), exact(alpha)))
}
