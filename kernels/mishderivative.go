package kernels

import "math"

// The derivative of Mish is, with w = e^x,
//
//	d(x) = w * omega(x) / (w*(w+2) + 2)^2
//	omega(x) = 4*(1+x) + (6+4x)*w + 4*w^2 + w^3
//
// and zero at x0 where omega is. There the sum cancels. Writing x = x0 + t,
// w0 = e^x0 and w = w0 + w0*(e^t - 1), and taking omega(x0) = 0 away,
//
//	omega(x) = 4*t*(1 + w) + w0*(e^t - 1) * (c + w*(4 + w0 + w))
//	c = 6 + 4*x0 + 4*w0 + w0^2
//
// whose terms have one sign, since c is positive, so that the relative error
// stays small for all x.

const (
	// x0 = mishZero + mishZeroRest + mishZeroLast: as for SiLU, the distance to
	// the nearest float64 needs 53 good bits.
	mishZero     = -0x1.31432c0d12d84p+0
	mishZeroRest = -0x1.bf319154da210p-55
	mishZeroLast = -0x1.3b82ea8c1efc4p-109

	// w0, c and 4 + w0, each as hi+rest.
	mishExpZero      = 0x1.36c4202fc3eccp-2
	mishExpZeroRest  = 0x1.6d73a02f8d922p-56
	mishConstant     = 0x1.44a5b49f64236p+1
	mishConstantRest = 0x1.ce17cc6c2969cp-53
	mish4AndZero     = 0x1.136c4202fc3edp+2
	mish4AndZeroRest = -0x1.d2518bfa0e4dcp-53
)

// mishDerivative32 returns d(x), correctly rounded.
func mishDerivative32(x float32) float32 {
	z := float64(x)
	if math.Abs(z) <= 87 {
		t := (z - mishZero) - mishZeroRest
		s, p := expQuick(t)
		y := mishDerivativeOf(t, s, float64(s*p))
		if math.Abs(y) >= smallestNormal32 && !doubtful32(y) {
			return float32(y)
		}
	}
	return mishDerivativePrecise32(z)
}

// mishDerivativeOf returns d(x0+t) from e^t = s+p.
func mishDerivativeOf(t, s, p float64) float64 {
	w := float64(mishExpZero * (s + p))
	u := float64(mishExpZero * ((s - 1) + p))
	omega := float64(4*t*(1+w)) + float64(u*(mishConstant+float64(w*(mish4AndZero+w))))
	d := float64(w*(w+2)) + 2
	return float64(w*omega) / float64(d*d)
}

// mishDerivativePrecise32 is d for any float32 z, through a pair.
func mishDerivativePrecise32(z float64) float32 {
	switch {
	case z < -115:
		return float32(math.Copysign(0, -1))
	case z > 22:
		return 1 // 1 + (4z-2)*e^-2z and less
	case z != z:
		return float32(z)
	}
	return round32(fastTwoSum(mishDerivativePair(z)))
}

// mishDerivative64 returns d(x) with an error below 0.53 ULP, and below 1 where it
// is subnormal.
func mishDerivative64(x float64) float64 {
	switch {
	case x >= -end64:
		return mishDerivativeNormal64(x)
	case x >= -760:
		return expScaled(x, 1+x) // w is nothing beside 1 + x, which is exact
	case x < 0:
		return math.Copysign(0, -1)
	}
	return x + x // NaN, made quiet
}

// mishDerivativeNormal64 is d(x) for -end64 <= x, a sequence of operations as in exp64.go: the terms
// above, each as a sum of two.
func mishDerivativeNormal64(x float64) float64 {
	if x > 25 {
		x = 25 // d is 1 + 98*e^-50, which rounds to 1
	}
	t, tl := twoSum(x, -mishZero)
	t, tl = fastTwoSum(t, tl-mishZeroRest)
	tl -= mishZeroLast
	s, exact, rest := expSplit(t)
	p, pl := expm1Long(exact, rest+tl)

	// w = w0*e^t
	e := math.FMA(s, p, s)
	el := math.FMA(s, pl, math.FMA(s, p, s-e))
	w, wl := scaledByZero(e, el)

	// g = w0*(e^t-1) * (c + w*(4 + w0 + w))
	minus, low := twoSum(s, -1)
	g, gl := scaledByZero(plusScaled(minus, low, s, p, pl))
	b, bl := twoSum(w, mish4AndZero)
	b, bl = product(w, wl, b, bl+wl+mish4AndZeroRest)
	f, fl := twoSum(b, mishConstant)
	g, gl = product(g, gl, f, fl+bl+mishConstantRest)

	// n = w*omega
	a, al := twoSum(w, 1)
	a, al = product(t*4, tl*4, a, al+wl)
	n, nl := twoSum(a, g)
	n, nl = product(w, wl, n, nl+al+gl)

	d, dl := twoSum(w, 2)
	d, dl = product(w, wl, d, dl+wl)
	h, hl := twoSum(d, 2)
	d, dl = product(h, hl+dl, h, hl+dl)
	inverse := 1 / d
	y := float64(n * inverse)
	return math.FMA(math.FMA(-y, dl, math.FMA(-y, d, n))+nl, inverse, y)
}

// scaledByZero returns (a+al) * e^x0.
func scaledByZero(a, al float64) (hi, lo float64) {
	hi = float64(mishExpZero * a)
	return hi, math.FMA(mishExpZeroRest, a, math.FMA(mishExpZero, al, math.FMA(mishExpZero, a, -hi)))
}

// mishDerivativePair returns d(x) as hi+lo with an error of 2^-57 relative, for
// -700 <= x <= 45.
func mishDerivativePair(x float64) (hi, lo float64) {
	t, tl := twoSum(x, -mishZero)
	t, tl = fastTwoSum(t, tl-mishZeroRest)
	tl -= mishZeroLast
	bits, eh, el := expReduced(t, tl)
	s := math.Float64frombits(bits)

	w, wl := expOf(s, eh, el)
	w, wl = pairTimes(w, wl, mishExpZero, mishExpZeroRest)
	u, ul := expm1Of(s, eh, el)
	u, ul = pairTimes(u, ul, mishExpZero, mishExpZeroRest)

	a, al := pairPlus(1, 0, w, wl)
	a, al = pairTimes(4*t, 4*tl, a, al)
	b, bl := pairPlus(mish4AndZero, mish4AndZeroRest, w, wl)
	b, bl = pairTimes(w, wl, b, bl)
	b, bl = pairPlus(mishConstant, mishConstantRest, b, bl)
	b, bl = pairTimes(u, ul, b, bl)
	n, nl := pairPlus(a, al, b, bl)
	n, nl = pairTimes(w, wl, n, nl)

	d, dl := pairPlus(2, 0, w, wl)
	d, dl = pairTimes(w, wl, d, dl)
	d, dl = pairPlus(2, 0, d, dl)
	d, dl = pairTimes(d, dl, d, dl)
	return pairOver(n, nl, d, dl)
}
