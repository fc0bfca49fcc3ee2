package reference

import "math"

// Errors of GELU's functions, see the package comment.
const (
	GELUULP           = 7
	GELUDerivativeULP = 8
)

// GELU returns x*Phi(x) = x/2 * erfc(-x/sqrt 2), Phi being the standard normal
// distribution function. For negative x that is the density times x * Mills'
// ratio.
//
// GELU(±0) = ±0, GELU(-Inf) = -0.
func GELU(x float64) float64 {
	switch {
	case x < gaussianUnderflow:
		return math.Copysign(0, -1)
	case x < -0.25:
		return timesDensity(x*mills(-x), x)
	case x > 20: // 1-Phi(x) < 2^-292
		return x
	}
	return x * cumulative(x)
}

// GELUDerivative returns Phi(x) + x*phi(x), phi being the standard normal
// density. Near its root at -0.7518 it is the Taylor series around that root.
//
// GELUDerivative(0) = 1/2, GELUDerivative(-Inf) = -0, GELUDerivative(+Inf) = 1.
func GELUDerivative(x float64) float64 {
	switch {
	case x < gaussianUnderflow:
		return math.Copysign(0, -1)
	case geluRoot.near(x):
		return geluRoot.at(x)
	case math.Abs(x) < 0.25:
		return cumulative(x) + x*density(x)
	case x < 0:
		return timesDensity(mills(-x)+x, x)
	case x > 20:
		return 1
	}
	return 1 + timesDensity(x-mills(x), x)
}

// geluRoot is the derivative around its root, -0.75179152469356445746.... The
// density has phi' = -x*phi, and Phi' = phi.
var geluRoot = newRoot(-0x1.80ead197f00b4p-1, 0x1.13e74c58cada8p-56, func(r float64) (g series) {
	before, phi := 0.0, density(r) // coefficients n-1 and n of phi
	g[0] = cumulative(r)
	for n := range len(g) - 1 {
		g[n+1] = phi / float64(n+1)
		before, phi = phi, -(r*phi+before)/float64(n+1)
	}
	return g
})
