package reference

import "math"

// Errors of the hyperbolic tangent's shrinkage, see the package comment.
const (
	TanhshrinkULP           = 6
	TanhshrinkDerivativeULP = 10
)

// Tanhshrink returns x - tanh(x). Near 0, where that cancels, it takes Lambert's
// continued fraction tanh(x) = x/(1+c) with c = x^2/(3 + x^2/(5 + x^2/(7 + ...)))
// and returns x*c/(1+c), which does not.
//
// Tanhshrink(±0) = ±0, Tanhshrink(±Inf) = ±Inf.
func Tanhshrink(x float64) float64 {
	if math.Abs(x) > 3 {
		return x - Tanh(x)
	}
	const last = 41 // beyond, the fraction for |x| <= 3 does not change
	square := x * x
	c := 0.0
	for odd := float64(last); odd >= 3; odd -= 2 {
		c = square / (odd + c)
	}
	return x * (c / (1 + c))
}

// TanhshrinkDerivative returns 1 - tanh'(x) = tanh(x)^2.
//
// TanhshrinkDerivative(±0) = 0, TanhshrinkDerivative(±Inf) = 1.
func TanhshrinkDerivative(x float64) float64 {
	t := Tanh(x)
	return t * t
}
