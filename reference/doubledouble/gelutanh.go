package doubledouble

import "math"

// geluTanhCubic is the coefficient of the cubic term, the float64 nearest to .044715.
const geluTanhCubic float64 = 0.044715

// 2*sqrt(2/pi)
var geluTanhScale = triple{0x1.9884533d43651p+0, -0x1.cbc0d30ebfd15p-54, -0x1.c7402c7d60cfbp-110}

// Beyond geluTanhFar on either side, e^-|v| is below 2^-4000.
const geluTanhFar = 33

// geluTanhArgument returns v = 2*sqrt(2/pi) * (x + .044715*x^3). The exponential
// turns an error of v into a relative error |v| times as large, and |v| goes to
// 2700: three float64 it takes.
func geluTanhArgument(x float64) triple {
	square := twoProduct(x, x)
	t := triple{square.Hi, square.Lo, 0}
	return t.timesFloat(geluTanhCubic).plusFloat(1).timesFloat(x).times(geluTanhScale)
}

// geluTanhExponential returns y and k with e^-|v| = y*2^k.
func geluTanhExponential(x float64) (y Number, k int) {
	v := geluTanhArgument(-math.Abs(x))
	return exponential(Number{v.hi, v.mid}, v.lo)
}

// GELUTanh returns x/2 * (1 + tanh(v/2)) = x*Sigmoid(v).
func GELUTanh(x float64) Value {
	f, n := math.Frexp(x)
	switch {
	case math.Abs(x) < tinyArgument: // x/2 + x^2/sqrt(2 pi) + O(x^4)
		return tiny(f/2, f*f*invSqrt2Pi.Hi, n, n)
	case x < -geluTanhFar:
		return vanished()
	case x > geluTanhFar:
		return tiny(f, 0, 0, n)
	}
	e, k := geluTanhExponential(x)
	switch {
	case x < 0 && k < negligible:
		return value(e.timesFloat(f), k+n)
	case k < negligible:
		return tiny(f, -f*e.Hi, k, n)
	}
	e = e.times2(k)
	d := e.plusFloat(1)
	if x < 0 {
		return value(e.timesFloat(f).over(d), n)
	}
	return value(Number{f, 0}.over(d), n)
}

// geluTanhRoot is the root of the derivative, and geluTanhRootExp e^v there.
var (
	geluTanhRoot    = triple{-0x1.81429f9e97e4dp-1, 0x1.3ce60c9e3b279p-55, -0x1.8c8cffd1d8b8bp-110}
	geluTanhRootExp = Number{0x1.2af64e9c485eep-2, -0x1.51801b9b851b9p-57}
)

// GELUTanhDerivative returns s + x*v'*s*(1-s) for s = Sigmoid(v). With e = e^-|v| that is
// e*(1+e+x*v')/(1+e)^2 for negative x and (1+e+e*x*v')/(1+e)^2 for others.
func GELUTanhDerivative(x float64) Value {
	switch {
	case math.Abs(x) < tinyArgument: // 1/2 + 2x/sqrt(2 pi) + O(x^3)
		return nearHalf(2*invSqrt2Pi.Hi, x)
	case x < -geluTanhFar:
		return vanished()
	case x > geluTanhFar:
		return tiny(1, 0, 0, 0)
	}
	square := twoProduct(x, x)
	xv := square.timesFloat(geluTanhCubic).timesFloat(3).plusFloat(1).timesFloat(x).times(geluTanhScale.number())
	e, k := geluTanhExponential(x)
	switch {
	case x < 0 && k < negligible:
		return value(e.times(xv.plusFloat(1)), k)
	case k < negligible: // 1 + (x*v'-1)*e
		return tiny(1, (xv.Hi-1)*e.Hi, k, 0)
	}
	e = e.times2(k)
	d := e.plusFloat(1)
	d = d.times(d)
	switch {
	case x > 0:
		return value(e.times(xv).plus(e).plusFloat(1).over(d), 0)
	case math.Abs(x-geluTanhRoot.hi) < 0.25:
		return value(e.times(geluTanhNumerator(x)).over(d), 0)
	}
	return value(e.times(xv.plusFloat(1).plus(e)).over(d), 0)
}

// geluTanhNumerator returns 1+x*v'+e^v near its root r, where e^v is -(1+x*v'): the
// change of x*v' and e^v(r) times e^(v-v(r)) - 1, two terms of one sign. With h = x-r
// and q = 3r^2+3rh+h^2, v changes by 2*sqrt(2/pi)*h*(1+.044715*q), and x*v' by
// 2*sqrt(2/pi)*h*(1+3*.044715*q).
func geluTanhNumerator(x float64) Number {
	h, r := geluTanhRoot.from(x), geluTanhRoot.number()
	q := r.times(r).plus(r.times(h)).timesFloat(3).plus(h.times(h)).timesFloat(geluTanhCubic)
	slope := h.times(geluTanhScale.number())
	change := slope.times(q.plusFloat(1))
	return slope.times(q.timesFloat(3).plusFloat(1)).plus(expm1(change).times(geluTanhRootExp))
}
