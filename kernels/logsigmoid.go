package kernels

import "math"

var logSigmoid = Operation{
	Name:       "logsigmoid",
	forward32:  perVariant[ForwardFunc[float32]]{Scalar: logSigmoidScalar32, Unrolled: logSigmoidUnrolled32, AVX2: logSigmoidAVX2, AVX512: logSigmoidAVX512},
	forward64:  perVariant[ForwardFunc[float64]]{Scalar: logSigmoidScalar64, AVX2: logSigmoid64AVX2, AVX512: logSigmoid64AVX512},
	backward32: perVariant[BackwardFunc[float32]]{Scalar: logSigmoidGradScalar32, Unrolled: logSigmoidGradUnrolled32, AVX2: logSigmoidGradAVX2, AVX512: logSigmoidGradAVX512},
	backward64: perVariant[BackwardFunc[float64]]{Scalar: logSigmoidGradScalar64, AVX2: logSigmoidGrad64AVX2, AVX512: logSigmoidGrad64AVX512},
	fuses:      true,
	fused32:    perVariant[FusedFunc[float32]]{AVX2: logSigmoidFusedAVX2, AVX512: logSigmoidFusedAVX512},
}

// LogSigmoid computes the logarithm of the sigmoid, dst[i] = ln(1/(1+e^-x)) =
// -Softplus(-x) of x = src[i].
//
// LogSigmoid(-Inf) = -Inf, LogSigmoid(+Inf) = -0, LogSigmoid(NaN) = NaN.
//
// float32: correctly rounded. float64: faithful, error below 0.9 ULP and below
// 1 where the result is subnormal: tested, not proven.
func LogSigmoid[T Float](dst, src []T) { forward(&logSigmoid, dst, src, 0) }

// LogSigmoidGrad computes dst[i] = grad[i] * s(-x[i]) from the input x, s being the
// sigmoid 1/(1+e^-x). s and then the product are rounded, s as Sigmoid rounds it.
//
// The error is at most 1.5 ULP for float32 and 2.5 for float64, and |grad|*2^-150 or
// |grad|*2^-1074 more where s is subnormal, which a large gradient shows.
func LogSigmoidGrad[T Float](dst, grad, x []T) { backward(&logSigmoid, dst, grad, x, 0) }

// LogSigmoidWithDerivative computes dst[i] = f(x) and derivative[i] = f'(x) of x = src[i]: the bits of
// [LogSigmoid], and those of [LogSigmoidGrad] with gradients of 1. In float32 vectors one exponential serves both.
// [Bilinear] of a gradient and derivative is then what LogSigmoidGrad computes.
//
// dst and derivative must not overlap; either may be exactly src.
func LogSigmoidWithDerivative[T Float](dst, derivative, src []T) {
	fused(&logSigmoid, dst, derivative, src)
}

func logSigmoidScalar32(dst, src []float32, _ float32) {
	for i, x := range src {
		dst[i] = logSigmoid32(x)
	}
}

func logSigmoid32(x float32) float32 { return -softplus32(-x) }

func logSigmoidUnrolled32(dst, src []float32, _ float32) {
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
		y0 := float64(0.5*(float64(x[0])-a0)) - log1pQuick(s0+float64(s0*p0))
		y1 := float64(0.5*(float64(x[1])-a1)) - log1pQuick(s1+float64(s1*p1))
		y2 := float64(0.5*(float64(x[2])-a2)) - log1pQuick(s2+float64(s2*p2))
		y3 := float64(0.5*(float64(x[3])-a3)) - log1pQuick(s3+float64(s3*p3))
		if outside4(x, 0, bits87) || doubtful4(y0, y1, y2, y3) {
			for i, x := range *x {
				d[i] = -softplus32(-x)
			}
		} else {
			d[0], d[1], d[2], d[3] = float32(y0), float32(y1), float32(y2), float32(y3)
		}
		src, dst = src[4:], dst[4:]
	}
	for i, x := range src {
		dst[i] = logSigmoid32(x)
	}
}

func logSigmoidScalar64(dst, src []float64, _ float64) {
	for i, x := range src {
		dst[i] = -softplus64(-x)
	}
}

func logSigmoidGradScalar32(dst, grad, x []float32, _ float32) {
	for i, x := range x {
		dst[i] = grad[i] * logSigmoidDerivative32(x)
	}
}

func logSigmoidDerivative32(x float32) float32 { return sigmoid32(-x) }

func logSigmoidGradUnrolled32(dst, grad, x []float32, _ float32) {
	for len(x) >= 4 && len(grad) >= 4 && len(dst) >= 4 {
		v, g, d := (*[4]float32)(x), (*[4]float32)(grad), (*[4]float32)(dst)
		s0, p0 := expQuick(float64(v[0]))
		s1, p1 := expQuick(float64(v[1]))
		s2, p2 := expQuick(float64(v[2]))
		s3, p3 := expQuick(float64(v[3]))
		y0 := 1 / ((1 + s0) + float64(s0*p0))
		y1 := 1 / ((1 + s1) + float64(s1*p1))
		y2 := 1 / ((1 + s2) + float64(s2*p2))
		y3 := 1 / ((1 + s3) + float64(s3*p3))
		if outside4(v, 0, bits87) || doubtful4(y0, y1, y2, y3) {
			for i, x := range *v {
				d[i] = g[i] * sigmoid32(-x)
			}
		} else {
			d[0], d[1], d[2], d[3] = g[0]*float32(y0), g[1]*float32(y1), g[2]*float32(y2), g[3]*float32(y3)
		}
		x, grad, dst = x[4:], grad[4:], dst[4:]
	}
	for i, x := range x {
		dst[i] = grad[i] * sigmoid32(-x)
	}
}

func logSigmoidGradScalar64(dst, grad, x []float64, _ float64) {
	for i, x := range x {
		dst[i] = grad[i] * sigmoid64(-x)
	}
}
