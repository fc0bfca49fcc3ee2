package kernels

import "math"

var softplus = Operation{
	Name:       "softplus",
	forward32:  perVariant[ForwardFunc[float32]]{Scalar: softplusScalar32, Unrolled: softplusUnrolled32, AVX2: softplusAVX2, AVX512: softplusAVX512},
	forward64:  perVariant[ForwardFunc[float64]]{Scalar: softplusScalar64, AVX2: softplus64AVX2, AVX512: softplus64AVX512},
	backward32: perVariant[BackwardFunc[float32]]{Scalar: softplusGradScalar32, Unrolled: softplusGradUnrolled32, AVX2: softplusGradAVX2, AVX512: softplusGradAVX512},
	backward64: perVariant[BackwardFunc[float64]]{Scalar: softplusGradScalar64, AVX2: softplusGrad64AVX2, AVX512: softplusGrad64AVX512},
	fuses:      true,
	fused32:    perVariant[FusedFunc[float32]]{AVX2: softplusFusedAVX2, AVX512: softplusFusedAVX512},
}

// Softplus computes dst[i] = ln(1 + e^src[i]), without a threshold.
//
// Softplus(-Inf) = +0, Softplus(+Inf) = +Inf, Softplus(NaN) = NaN.
//
// float32: correctly rounded. float64: faithful, error below 0.9 ULP and below
// 1 where the result is subnormal: tested, not proven.
func Softplus[T Float](dst, src []T) { forward(&softplus, dst, src, 0) }

// SoftplusGrad computes dst[i] = grad[i] * s(x[i]) from the input x, s being the
// sigmoid 1/(1+e^-x). s and then the product are rounded, s as Sigmoid rounds it.
//
// The error is at most 1.5 ULP for float32 and 2.5 for float64, and |grad|*2^-150 or
// |grad|*2^-1074 more where s is subnormal, which a large gradient shows.
func SoftplusGrad[T Float](dst, grad, x []T) { backward(&softplus, dst, grad, x, 0) }

// SoftplusWithDerivative computes dst[i] = f(x) and derivative[i] = f'(x) of x = src[i]: the bits of
// [Softplus], and those of [SoftplusGrad] with gradients of 1. In float32 vectors one exponential serves both.
// [Bilinear] of a gradient and derivative is then what SoftplusGrad computes.
//
// dst and derivative must not overlap; either may be exactly src.
func SoftplusWithDerivative[T Float](dst, derivative, src []T) {
	fused(&softplus, dst, derivative, src)
}

// ln(1+e^x) = max(x, 0) + ln(1 + e^-|x|): nothing overflows or cancels.

func softplusScalar32(dst, src []float32, _ float32) {
	for i, x := range src {
		dst[i] = softplus32(x)
	}
}

func softplus32(x float32) float32 {
	z := float64(x)
	if a := math.Abs(z); a <= 87 {
		s, p := expQuick(-a)
		y := float64(0.5*(z+a)) + log1pQuick(s+float64(s*p))
		if !doubtful32(y) {
			return float32(y)
		}
	}
	return softplusPrecise32(z)
}

func softplusUnrolled32(dst, src []float32, _ float32) {
	for len(src) >= 4 && len(dst) >= 4 {
		x, d := (*[4]float32)(src), (*[4]float32)(dst)
		a0 := math.Abs(float64(x[0]))
		a1 := math.Abs(float64(x[1]))
		a2 := math.Abs(float64(x[2]))
		a3 := math.Abs(float64(x[3]))
		s0, p0 := expQuick(-a0)
		s1, p1 := expQuick(-a1)
		s2, p2 := expQuick(-a2)
		s3, p3 := expQuick(-a3)
		y0 := float64(0.5*(float64(x[0])+a0)) + log1pQuick(s0+float64(s0*p0))
		y1 := float64(0.5*(float64(x[1])+a1)) + log1pQuick(s1+float64(s1*p1))
		y2 := float64(0.5*(float64(x[2])+a2)) + log1pQuick(s2+float64(s2*p2))
		y3 := float64(0.5*(float64(x[3])+a3)) + log1pQuick(s3+float64(s3*p3))
		if outside4(x, 0, bits87) || doubtful4(y0, y1, y2, y3) {
			for i, x := range *x {
				d[i] = softplus32(x)
			}
		} else {
			d[0], d[1], d[2], d[3] = float32(y0), float32(y1), float32(y2), float32(y3)
		}
		src, dst = src[4:], dst[4:]
	}
	for i, x := range src {
		dst[i] = softplus32(x)
	}
}

// softplusPrecise32 is softplus for any float32 z, through a pair.
func softplusPrecise32(z float64) float32 {
	switch {
	case z > 120 || z != z:
		return float32(z)
	case z < -110:
		return 0
	}
	return round32(softplusPair(z))
}

// softplusPair returns softplus(x) as hi+lo with an error of 2^-59 relative, for
// |x| <= 700.
func softplusPair(x float64) (hi, lo float64) {
	a := math.Abs(x)
	l, ll := log1pPair(fastTwoSum(expPair(-a, 0)))
	hi, lo = twoSum(float64(0.5*(x+a)), l)
	return fastTwoSum(hi, lo+ll)
}

func softplusScalar64(dst, src []float64, _ float64) {
	for i, x := range src {
		dst[i] = softplus64(x)
	}
}

// softplus64 is max(x, 0) + q + tail. With w = e^-|x| and q = w/(1 + w/2), ln(1+w) is
// q + q^3/12 + q^5/80 + ...; q is a sum of two, and the rest of the series is at most 4% of it.
func softplus64(x float64) float64 {
	if x >= -end64 && x <= math.MaxFloat64 {
		a := math.Abs(x)
		if a > end64 {
			a = end64
		}
		s, exact, rest := expSplit(-a)
		p := expm1Short(exact, rest)
		w := math.FMA(s, p, s)
		wl := math.FMA(s, p, s-w)
		d := math.FMA(w, .5, 1)
		dl := math.FMA(wl, .5, math.FMA(w, .5, 1-d))
		inverse := 1 / d
		q := float64(w * inverse)
		ql := float64((math.FMA(-q, dl, math.FMA(-q, d, w)) + wl) * inverse)
		hi, lo := twoSum(q, float64(.5*x)+float64(.5*math.Abs(x))) // x+|x| could overflow
		return hi + (lo + math.FMA(float64(q*q)*q, lnRatioSeries(float64(q*q)), ql))
	}
	switch {
	case x >= -760 && x < 0:
		return expScaled(x, 1) // ln(1+w) is w to 2^-1000
	case x < 0:
		return 0
	}
	return x + x // +Inf, or NaN made quiet
}

// lnRatioSeries is (ln((2+q)/(2-q)) - q)/q^3 at z = q^2.
func lnRatioSeries(z float64) float64 {
	z2 := float64(z * z)
	y := math.FMA(math.FMA(lnRatio9, z, lnRatio8), z2, math.FMA(lnRatio7, z, lnRatio6))
	y = math.FMA(math.FMA(y, z2, math.FMA(lnRatio5, z, lnRatio4)), z2, math.FMA(lnRatio3, z, lnRatio2))
	return math.FMA(y, z2, math.FMA(lnRatio1, z, lnRatio0))
}

func softplusGradScalar32(dst, grad, x []float32, _ float32) {
	for i, x := range x {
		dst[i] = grad[i] * sigmoid32(x)
	}
}

func softplusGradUnrolled32(dst, grad, x []float32, _ float32) {
	for len(x) >= 4 && len(grad) >= 4 && len(dst) >= 4 {
		v, g, d := (*[4]float32)(x), (*[4]float32)(grad), (*[4]float32)(dst)
		s0, p0 := expQuick(-float64(v[0]))
		s1, p1 := expQuick(-float64(v[1]))
		s2, p2 := expQuick(-float64(v[2]))
		s3, p3 := expQuick(-float64(v[3]))
		y0 := 1 / ((1 + s0) + float64(s0*p0))
		y1 := 1 / ((1 + s1) + float64(s1*p1))
		y2 := 1 / ((1 + s2) + float64(s2*p2))
		y3 := 1 / ((1 + s3) + float64(s3*p3))
		if outside4(v, 0, bits87) || doubtful4(y0, y1, y2, y3) {
			for i, x := range *v {
				d[i] = g[i] * sigmoid32(x)
			}
		} else {
			d[0], d[1], d[2], d[3] = g[0]*float32(y0), g[1]*float32(y1), g[2]*float32(y2), g[3]*float32(y3)
		}
		x, grad, dst = x[4:], grad[4:], dst[4:]
	}
	for i, x := range x {
		dst[i] = grad[i] * sigmoid32(x)
	}
}

func softplusGradScalar64(dst, grad, x []float64, _ float64) {
	for i, x := range x {
		dst[i] = grad[i] * sigmoid64(x)
	}
}
