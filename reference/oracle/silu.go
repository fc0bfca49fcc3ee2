package oracle

import "math/big"

// SiLU returns x*Sigmoid(x).
func SiLU(prec uint, x float64) *big.Float {
	return mul(prec+guard, exact(x), Sigmoid(prec+guard, x))
}

// SiLUDerivative returns s*(1 + x*(1-s)) for s = Sigmoid(x).
func SiLUDerivative(prec uint, x float64) *big.Float {
	return gatedDerivative(prec, func(uint) (v, slope *big.Float) { return exact(x), exact(x) })
}

// gatedDerivative returns s + xv*s*(1-s) for s = Sigmoid(v), the derivative of
// x*Sigmoid(v(x)), from v and xv = x*v'(x), two numbers of one sign that terms
// returns with relative errors of at most 2^-w. With e = e^-|v| it is
// e*(1+xv+e)/(1+e)^2 for negative v and (1+e+xv*e)/(1+e)^2 for others.
func gatedDerivative(prec uint, terms func(w uint) (v, xv *big.Float)) *big.Float {
	w := prec + guard
	v, xv := terms(w + maxExponent)
	if v.Sign() >= 0 {
		e := Exp(w, new(big.Float).Neg(v))
		numerator := add(w, add(w, exact(1), e), mul(w, xv, e))
		return quo(w, numerator, squareOf1Plus(w, e))
	}
	numerator := cancelling(w, func(w uint) (a, b *big.Float) {
		v, xv := terms(w + maxExponent)
		return add(w, exact(1), Exp(w, v)), xv
	})
	e := Exp(w, v)
	return quo(w, mul(w, e, numerator), squareOf1Plus(w, e))
}
