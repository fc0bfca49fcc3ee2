package oracle

import (
	"math"
	"math/big"
)

// Softsign returns x/(1+|x|), and whether that is exact.
func Softsign(prec uint, x float64) (y *big.Float, isExact bool) {
	return quotient(prec, exact(x), sum(exact(1), exact(math.Abs(x))))
}

// SoftsignGrad returns grad/(1+|x|)^2, and whether that is exact.
func SoftsignGrad(prec uint, grad, x float64) (y *big.Float, isExact bool) {
	s := sum(exact(1), exact(math.Abs(x)))
	return quotient(prec, exact(grad), product(s, s))
}
