package oracle

import (
	"math"
	"math/big"
)

// TanhDerivative returns 1 - tanh(x)^2, as 4e/(1+e)^2 with e = e^-2|x|.
func TanhDerivative(prec uint, x float64) *big.Float {
	w := prec + guard
	e := Exp(w, scale(exact(-math.Abs(x)), 1))
	return quo(w, scale(e, 2), squareOf1Plus(w, e))
}

// TanhGrad returns grad*(1-y)*(1+y), exactly.
func TanhGrad(grad, y float64) *big.Float {
	return product(exact(grad), sum(exact(1), exact(-y)), sum(exact(1), exact(y)))
}
