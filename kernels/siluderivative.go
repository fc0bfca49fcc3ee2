package kernels

import "math"

// The derivative of SiLU is, with v = e^x,
//
//	d(x) = v * (1 + x + v) / (1 + v)^2
//
// and zero at x0 where 1 + x0 + e^x0 = 0. There the sum cancels. Writing x = x0 + t
// and w = e^x0 = -(1+x0),
//
//	1 + x + v = t + w*(e^t - 1)
//
// whose terms have one sign, so that the relative error stays small for all x.

const (
	// x0 = siluZero + siluZeroRest + siluZeroLast: the nearest float64 to x0 is
	// 2^-53 away from it, and that distance needs 53 good bits.
	siluZero     = -0x1.474973c84120bp+0
	siluZeroRest = -0x1.f8d74bc9ac154p-54
	siluZeroLast = -0x1.44a50180ba780p-108

	expZero     = 0x1.1d25cf210482ep-2 // e^x0 = expZero + expZeroRest
	expZeroRest = -0x1.ca2d0d94faaecp-60
)

// siluDerivative32 returns d(x), correctly rounded.
func siluDerivative32(x float32) float32 {
	z := float64(x)
	if math.Abs(z) <= 87 {
		t := (z - siluZero) - siluZeroRest
		s, p := expQuick(t)
		p = float64(s * p)
		v := float64(expZero * (s + p))
		g := t + float64(expZero*((s-1)+p))
		y := (v * g) / ((1 + v) * (1 + v))
		if math.Abs(y) >= smallestNormal32 && !doubtful32(y) {
			return float32(y)
		}
	}
	return siluDerivativePrecise32(z)
}

// siluDerivativePrecise32 is d for any float32 z, through a pair.
func siluDerivativePrecise32(z float64) float32 {
	switch {
	case z < -115:
		return float32(math.Copysign(0, -1))
	case z > 40:
		return 1 // 1 + (z-1)*e^-z and less
	case z != z:
		return float32(z)
	case math.Abs(z) < 0x1p-12:
		// 1/2 + z/2 - z^3/12 + z^5/80 - ...: 1/2 + z/2 is often a tie, which the
		// cubic term breaks.
		hi, lo := fastTwoSum(0.5, float64(0.5*z))
		return round32(fastTwoSum(hi, lo-float64(z*z*z*(1./12))))
	}
	return round32(fastTwoSum(siluDerivativePair(z)))
}

// siluDerivative64 returns d(x) with an error below 0.7 ULP, and below 1 where it
// is subnormal.
func siluDerivative64(x float64) float64 {
	switch {
	case x >= -end64:
		return siluDerivativeNormal64(x)
	case x >= -760:
		return expScaled(x, 1+x) // v is nothing beside 1 + x, which is exact
	case x < 0:
		return math.Copysign(0, -1)
	}
	return x + x // NaN, made quiet
}

// siluDerivativeNormal64 is d(x) for -end64 <= x, a sequence of operations as in exp64.go. All
// that is added is of one sign and is carried as a sum of two; e^t has an error of 0.06u.
func siluDerivativeNormal64(x float64) float64 {
	if x > 45 {
		x = 45 // d is 1 + 44*e^-45, which rounds to 1
	}
	t, tl := twoSum(x, -siluZero)
	t, tl = fastTwoSum(t, tl-siluZeroRest)
	tl -= siluZeroLast
	s, exact, rest := expSplit(t)
	p, pl := expm1Long(exact, rest+tl)
	return atZero64(t, tl, s, p, pl, expZero, expZeroRest)
}

// atZero64 returns v*g / (1+v)^2 with e = s*(1+p+pl), v = w*e and g = t + w*(e-1), whose terms have one sign.
// It is the derivative of SiLU, and of GELUTanh for another t and e.
func atZero64(t, tl, s, p, pl, w, wl float64) float64 {
	minus, low := twoSum(s, -1)
	u, ul := plusScaled(minus, low, s, p, pl)
	m := float64(w * u)
	ml := math.FMA(w, ul, math.FMA(w, u, -m))
	g, gl := twoSum(t, m)
	gl += math.FMA(wl, u, ml) + tl

	e := math.FMA(s, p, s)
	el := math.FMA(s, pl, math.FMA(s, p, s-e))
	v := float64(w * e)
	vl := math.FMA(wl, e, math.FMA(w, el, math.FMA(w, e, -v)))

	n := float64(v * g)
	nl := math.FMA(vl, g, math.FMA(v, gl, math.FMA(v, g, -n)))
	b, bl := twoSum(1, v)
	bl += vl
	d := float64(b * b)
	dl := math.FMA(b, bl+bl, math.FMA(b, b, -d))
	inverse := 1 / d
	y := float64(n * inverse)
	return math.FMA(math.FMA(-y, dl, math.FMA(-y, d, n))+nl, inverse, y)
}

// siluDerivativePair returns d(x) as hi+lo with an error of 2^-57 relative, for
// -700 <= x <= 45.
func siluDerivativePair(x float64) (hi, lo float64) {
	t, tl := twoSum(x, -siluZero)
	t, tl = fastTwoSum(t, tl-siluZeroRest)
	tl -= siluZeroLast
	bits, eh, el := expReduced(t, tl)
	s := math.Float64frombits(bits)

	v, vl := expOf(s, eh, el)
	v, vl = pairTimes(v, vl, expZero, expZeroRest)
	g, gl := expm1Of(s, eh, el)
	g, gl = pairTimes(g, gl, expZero, expZeroRest)
	g, gl = pairPlus(t, tl, g, gl)

	n, nl := pairTimes(v, vl, g, gl)
	d, dl := pairPlus(1, 0, v, vl)
	d, dl = pairTimes(d, dl, d, dl)
	inverse := 1 / d
	hi = float64(n * inverse)
	return hi, float64((math.FMA(-hi, d, n) + (nl - float64(hi*dl))) * inverse)
}
