package oracle

import "math/big"

// Hardswish returns x * min(max(0, x+3), 6)/6, and whether that is exact.
func Hardswish(prec uint, x float64) (y *big.Float, isExact bool) {
	switch {
	case x <= -3:
		return new(big.Float).Neg(exact(0)), true
	case x >= 3:
		return exact(x), true
	}
	return quotient(prec, product(exact(x), sum(exact(x), exact(3))), exact(6))
}

// HardswishGrad returns grad * d with d = 0 for x <= -3, 1 for x >= 3 and (2x+3)/6
// between, and whether that is exact.
func HardswishGrad(prec uint, grad, x float64) (y *big.Float, isExact bool) {
	switch {
	case x <= -3:
		return exact(0), true
	case x >= 3:
		return exact(grad), true
	}
	return quotient(prec, product(exact(grad), sum(scale(exact(x), 1), exact(3))), exact(6))
}
