package kernels

import "math"

var relu = Operation{
	Name:       "relu",
	forward32:  perVariant[ForwardFunc[float32]]{Scalar: reluScalar32, AVX2: reluAVX2, AVX512: reluAVX512},
	forward64:  perVariant[ForwardFunc[float64]]{Scalar: reluScalar64, AVX2: relu64AVX2, AVX512: relu64AVX512},
	backward32: perVariant[BackwardFunc[float32]]{Scalar: reluGradScalar32, AVX2: reluGradAVX2, AVX512: reluGradAVX512},
	backward64: perVariant[BackwardFunc[float64]]{Scalar: reluGradScalar64, AVX2: reluGrad64AVX2, AVX512: reluGrad64AVX512},
}

// ReLU computes the rectified linear unit dst[i] = max(0, src[i]), exactly.
//
// ReLU(-0) = -0, ReLU(NaN) = NaN, ReLU(-Inf) = 0.
func ReLU[T Float](dst, src []T) { forward(&relu, dst, src, 0) }

// ReLUGrad computes dst[i] = grad[i] where x[i] > 0 and +0 where x[i] <= 0 (at the
// kink 0, as in PyTorch), exactly. A NaN in grad or x gives NaN; an infinite
// gradient where x[i] <= 0 gives 0.
func ReLUGrad[T Float](dst, grad, x []T) { backward(&relu, dst, grad, x, 0) }

// The element functions select by the bits, because a comparison of floats
// becomes a branch, and signs are what a branch cannot predict.

func reluScalar32(dst, src []float32, _ float32) {
	for i, x := range src {
		dst[i] = relu32(x)
	}
}

func relu32(x float32) float32 {
	b := math.Float32bits(x)
	quiet := b | quiet32
	if b-(sign32+1) < inf32 { // x in [-Inf, 0): neither -0 nor NaN
		b = 0
	}
	if nan32(b) {
		b = quiet
	}
	return math.Float32frombits(b)
}

func reluGradScalar32(dst, grad, x []float32, _ float32) {
	for i, x := range x {
		dst[i] = reluGrad32(grad[i], x)
	}
}

func reluGrad32(grad, x float32) float32 {
	g, b := math.Float32bits(grad), math.Float32bits(x)
	larger := max(g&^sign32, b&^sign32)
	if b-1 >= inf32 { // x <= 0 or NaN
		g = 0
	}
	if larger > inf32 { // one of them is NaN
		g = inf32 | quiet32
	}
	return math.Float32frombits(g)
}

func reluScalar64(dst, src []float64, _ float64) {
	for i, x := range src {
		dst[i] = relu64(x)
	}
}

func relu64(x float64) float64 {
	b := math.Float64bits(x)
	quiet := b | quiet64
	if b-(sign64+1) < inf64 { // x in [-Inf, 0): neither -0 nor NaN
		b = 0
	}
	if nan64(b) {
		b = quiet
	}
	return math.Float64frombits(b)
}

func reluGradScalar64(dst, grad, x []float64, _ float64) {
	for i, x := range x {
		dst[i] = reluGrad64(grad[i], x)
	}
}

func reluGrad64(grad, x float64) float64 {
	g, b := math.Float64bits(grad), math.Float64bits(x)
	larger := max(g&^sign64, b&^sign64)
	if b-1 >= inf64 { // x <= 0 or NaN
		g = 0
	}
	if larger > inf64 { // one of them is NaN
		g = inf64 | quiet64
	}
	return math.Float64frombits(g)
}
