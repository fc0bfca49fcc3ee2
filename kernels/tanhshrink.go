package kernels

import "math"

var tanhshrink = Operation{
	Name:       "tanhshrink",
	forward32:  perVariant[ForwardFunc[float32]]{Scalar: tanhshrinkScalar32, AVX2: tanhshrinkAVX2, AVX512: tanhshrinkAVX512},
	forward64:  perVariant[ForwardFunc[float64]]{Scalar: tanhshrinkScalar64, AVX2: tanhshrink64AVX2, AVX512: tanhshrink64AVX512},
	backward32: perVariant[BackwardFunc[float32]]{Scalar: tanhshrinkGradScalar32, AVX2: tanhshrinkGradAVX2, AVX512: tanhshrinkGradAVX512},
	backward64: perVariant[BackwardFunc[float64]]{Scalar: tanhshrinkGradScalar64, AVX2: tanhshrinkGrad64AVX2, AVX512: tanhshrinkGrad64AVX512},
	fuses:      true,
	fused32:    perVariant[FusedFunc[float32]]{AVX2: tanhshrinkFusedAVX2, AVX512: tanhshrinkFusedAVX512},
	side:       tanhshrinkSide,
}

// Tanhshrink computes dst[i] = x - tanh(x) of x = src[i], near 0 too, where it is
// x^3/3 and the difference would cancel.
//
// Tanhshrink(-0) = -0, Tanhshrink(+-Inf) = +-Inf, Tanhshrink(NaN) = NaN,
// Tanhshrink(-x) = -Tanhshrink(x).
//
// float32: correctly rounded. float64: faithful, error below 0.8 ULP, as
// tanhshrink64 derives, and below 1 where the result is subnormal.
func Tanhshrink[T Float](dst, src []T) { forward(&tanhshrink, dst, src, 0) }

// TanhshrinkGrad computes dst[i] = grad[i] * d(x[i]) from the input x, d being the
// derivative d(x) = tanh(x)^2. d and then the product are rounded, d correctly for
// float32 and faithfully for float64.
//
// d(0) = 0, d(+-Inf) = 1, d(NaN) = NaN.
//
// The error is at most 1.5 ULP for float32 and 2.5 for float64, and |grad|*2^-150 or
// |grad|*2^-1074 more where d is subnormal, which a large gradient shows.
func TanhshrinkGrad[T Float](dst, grad, x []T) { backward(&tanhshrink, dst, grad, x, 0) }

// TanhshrinkWithDerivative computes dst[i] = f(x) and derivative[i] = f'(x) of x = src[i]: the bits of
// [Tanhshrink], and those of [TanhshrinkGrad] with gradients of 1. In float32 vectors one exponential serves both.
// [Bilinear] of a gradient and derivative is then what TanhshrinkGrad computes.
//
// dst and derivative must not overlap; either may be exactly src.
func TanhshrinkWithDerivative[T Float](dst, derivative, src []T) {
	fused(&tanhshrink, dst, derivative, src)
}

// tanhshrinkSide is tanhshrink's Operation.side: |x - tanh x| is above |x| - 1.
func tanhshrinkSide(x, _ float32) float32 {
	if math.Abs(float64(x)) > far {
		return x
	}
	return 0
}

// Up to |x| = 1 the quick forms take Lambert's continued fraction
// tanh(x) = x/(1 + s/(3 + s/(5 + ...))), s = x^2, as far as 15. That is x*p(s)/q(s) with
// polynomials of whole coefficients, and x - tanh(x) is x*s*r(s)/q(s) with
// r = (q-p)/s, good to 2^-45. Beyond 1 the difference loses 2 bits at most.

// lambert returns r(s) and q(s).
func lambert(s float64) (r, q float64) {
	r = 675675 + float64(s*(45045+float64(s*(594+s))))
	return r, 2027025 + float64(s*(945945+float64(s*(51975+float64(s*(630+s))))))
}

func tanhshrinkScalar32(dst, src []float32, _ float32) {
	for i, x := range src {
		dst[i] = tanhshrink32(x)
	}
}

func tanhshrink32(x float32) float32 {
	z := float64(x)
	var y float64
	switch a := math.Abs(z); {
	case a <= 1:
		s := float64(z * z)
		r, q := lambert(s)
		y = float64(z*s) * r / q
	case a <= 20:
		s, p := expQuick(float64(2 * z))
		u := (s - 1) + float64(s*p) // e^2z - 1
		y = z - u/(u+2)
	}
	if math.Abs(y) >= smallestNormal32 && !doubtful32(y) {
		return float32(y)
	}
	return tanhshrinkPrecise32(z)
}

// tanhshrinkPrecise32 is x - tanh(x) for any float32 z, through a pair.
func tanhshrinkPrecise32(z float64) float32 {
	switch a := math.Abs(z); {
	case a > 20 && a < 0x1p30:
		// 1 - tanh is above 0 and below 2^-56: the difference is exact but for that,
		// which breaks the ties from 2^24 on.
		return round32(z-math.Copysign(1, z), math.Copysign(0x1p-60, z))
	case a >= 0x1p30 || z == 0 || z != z:
		return float32(z)
	}
	return round32(fastTwoSum(tanhshrinkPair(z)))
}

// ((x - tanh(x))/x^3 - 1/3)/x^2 in powers of x^2, interpolated in the Chebyshev
// nodes of [-1/16, 1/16], with an error of 2^-60 of (x - tanh(x))/x^3
// (TestTanhshrinkPolynomial computes it again).
const (
	shrink0 = -0x1.1111111111111p-3
	shrink1 = 0x1.ba1ba1ba1b9edp-5
	shrink2 = -0x1.664f4882c10d4p-6
	shrink3 = 0x1.226e355f06cdep-7
	shrink4 = -0x1.d6d3d0e252998p-9
	shrink5 = 0x1.7da352ecf6116p-10
	shrink6 = -0x1.355816662283cp-11
	shrink7 = 0x1.f636fb88c38bcp-13
	shrink8 = -0x1.9714788489085p-14

	third     = 0x1.5555555555555p-2 // 1/3 = third + thirdRest
	thirdRest = 0x1.5555555555555p-56
)

// tanhshrinkPair returns x - tanh(x) as hi+lo with an error of 2^-57 relative, for
// 2^-300 <= |x| <= 45.
func tanhshrinkPair(x float64) (hi, lo float64) {
	if math.Abs(x) > 0.25 {
		t, tl := tanhPair(x)
		hi, lo = twoSum(x, -t)
		return fastTwoSum(hi, lo-tl)
	}
	s := float64(x * x)
	sl := math.FMA(x, x, -s)
	q := math.FMA(s, math.FMA(s, math.FMA(s, math.FMA(s, shrink8, shrink7), shrink6), shrink5), shrink4)
	q = math.FMA(s, math.FMA(s, math.FMA(s, math.FMA(s, q, shrink3), shrink2), shrink1), shrink0)
	a := float64(s * q)
	p, pl := fastTwoSum(third, a)
	pl += thirdRest + (math.FMA(s, q, -a) + float64(sl*q))
	c, cl := pairTimes(s, sl, x, 0)
	return pairTimes(c, cl, p, pl)
}

// tanhNearPair returns tanh(x) as hi+lo with an error of 2^-58 relative, for
// 0 <= x <= 45.
func tanhNearPair(x float64) (hi, lo float64) {
	switch {
	case x > 0.25:
		return tanhPair(x)
	case x < 0x1p-60:
		return x, -float64(float64(x*x)*x) * third
	}
	h, l := tanhshrinkPair(x)
	hi, lo = fastTwoSum(x, -h)
	return hi, lo - l
}

func tanhshrinkScalar64(dst, src []float64, _ float64) {
	for i, x := range src {
		dst[i] = tanhshrink64(x)
	}
}

// tanhshrink64 is x^3/3 and a series up to shrinkNear, and beyond the difference, which there
// makes 5.5 times as much of tanh's error of 0.03u. The series, of which the error in q(s) is 1.3u,
// is at most 0.22 of the whole.
func tanhshrink64(x float64) float64 {
	switch a := math.Abs(x); {
	case a > 0x1p60:
		return x
	case a > shrinkNear:
		t, tl := tanhFar(a)
		hi, lo := fastTwoSum(a, -t)
		return math.Copysign(hi+(lo-tl), x)
	case a >= shrinkTiny || a == 0:
		c, cl, p, pl := shrinkProduct(a)
		return math.Copysign(math.FMA(c, p, math.FMA(c, pl, float64(cl*p))), x)
	case x != x:
		return x + x // made quiet
	}
	// x^3/3 to 2^-600, 2^900 times as large, so that no part of it underflows.
	const up, down = 0x1p300, 0x1p-900
	x *= up
	s := float64(x * x)
	c, cl := pairTimes(s, math.FMA(x, x, -s), x, 0)
	hi, lo := pairTimes(c, cl, third, thirdRest)
	if lo == 0 {
		return hi * down // and -0 stays -0
	}
	return (hi + lo) * down
}

// shrinkNear is where the forms of the float64 kernels change, and shrinkTiny and shrinkTinySlope are
// where x^3 and x^2 with their low parts are not normal any more.
const shrinkNear, shrinkTiny, shrinkTinySlope = .75, 0x1p-300, 0x1p-500

// tanhFar returns tanh(a) as t+tl = 1 - 2/(e^2a + 1), with an error of 0.03u, for a > shrinkNear. Above 30
// it is that of 30.
func tanhFar(a float64) (t, tl float64) {
	if a > 30 {
		a = 30
	}
	s, exact, rest := expSplit(a + a)
	p, pl := expm1Long(exact, rest)
	plus := s + 1 // exact to 2^53, and nothing to s beyond
	d := math.FMA(s, p, plus)
	dl := math.FMA(s, pl, math.FMA(s, p, plus-d))
	inverse := 1 / d
	q := inverse + inverse
	t, tl = fastTwoSum(1, -q)
	return t, math.FMA(-math.FMA(-q, dl, math.FMA(-q, d, 2)), inverse, tl)
}

// shrinkProduct returns two sums whose product is a - tanh(a), for 0 <= a <= shrinkNear.
func shrinkProduct(a float64) (c, cl, p, pl float64) {
	s := float64(a * a)
	sl := math.FMA(a, a, -s)
	q := shrinkSeriesAt(s)
	v := float64(s * q)
	p, pl = fastTwoSum(third, v)
	pl = pl + thirdRest + math.FMA(sl, q, math.FMA(s, q, -v))
	c = float64(s * a)
	return c, math.FMA(sl, a, math.FMA(s, a, -c)), p, pl
}

// shrinkSeriesAt is ((a - tanh(a))/a^3 - 1/3)/a^2 at s = a^2.
func shrinkSeriesAt(s float64) float64 {
	s2 := float64(s * s)
	y := math.FMA(shrinkSeries12, s2, math.FMA(shrinkSeries11, s, shrinkSeries10))
	y = math.FMA(math.FMA(y, s2, math.FMA(shrinkSeries9, s, shrinkSeries8)), s2, math.FMA(shrinkSeries7, s, shrinkSeries6))
	y = math.FMA(math.FMA(y, s2, math.FMA(shrinkSeries5, s, shrinkSeries4)), s2, math.FMA(shrinkSeries3, s, shrinkSeries2))
	return math.FMA(y, s2, math.FMA(shrinkSeries1, s, shrinkSeries0))
}

func tanhshrinkGradScalar32(dst, grad, x []float32, _ float32) {
	for i, x := range x {
		dst[i] = grad[i] * tanhshrinkDerivative32(x)
	}
}

// tanhshrinkDerivative32 returns tanh(x)^2, correctly rounded.
func tanhshrinkDerivative32(x float32) float32 {
	z := float64(x)
	var t float64
	switch a := math.Abs(z); {
	case a <= 1:
		s := float64(z * z)
		r, q := lambert(s)
		t = z - float64(z*s)*r/q
	case a <= 20:
		s, p := expQuick(float64(2 * z))
		u := (s - 1) + float64(s*p) // e^2z - 1
		t = u / (u + 2)
	}
	if y := float64(t * t); y >= smallestNormal32 && !doubtful32(y) {
		return float32(y)
	}
	return tanhshrinkDerivativePrecise32(z)
}

// tanhshrinkDerivativePrecise32 is tanh(z)^2 for any float32 z, through a pair.
func tanhshrinkDerivativePrecise32(z float64) float32 {
	switch a := math.Abs(z); {
	case a > 20:
		return 1
	case z != z:
		return float32(z)
	default:
		// For small z this is z^2, often a tie, less 2*z^4/3, which breaks it.
		t, tl := tanhNearPair(a)
		return round32(fastTwoSum(pairTimes(t, tl, t, tl)))
	}
}

func tanhshrinkGradScalar64(dst, grad, x []float64, _ float64) {
	for i, x := range x {
		dst[i] = grad[i] * tanhshrinkDerivative64(x)
	}
}

// tanhshrinkDerivative64 returns tanh(x)^2 with an error below 0.6 ULP, and below
// 1 where it is subnormal.
func tanhshrinkDerivative64(x float64) float64 {
	a := math.Abs(x)
	var t, tl float64
	switch {
	case a > shrinkNear:
		t, tl = tanhFar(a)
	case a >= shrinkTinySlope || a == 0:
		c, cl, p, pl := shrinkProduct(a)
		h := float64(c * p)
		t, tl = fastTwoSum(a, -h)
		tl -= math.FMA(cl, p, math.FMA(c, pl, math.FMA(c, p, -h)))
	case x != x:
		return x + x // made quiet
	default:
		return roundedTimes(a, 0, a, 0) // tanh(a) is a to 2^-900
	}
	return math.FMA(t, t, float64((t+t)*tl))
}
