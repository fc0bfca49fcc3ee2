package oracle

import (
	"math"
	"math/big"
)

// Tanh returns the hyperbolic tangent, as t/(t+2) with t = e^2x - 1 for x < 0.
func Tanh(prec uint, x *big.Float) *big.Float {
	if x.Sign() == 0 {
		return new(big.Float).Set(x)
	}
	w := prec + guard
	negative := scale(x, 1)
	if x.Sign() > 0 {
		negative.Neg(negative)
	}
	t := Expm1(w, negative)
	y := quo(w, t, add(w, t, exact(2)))
	if x.Sign() > 0 {
		y.Neg(y)
	}
	return y
}

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
