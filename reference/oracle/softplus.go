package oracle

import (
	"math"
	"math/big"
)

// Softplus returns ln(1+e^x) = max(x, 0) + log1p(e^-|x|).
func Softplus(prec uint, x float64) *big.Float {
	w := prec + guard
	y := Log1p(w, Exp(w, exact(-math.Abs(x))))
	if x > 0 {
		return add(w, exact(x), y)
	}
	return y
}

// SoftplusDerivative returns Sigmoid(x).
func SoftplusDerivative(prec uint, x float64) *big.Float { return Sigmoid(prec, x) }
