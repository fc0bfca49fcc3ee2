package kernels

import "math"

var leakyReLU = Operation{
	Name:       "leakyrelu",
	forward32:  perVariant[ForwardFunc[float32]]{Scalar: leakyReLUScalar32, AVX2: leakyReLUAVX2, AVX512: leakyReLUAVX512},
	forward64:  perVariant[ForwardFunc[float64]]{Scalar: leakyReLUScalar64, AVX2: leakyReLU64AVX2, AVX512: leakyReLU64AVX512},
	backward32: perVariant[BackwardFunc[float32]]{Scalar: leakyReLUGradScalar32, AVX2: leakyReLUGradAVX2, AVX512: leakyReLUGradAVX512},
	backward64: perVariant[BackwardFunc[float64]]{Scalar: leakyReLUGradScalar64, AVX2: leakyReLUGrad64AVX2, AVX512: leakyReLUGrad64AVX512},
}

// LeakyReLU computes dst[i] = src[i] for src[i] > 0 and slope*src[i] otherwise,
// one rounded product. The usual slope is 0.01.
//
// LeakyReLU(-0) = -0 for a positive slope, LeakyReLU(NaN) = NaN. With slope 0
// negative elements give -0, -Inf too.
func LeakyReLU[T Float](dst, src []T, slope T) { forward(&leakyReLU, dst, src, slope) }

// LeakyReLUGrad computes dst[i] = grad[i] * d(x[i]) with d(x) = 1 for x > 0 and
// slope for x <= 0 (at the kink 0, as in PyTorch), one rounded product.
// d(NaN) = NaN.
func LeakyReLUGrad[T Float](dst, grad, x []T, slope T) { backward(&leakyReLU, dst, grad, x, slope) }

func leakyReLUScalar32(dst, src []float32, slope float32) {
	if slope == 0 {
		for i, x := range src {
			dst[i] = leakyReLU32(x, slope)
		}
		return
	}
	s := math.Float32bits(slope)
	for i, x := range src {
		dst[i] = x * slopeAt32(x, s)
	}
}

func leakyReLU32(x, slope float32) float32 {
	if slope == 0 && x < -math.MaxFloat32 {
		return -slope // the product would be NaN
	}
	return x * slopeAt32(x, math.Float32bits(slope))
}

func leakyReLUGradScalar32(dst, grad, x []float32, slope float32) {
	s := math.Float32bits(slope)
	for i, x := range x {
		dst[i] = grad[i] * slopeAt32(x, s)
	}
}

// slopeAt32 returns 1 for x > 0, the number with bits slope for x <= 0 and NaN
// for NaN, without a branch.
func slopeAt32(x float32, slope uint32) float32 {
	b := math.Float32bits(x)
	d := slope
	if nan32(b) {
		d = inf32 | quiet32
	}
	if b-1 < inf32 {
		d = one32
	}
	return math.Float32frombits(d)
}

func leakyReLUScalar64(dst, src []float64, slope float64) {
	if slope == 0 {
		for i, x := range src {
			dst[i] = leakyReLU64(x, slope)
		}
		return
	}
	s := math.Float64bits(slope)
	for i, x := range src {
		dst[i] = x * slopeAt64(x, s)
	}
}

func leakyReLU64(x, slope float64) float64 {
	if slope == 0 && x < -math.MaxFloat64 {
		return -slope // the product would be NaN
	}
	return x * slopeAt64(x, math.Float64bits(slope))
}

func leakyReLUGradScalar64(dst, grad, x []float64, slope float64) {
	s := math.Float64bits(slope)
	for i, x := range x {
		dst[i] = grad[i] * slopeAt64(x, s)
	}
}

// slopeAt64 returns 1 for x > 0, the number with bits slope for x <= 0 and NaN
// for NaN, without a branch.
func slopeAt64(x float64, slope uint64) float64 {
	b := math.Float64bits(x)
	d := slope
	if nan64(b) {
		d = inf64 | quiet64
	}
	if b-1 < inf64 {
		d = one64
	}
	return math.Float64frombits(d)
}
