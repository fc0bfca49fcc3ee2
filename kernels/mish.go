package kernels

import "math"

var mish = Operation{
	Name:       "mish",
	forward32:  perVariant[ForwardFunc[float32]]{Scalar: mishScalar32, Unrolled: mishUnrolled32, AVX2: mishAVX2, AVX512: mishAVX512},
	forward64:  perVariant[ForwardFunc[float64]]{Scalar: mishScalar64, AVX2: mish64AVX2, AVX512: mish64AVX512},
	backward32: perVariant[BackwardFunc[float32]]{Scalar: mishGradScalar32, Unrolled: mishGradUnrolled32, AVX2: mishGradAVX2, AVX512: mishGradAVX512},
	backward64: perVariant[BackwardFunc[float64]]{Scalar: mishGradScalar64, AVX2: mishGrad64AVX2, AVX512: mishGrad64AVX512},
	fuses:      true,
	fused32:    perVariant[FusedFunc[float32]]{AVX2: mishFusedAVX2, AVX512: mishFusedAVX512},
}

// Mish computes dst[i] = x * tanh(ln(1+e^x)) of x = src[i] [Misra 2019].
//
// Mish(-0) = -0, Mish(-Inf) = -0, Mish(+Inf) = +Inf, Mish(NaN) = NaN.
//
// float32: correctly rounded. float64: faithful, error below 0.67 ULP and below
// 1 where the result is subnormal: tested, not proven.
func Mish[T Float](dst, src []T) { forward(&mish, dst, src, 0) }

// MishGrad computes dst[i] = grad[i] * d(x[i]) from the input x, d being the
// derivative d(x) = t + x*(1-t^2)*s with t = tanh(ln(1+e^x)) and s = 1/(1+e^-x). d
// and then the product are rounded, d correctly for float32 and faithfully for
// float64, near its zero at -1.1924 too.
//
// d(0) = 0.6, d(-Inf) = -0, d(+Inf) = 1, d(NaN) = NaN.
//
// The error is at most 1.5 ULP for float32 and 2.5 for float64, and |grad|*2^-150 or
// |grad|*2^-1074 more where d is subnormal, which a large gradient shows.
func MishGrad[T Float](dst, grad, x []T) { backward(&mish, dst, grad, x, 0) }

// MishWithDerivative computes dst[i] = f(x) and derivative[i] = f'(x) of x = src[i]: the bits of
// [Mish], and those of [MishGrad] with gradients of 1. In float32 vectors one exponential serves both.
// [Bilinear] of a gradient and derivative is then what MishGrad computes.
//
// dst and derivative must not overlap; either may be exactly src.
func MishWithDerivative[T Float](dst, derivative, src []T) { fused(&mish, dst, derivative, src) }

// With w = e^x and n = w*(w+2), tanh(ln(1+w)) = ((1+w)^2-1)/((1+w)^2+1) = n/(n+2):
// one exponential, and nothing cancels.

func mishScalar32(dst, src []float32, _ float32) {
	for i, x := range src {
		dst[i] = mish32(x)
	}
}

func mish32(x float32) float32 {
	z := float64(x)
	if math.Abs(z) <= 87 {
		s, p := expQuick(z)
		y := mishOf(z, s+float64(s*p))
		if math.Abs(y) >= smallestNormal32 && !doubtful32(y) {
			return float32(y)
		}
	}
	return mishPrecise32(z)
}

// mishOf returns mish(z) from w = e^z.
func mishOf(z, w float64) float64 {
	n := float64(w * (w + 2))
	return float64(z*n) / (n + 2)
}

func mishUnrolled32(dst, src []float32, _ float32) {
	for len(src) >= 4 && len(dst) >= 4 {
		x, d := (*[4]float32)(src), (*[4]float32)(dst)
		s0, p0 := expQuick(float64(x[0]))
		s1, p1 := expQuick(float64(x[1]))
		s2, p2 := expQuick(float64(x[2]))
		s3, p3 := expQuick(float64(x[3]))
		y0 := mishOf(float64(x[0]), s0+float64(s0*p0))
		y1 := mishOf(float64(x[1]), s1+float64(s1*p1))
		y2 := mishOf(float64(x[2]), s2+float64(s2*p2))
		y3 := mishOf(float64(x[3]), s3+float64(s3*p3))
		if outside4(x, bitsNorm, bits87-bitsNorm) || doubtful4(y0, y1, y2, y3) {
			for i, x := range *x {
				d[i] = mish32(x)
			}
		} else {
			d[0], d[1], d[2], d[3] = float32(y0), float32(y1), float32(y2), float32(y3)
		}
		src, dst = src[4:], dst[4:]
	}
	for i, x := range src {
		dst[i] = mish32(x)
	}
}

// mishPrecise32 is mish for any float32 z, through a pair.
func mishPrecise32(z float64) float32 {
	switch {
	case z < -115:
		return float32(math.Copysign(0, -1))
	case z > 22 || z == 0 || z != z:
		return float32(z) // z - 2z*e^-2z rounds to z
	}
	t, tl := tanhSoftplusPair(z)
	return round32(fastTwoSum(pairTimes(t, tl, z, 0)))
}

// tanhSoftplusPair returns tanh(ln(1+e^x)) as hi+lo with an error of 2^-62 relative,
// for -700 <= x <= 45.
func tanhSoftplusPair(x float64) (hi, lo float64) {
	w, wl := expPair(x, 0)
	n, nl := pairPlus(w, wl, 2, 0)
	n, nl = pairTimes(w, wl, n, nl)
	d, dl := pairPlus(n, nl, 2, 0)
	return pairOver(n, nl, d, dl)
}

func mishScalar64(dst, src []float64, _ float64) {
	for i, x := range src {
		dst[i] = mish64(x)
	}
}

func mish64(x float64) float64 {
	switch {
	case x > 22:
		return x // x - 2x*e^-2x
	case x >= -end64:
		s, exact, rest := expSplit(x)
		p := expm1Short(exact, rest)
		w := math.FMA(s, p, s)
		wl := math.FMA(s, p, s-w)
		w2 := w + w
		square := float64(w * w)
		n, nl := twoSum(square, w2)
		nl = math.FMA(wl, w2+2, math.FMA(w, w, -square)+nl)
		d, dl := twoSum(n, 2)
		dl += nl
		inverse := 1 / d
		t := float64(n * inverse)
		tl := float64((math.FMA(-t, dl, math.FMA(-t, d, n)) + nl) * inverse) // n+nl - t*(d+dl)
		return math.Copysign(math.FMA(x, t, float64(x*tl)), x)
	case x >= -760:
		return expScaled(x, x) // tanh(ln(1+e^x)) is e^x to 2^-1000
	case x < 0:
		return math.Copysign(0, -1)
	}
	return x + x // NaN, made quiet
}

func mishGradScalar32(dst, grad, x []float32, _ float32) {
	for i, x := range x {
		dst[i] = grad[i] * mishDerivative32(x)
	}
}

func mishGradUnrolled32(dst, grad, x []float32, _ float32) {
	for len(x) >= 4 && len(grad) >= 4 && len(dst) >= 4 {
		v, g, d := (*[4]float32)(x), (*[4]float32)(grad), (*[4]float32)(dst)
		t0 := (float64(v[0]) - mishZero) - mishZeroRest
		t1 := (float64(v[1]) - mishZero) - mishZeroRest
		t2 := (float64(v[2]) - mishZero) - mishZeroRest
		t3 := (float64(v[3]) - mishZero) - mishZeroRest
		s0, p0 := expQuick(t0)
		s1, p1 := expQuick(t1)
		s2, p2 := expQuick(t2)
		s3, p3 := expQuick(t3)
		y0 := mishDerivativeOf(t0, s0, float64(s0*p0))
		y1 := mishDerivativeOf(t1, s1, float64(s1*p1))
		y2 := mishDerivativeOf(t2, s2, float64(s2*p2))
		y3 := mishDerivativeOf(t3, s3, float64(s3*p3))
		f0, f1, f2, f3 := float32(y0), float32(y1), float32(y2), float32(y3)
		if outside4(v, 0, bits87) || abnormal4(f0, f1, f2, f3) || doubtful4(y0, y1, y2, y3) {
			for i, x := range *v {
				d[i] = g[i] * mishDerivative32(x)
			}
		} else {
			d[0], d[1], d[2], d[3] = g[0]*f0, g[1]*f1, g[2]*f2, g[3]*f3
		}
		x, grad, dst = x[4:], grad[4:], dst[4:]
	}
	for i, x := range x {
		dst[i] = grad[i] * mishDerivative32(x)
	}
}

func mishGradScalar64(dst, grad, x []float64, _ float64) {
	for i, x := range x {
		dst[i] = grad[i] * mishDerivative64(x)
	}
}
