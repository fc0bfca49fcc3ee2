package oracle

import (
	"math"
	"math/big"
)

// Sigmoid returns 1/(1+e^-x).
func Sigmoid(prec uint, x float64) *big.Float { return sigmoid(prec, exact(x)) }

func sigmoid(prec uint, x *big.Float) *big.Float {
	w := prec + guard
	if x.Sign() < 0 {
		e := Exp(w, x)
		return quo(w, e, add(w, exact(1), e))
	}
	return quo(w, exact(1), add(w, exact(1), Exp(w, new(big.Float).Neg(x))))
}

// SigmoidDerivative returns s(1-s) for s = Sigmoid(x), as e/(1+e)^2 with e = e^-|x|.
func SigmoidDerivative(prec uint, x float64) *big.Float {
	w := prec + guard
	e := Exp(w, exact(-math.Abs(x)))
	return quo(w, e, squareOf1Plus(w, e))
}

func squareOf1Plus(w uint, e *big.Float) *big.Float {
	s := add(w, exact(1), e)
	return mul(w, s, s)
}

// SigmoidGrad returns grad*y*(1-y), exactly.
func SigmoidGrad(grad, y float64) *big.Float {
	return product(exact(grad), exact(y), sum(exact(1), exact(-y)))
}
