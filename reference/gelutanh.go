package reference

import "math"

// Errors of the tanh form's functions, see the package comment.
const (
	GELUTanhULP           = 6
	GELUTanhDerivativeULP = 12
)

// GELUTanhCubic is the coefficient of the cubic term, the float64 nearest to .044715.
const GELUTanhCubic float64 = 0.044715

// 2*sqrt(2/pi) = geluTanhScale + geluTanhScaleLow.
const (
	geluTanhScale    float64 = 0x1.9884533d43651p+0
	geluTanhScaleLow float64 = -0x1.cbc0d30ebfd15p-54
)

// GELUTanh returns x/2 * (1 + tanh(v/2)) = x*Sigmoid(v), with
// v = 2*sqrt(2/pi) * (x + .044715*x^3), sqrt(2/pi) being the real number.
//
// GELUTanh(±0) = ±0, GELUTanh(-Inf) = -0.
func GELUTanh(x float64) float64 {
	switch {
	case x < geluTanhUnderflow:
		return math.Copysign(0, -1)
	case x < -21: // e^v would lose bits, or be 0, before x brings it back
		e, k := pairSplitExp(geluTanhArgument(x))
		return math.Ldexp(x*e, k)
	case x < 0:
		e := pairExp(geluTanhArgument(x))
		return x * (e / (1 + e))
	case x > 30: // e^-v < 2^-2000
		return x
	}
	return x / (1 + pairExp(geluTanhArgument(-x)))
}

// GELUTanhDerivative returns s + x*v'*s*(1-s) for s = Sigmoid(v), v as in
// GELUTanh. With e = e^-|v| that is e*(1+e+x*v')/(1+e)^2 for negative x and
// (1+e+e*x*v')/(1+e)^2 for others. Near its root at -0.7525 it is the Taylor
// series around that root.
//
// GELUTanhDerivative(0) = 1/2, GELUTanhDerivative(-Inf) = -0, GELUTanhDerivative(+Inf) = 1.
func GELUTanhDerivative(x float64) float64 {
	switch {
	case x < geluTanhUnderflow:
		return math.Copysign(0, -1)
	case geluTanhRoot.near(x):
		return geluTanhRoot.at(x)
	case x > 30:
		return 1
	}
	xv := x * geluTanhScale * (1 + 3*GELUTanhCubic*x*x)
	if x < -21 {
		e, k := pairSplitExp(geluTanhArgument(x))
		return math.Ldexp((1+xv)*e, k)
	}
	if x < 0 {
		e := pairExp(geluTanhArgument(x))
		return e * (1 + e + xv) / ((1 + e) * (1 + e))
	}
	e := pairExp(geluTanhArgument(-x))
	return (1 + e + e*xv) / ((1 + e) * (1 + e))
}

// geluTanhUnderflow: below it x^3*e^v is less than 2^-1075.
const geluTanhUnderflow = -22

// geluTanhArgument returns v of GELUTanh as hi+lo to about 100 bits: the
// exponential turns an error of v into a relative error |v| times as large.
func geluTanhArgument(x float64) (hi, lo float64) {
	hi, lo = timesPair(x, 0, x)               // x^2
	hi, lo = timesPair(hi, lo, GELUTanhCubic) // .044715*x^2
	one := 1 + hi
	back := one - hi
	hi, lo = one, (1-back)+(hi-(one-back))+lo // the rounding error of the sum is known exactly
	hi, lo = timesPair(hi, lo, x)
	scaleLow := hi * geluTanhScaleLow
	hi, lo = timesPair(hi, lo, geluTanhScale)
	return hi, lo + scaleLow
}

// timesPair returns (hi+lo)*b as a pair.
func timesPair(hi, lo, b float64) (float64, float64) {
	p := float64(hi * b) // the conversion keeps the compiler from fusing the product into a later sum
	return p, math.FMA(hi, b, -p) + lo*b
}

// pairExp returns e^(hi+lo) for a small lo.
func pairExp(hi, lo float64) float64 {
	e := exp(hi)
	return math.FMA(e, lo, e)
}

// pairSplitExp is splitExp of hi+lo for a small lo.
func pairSplitExp(hi, lo float64) (e float64, k int) {
	e, k = splitExp(hi)
	return math.FMA(e, lo, e), k
}

// geluTanhRoot is the derivative around its root, -0.75246142207101626049....
// sigma(v)' = sigma*(1-sigma)*v', where v' is a quadratic in x.
var geluTanhRoot = newRoot(-0x1.81429f9e97e4dp-1, 0x1.3ce60c9e3b279p-55, func(r float64) (g series) {
	slope := series{ // v' at r+h
		geluTanhScale * (1 + 3*GELUTanhCubic*r*r),
		geluTanhScale * 6 * GELUTanhCubic * r,
		geluTanhScale * 3 * GELUTanhCubic,
	}
	e := pairExp(geluTanhArgument(r))
	g[0] = e / (1 + e)
	var bell series // sigma*(1-sigma)
	for n := range len(g) - 1 {
		bell[n] = g[n] - g.squareAt(n)
		g[n+1] = bell.timesAt(&slope, n) / float64(n+1)
	}
	return g
})
