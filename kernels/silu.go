package kernels

import "math"

var silu = Operation{
	Name:       "silu",
	forward32:  perVariant[ForwardFunc[float32]]{Scalar: siluScalar32, Unrolled: siluUnrolled32, AVX2: siluAVX2, AVX512: siluAVX512},
	forward64:  perVariant[ForwardFunc[float64]]{Scalar: siluScalar64, AVX2: silu64AVX2, AVX512: silu64AVX512},
	backward32: perVariant[BackwardFunc[float32]]{Scalar: siluGradScalar32, Unrolled: siluGradUnrolled32, AVX2: siluGradAVX2, AVX512: siluGradAVX512},
	backward64: perVariant[BackwardFunc[float64]]{Scalar: siluGradScalar64, AVX2: siluGrad64AVX2, AVX512: siluGrad64AVX512},
	fuses:      true,
	fused32:    perVariant[FusedFunc[float32]]{AVX2: siluFusedAVX2, AVX512: siluFusedAVX512},
	side:       aboveTangent,
}

// SiLU computes the sigmoid linear unit (swish) dst[i] = x / (1 + e^-x) of src[i].
//
// SiLU(-0) = -0, SiLU(-Inf) = -0, SiLU(+Inf) = +Inf, SiLU(NaN) = NaN.
//
// float32: correctly rounded. float64: faithful, error below 0.67 ULP, which
// follows from what exp64.go derives, and below 1 where the result is subnormal.
func SiLU[T Float](dst, src []T) { forward(&silu, dst, src, 0) }

// SiLUGrad computes dst[i] = grad[i] * d(x[i]) from the input x, d being the
// derivative d(x) = s*(1 + x*(1-s)) with s = 1/(1+e^-x). d and then the product are
// rounded, d correctly for float32 and faithfully for float64, near its zero at
// -1.2785 too.
//
// d(0) = 1/2, d(-Inf) = -0, d(+Inf) = 1, d(NaN) = NaN.
//
// The error is at most 1.5 ULP for float32 and 2.5 for float64, and |grad|*2^-150 or
// |grad|*2^-1074 more where d is subnormal, which a large gradient shows.
func SiLUGrad[T Float](dst, grad, x []T) { backward(&silu, dst, grad, x, 0) }

// SiLUWithDerivative computes dst[i] = f(x) and derivative[i] = f'(x) of x = src[i]: the bits of
// [SiLU], and those of [SiLUGrad] with gradients of 1. In float32 vectors one exponential serves both.
// [Bilinear] of a gradient and derivative is then what SiLUGrad computes.
//
// dst and derivative must not overlap; either may be exactly src.
func SiLUWithDerivative[T Float](dst, derivative, src []T) { fused(&silu, dst, derivative, src) }

func siluScalar32(dst, src []float32, _ float32) {
	for i, x := range src {
		dst[i] = silu32(x)
	}
}

func silu32(x float32) float32 {
	z := float64(x)
	if math.Abs(z) <= 87 {
		s, p := expQuick(-z)
		y := z / ((1 + s) + float64(s*p))
		if math.Abs(y) >= smallestNormal32 && !doubtful32(y) {
			return float32(y)
		}
	}
	return siluPrecise32(z)
}

func siluUnrolled32(dst, src []float32, _ float32) {
	for len(src) >= 4 && len(dst) >= 4 {
		x, d := (*[4]float32)(src), (*[4]float32)(dst)
		s0, p0 := expQuick(-float64(x[0]))
		s1, p1 := expQuick(-float64(x[1]))
		s2, p2 := expQuick(-float64(x[2]))
		s3, p3 := expQuick(-float64(x[3]))
		y0 := float64(x[0]) / ((1 + s0) + float64(s0*p0))
		y1 := float64(x[1]) / ((1 + s1) + float64(s1*p1))
		y2 := float64(x[2]) / ((1 + s2) + float64(s2*p2))
		y3 := float64(x[3]) / ((1 + s3) + float64(s3*p3))
		if outside4(x, bitsNorm, bits87-bitsNorm) || doubtful4(y0, y1, y2, y3) {
			for i, x := range *x {
				d[i] = silu32(x)
			}
		} else {
			d[0], d[1], d[2], d[3] = float32(y0), float32(y1), float32(y2), float32(y3)
		}
		src, dst = src[4:], dst[4:]
	}
	for i, x := range src {
		dst[i] = silu32(x)
	}
}

// siluPrecise32 is silu for any float32 z, through a pair.
func siluPrecise32(z float64) float32 {
	switch {
	case z < -115:
		return float32(math.Copysign(0, -1))
	case z > 60 || z == 0 || z != z:
		return float32(z)
	}
	return round32(fastTwoSum(sigmoidPair(z, z)))
}

func siluScalar64(dst, src []float64, _ float64) {
	for i, x := range src {
		dst[i] = silu64(x)
	}
}

func silu64(x float64) float64 {
	if x >= -end64 && x <= math.MaxFloat64 {
		d, dl := onePlusExp(x)
		inverse := 1 / d
		y := float64(x * inverse)
		e := math.FMA(-y, dl, math.FMA(-y, d, x)) // x - y*(d+dl)
		return math.Copysign(math.FMA(e, inverse, y), x)
	}
	switch {
	case x >= -760 && x < 0:
		return expScaled(x, x) // 1 + e^-x is e^-x to 2^-1000
	case x < 0:
		return math.Copysign(0, -1)
	}
	return x + x // +Inf, or NaN made quiet
}

func siluGradScalar32(dst, grad, x []float32, _ float32) {
	for i, x := range x {
		dst[i] = grad[i] * siluDerivative32(x)
	}
}

func siluGradUnrolled32(dst, grad, x []float32, _ float32) {
	for len(x) >= 4 && len(grad) >= 4 && len(dst) >= 4 {
		v, g, d := (*[4]float32)(x), (*[4]float32)(grad), (*[4]float32)(dst)
		t0 := (float64(v[0]) - siluZero) - siluZeroRest
		t1 := (float64(v[1]) - siluZero) - siluZeroRest
		t2 := (float64(v[2]) - siluZero) - siluZeroRest
		t3 := (float64(v[3]) - siluZero) - siluZeroRest
		s0, p0 := expQuick(t0)
		s1, p1 := expQuick(t1)
		s2, p2 := expQuick(t2)
		s3, p3 := expQuick(t3)
		p0 = float64(s0 * p0)
		p1 = float64(s1 * p1)
		p2 = float64(s2 * p2)
		p3 = float64(s3 * p3)
		w0 := float64(expZero * (s0 + p0))
		w1 := float64(expZero * (s1 + p1))
		w2 := float64(expZero * (s2 + p2))
		w3 := float64(expZero * (s3 + p3))
		y0 := (w0 * (t0 + float64(expZero*((s0-1)+p0)))) / ((1 + w0) * (1 + w0))
		y1 := (w1 * (t1 + float64(expZero*((s1-1)+p1)))) / ((1 + w1) * (1 + w1))
		y2 := (w2 * (t2 + float64(expZero*((s2-1)+p2)))) / ((1 + w2) * (1 + w2))
		y3 := (w3 * (t3 + float64(expZero*((s3-1)+p3)))) / ((1 + w3) * (1 + w3))
		f0, f1, f2, f3 := float32(y0), float32(y1), float32(y2), float32(y3)
		if outside4(v, 0, bits87) || abnormal4(f0, f1, f2, f3) || doubtful4(y0, y1, y2, y3) {
			for i, x := range *v {
				d[i] = g[i] * siluDerivative32(x)
			}
		} else {
			d[0], d[1], d[2], d[3] = g[0]*f0, g[1]*f1, g[2]*f2, g[3]*f3
		}
		x, grad, dst = x[4:], grad[4:], dst[4:]
	}
	for i, x := range x {
		dst[i] = grad[i] * siluDerivative32(x)
	}
}

func siluGradScalar64(dst, grad, x []float64, _ float64) {
	for i, x := range x {
		dst[i] = grad[i] * siluDerivative64(x)
	}
}
