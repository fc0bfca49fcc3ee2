package kernels

import "math"

var hardshrink = Operation{
	Name:       "hardshrink",
	forward32:  perVariant[ForwardFunc[float32]]{Scalar: hardshrinkScalar32, AVX2: hardshrinkAVX2, AVX512: hardshrinkAVX512},
	forward64:  perVariant[ForwardFunc[float64]]{Scalar: hardshrinkScalar64, AVX2: hardshrink64AVX2, AVX512: hardshrink64AVX512},
	backward32: perVariant[BackwardFunc[float32]]{Scalar: shrinkGradScalar32, AVX2: shrinkGradAVX2, AVX512: shrinkGradAVX512},
	backward64: perVariant[BackwardFunc[float64]]{Scalar: shrinkGradScalar64, AVX2: shrinkGrad64AVX2, AVX512: shrinkGrad64AVX512},
}

// Hardshrink computes dst[i] = src[i] where |src[i]| > lambda and 0 with the sign of
// src[i] elsewhere, exactly: hard thresholding [Donoho and Johnstone 1994]. The
// usual lambda is 0.5; it must not be negative.
//
// Hardshrink(±0) = ±0, Hardshrink(NaN) = NaN.
func Hardshrink[T Float](dst, src []T, lambda T) { forward(&hardshrink, dst, src, lambda) }

// HardshrinkGrad computes dst[i] = grad[i] where |x[i]| > lambda and +0 elsewhere (at
// the kinks -lambda and lambda too, as in PyTorch), exactly. A NaN in grad or x gives
// NaN; an infinite gradient elsewhere gives 0.
func HardshrinkGrad[T Float](dst, grad, x []T, lambda T) {
	backward(&hardshrink, dst, grad, x, lambda)
}

func hardshrinkScalar32(dst, src []float32, lambda float32) {
	above := orderedAbove32(lambda)
	for i, x := range src {
		b := math.Float32bits(x)
		quiet, isNaN, zero := b|quiet32, nan32(b), b&sign32
		if int32(b&^sign32) <= above {
			b = zero
		}
		if isNaN {
			b = quiet
		}
		dst[i] = math.Float32frombits(b)
	}
}

// shrinkGradScalar32 is the gradient of Hardshrink and Softshrink.
func shrinkGradScalar32(dst, grad, x []float32, lambda float32) {
	above := orderedAbove32(lambda)
	for i, x := range x {
		g, b := math.Float32bits(grad[i]), math.Float32bits(x)&^sign32
		larger := max(g&^sign32, b)
		if int32(b) <= above {
			g = 0
		}
		if larger > inf32 { // one of them is NaN
			g = inf32 | quiet32
		}
		dst[i] = math.Float32frombits(g)
	}
}

func hardshrinkScalar64(dst, src []float64, lambda float64) {
	above := orderedAbove64(lambda)
	for i, x := range src {
		b := math.Float64bits(x)
		quiet, isNaN, zero := b|quiet64, nan64(b), b&sign64
		if int64(b&^sign64) <= above {
			b = zero
		}
		if isNaN {
			b = quiet
		}
		dst[i] = math.Float64frombits(b)
	}
}

// shrinkGradScalar64 is the gradient of Hardshrink and Softshrink.
func shrinkGradScalar64(dst, grad, x []float64, lambda float64) {
	above := orderedAbove64(lambda)
	for i, x := range x {
		g, b := math.Float64bits(grad[i]), math.Float64bits(x)&^sign64
		larger := max(g&^sign64, b)
		if int64(b) <= above {
			g = 0
		}
		if larger > inf64 { // one of them is NaN
			g = inf64 | quiet64
		}
		dst[i] = math.Float64frombits(g)
	}
}
