package kernels

import "math"

var relu = Operation{
	Name:       "relu",
	forward32:  perVariant[ForwardFunc[float32]]{Scalar: reluScalar32},
	forward64:  perVariant[ForwardFunc[float64]]{Scalar: reluScalar64},
	backward32: perVariant[BackwardFunc[float32]]{Scalar: reluGradScalar32},
	backward64: perVariant[BackwardFunc[float64]]{Scalar: reluGradScalar64},
}

// ReLU computes the rectified linear unit dst[i] = max(0, src[i]), exactly.
//
// ReLU(-0) = -0, ReLU(NaN) = NaN, ReLU(-Inf) = 0.
func ReLU[T Float](dst, src []T) { forward(&relu, dst, src, 0) }

// ReLUGrad computes dst[i] = grad[i] where x[i] > 0 and 0 elsewhere (the
// derivative at 0 is 0, as in PyTorch), exactly. A NaN in grad or x gives NaN.
func ReLUGrad[T Float](dst, grad, x []T) { backward(&relu, dst, grad, x, 0) }

func reluScalar32(dst, src []float32, _ float32) {
	for i, x := range src {
		dst[i] = relu32(x)
	}
}

// relu32 is written on the bits because a comparison of floats becomes a
// branch, and signs are what a branch cannot predict.
func relu32(x float32) float32 {
	b := math.Float32bits(x)
	if b-(sign32+1) < inf32 { // x in [-Inf, 0): not -0, not NaN
		b = 0
	}
	if nan32(b) {
		b |= quiet32
	}
	return math.Float32frombits(b)
}

func reluScalar64(dst, src []float64, _ float64) {
	for i, x := range src {
		dst[i] = relu64(x)
	}
}

func relu64(x float64) float64 {
	b := math.Float64bits(x)
	if b-(sign64+1) < inf64 {
		b = 0
	}
	if nan64(b) {
		b |= quiet64
	}
	return math.Float64frombits(b)
}

func reluGradScalar32(dst, grad, x []float32, _ float32) {
	for i, x := range x {
		dst[i] = reluGrad32(grad[i], x)
	}
}

func reluGrad32(grad, x float32) float32 {
	g, b := math.Float32bits(grad), math.Float32bits(x)
	if b-1 >= inf32 && !nan32(g) { // not x > 0
		g = 0
	}
	if nan32(b) {
		g = b
	}
	if nan32(g) {
		g |= quiet32
	}
	return math.Float32frombits(g)
}

func reluGradScalar64(dst, grad, x []float64, _ float64) {
	for i, x := range x {
		dst[i] = reluGrad64(grad[i], x)
	}
}

func reluGrad64(grad, x float64) float64 {
	g, b := math.Float64bits(grad), math.Float64bits(x)
	if b-1 >= inf64 && !nan64(g) { // not x > 0
		g = 0
	}
	if nan64(b) {
		g = b
	}
	if nan64(g) {
		g |= quiet64
	}
	return math.Float64frombits(g)
}
