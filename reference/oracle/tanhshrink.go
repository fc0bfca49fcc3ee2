package oracle

import (
	"math"
	"math/big"
)

// TanhshrinkDistant is the |x| beyond which Tanhshrink is exact but for the size of
// a term that decides ties by its sign alone.
const TanhshrinkDistant = 400

// Tanhshrink returns x - tanh(x) = (x*cosh(x) - sinh(x))/cosh(x). For |x| < 1 the
// numerator and the denominator are their Taylor series, of positive terms: the
// numerator is the sum of 2k/(2k+1)! * x^(2k+1) for k >= 1. For |x| > TanhshrinkDistant
// the distance of tanh(x) to 1 or -1, which is below 2^-1150, is taken to be just that:
// no rounding to float32 or float64 depends on its size.
func Tanhshrink(prec uint, x float64) *big.Float {
	w := prec + guard
	if math.Abs(x) > TanhshrinkDistant {
		one, rest := exact(math.Copysign(1, x)), exact(math.Copysign(0x1p-575, x))
		return sum(exact(x), sum(product(rest, exact(0x1p-575)), one.Neg(one)))
	}
	if x <= -1 || x >= 1 {
		return sub(w, exact(x), Tanh(w, exact(x)))
	}
	square := mul(106, exact(x), exact(x))
	s := fixed(square, w)
	numerator := series(w, s, func(n int64) int64 { return 2 * n * (2*n + 3) })
	cosh := series(w, s, func(n int64) int64 { return (2*n - 1) * (2 * n) })
	third := quo(w, mul(w, square, exact(x)), exact(3))
	return mul(w, third, quo(w, floating(numerator, w), floating(cosh, w)))
}

// TanhshrinkDerivative returns tanh(x)^2.
func TanhshrinkDerivative(prec uint, x float64) *big.Float {
	t := Tanh(prec+guard, exact(x))
	return mul(prec+guard, t, t)
}
