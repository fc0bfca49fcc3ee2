package reference

import "math"

// Errors of GELU's functions, see the package comment.
const (
	GELUULP           = 6
	GELUDerivativeULP = 16
)

// GELU returns x*Phi(x) = x/2 * erfc(-x/sqrt 2), Phi being the standard normal
// distribution function. In the negative tail that is the density times
// x * Mills' ratio.
//
// GELU(±0) = ±0, GELU(-Inf) = -0.
func GELU(x float64) float64 {
	switch {
	case x < gaussianUnderflow:
		return math.Copysign(0, -1)
	case x < -millsFrom:
		s := sqrtDensity(x)
		return x * mills(-x) * s * s
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
	case x < -millsFrom:
		s := sqrtDensity(x)
		return (mills(-x) + x) * s * s
	case geluRoot.near(x):
		return geluRoot.at(x)
	case x > 20:
		return 1
	}
	s := sqrtDensity(x)
	return cumulative(x) + x*s*s
}

// geluRoot is the derivative around its root, -0.75179152469356445746.... The
// density has phi' = -x*phi, and Phi' = phi.
var geluRoot = newRoot(-0x1.80ead197f00b4p-1, 0x1.13e74c58cada8p-56, func(r float64) (g series) {
	s := sqrtDensity(r)
	before, density := 0.0, s*s // coefficients n-1 and n of phi
	g[0] = cumulative(r)
	for n := range len(g) - 1 {
		g[n+1] = density / float64(n+1)
		before, density = density, -(r*density+before)/float64(n+1)
	}
	return g
})
