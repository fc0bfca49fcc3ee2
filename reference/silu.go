package reference

import "math"

// Errors of SiLU's functions, see the package comment.
const (
	SiLUULP           = 5
	SiLUDerivativeULP = 8
)

// SiLU returns x/(1+e^-x) = x*Sigmoid(x).
//
// SiLU(±0) = ±0, SiLU(-Inf) = -0.
func SiLU(x float64) float64 {
	switch {
	case x < siluUnderflow:
		return math.Copysign(0, -1)
	case x < -700: // e^x would lose bits, or be 0, before x brings it back
		e, k := splitExp(x)
		return math.Ldexp(x*e, k)
	case x < 0:
		e := exp(x)
		return x * (e / (1 + e))
	}
	return x / (1 + exp(-x))
}

// SiLUDerivative returns s*(1 + x*(1-s)) for s = Sigmoid(x). With e = e^-|x|
// that is e*(1+x+e)/(1+e)^2 for negative x and (1+e+x*e)/(1+e)^2 for others.
// Near its root at -1.2785 it is the Taylor series around that root.
//
// SiLUDerivative(0) = 1/2, SiLUDerivative(-Inf) = -0, SiLUDerivative(+Inf) = 1.
func SiLUDerivative(x float64) float64 {
	switch {
	case x < siluUnderflow:
		return math.Copysign(0, -1)
	case x < -700:
		e, k := splitExp(x)
		return math.Ldexp((1+x)*e, k)
	case siluRoot.near(x):
		return siluRoot.at(x)
	case x < 0:
		e := exp(x)
		return e * (1 + x + e) / ((1 + e) * (1 + e))
	case x > 750: // e = 0, and x*e would be NaN at +Inf
		return 1
	}
	e := exp(-x)
	return (1 + e + x*e) / ((1 + e) * (1 + e))
}

// Below siluUnderflow, |x*e^x| is less than 2^-1075: SiLU and its derivative
// round to -0.
const siluUnderflow = -755

// siluRoot is the derivative around its root, -1.2784645427610737951....
// sigma' = sigma*(1-sigma) gives sigma's Taylor coefficients.
var siluRoot = newRoot(-0x1.474973c84120bp+0, -0x1.f8d74bc9ac154p-54, func(r float64) (g series) {
	g[0] = Sigmoid(r)
	for n := range len(g) - 1 {
		g[n+1] = (g[n] - g.squareAt(n)) / float64(n+1)
	}
	return g
})
