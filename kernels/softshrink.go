package kernels

import "math"

var softshrink = Operation{
	Name:       "softshrink",
	forward32:  perVariant[ForwardFunc[float32]]{Scalar: softshrinkScalar32, AVX2: softshrinkAVX2, AVX512: softshrinkAVX512},
	forward64:  perVariant[ForwardFunc[float64]]{Scalar: softshrinkScalar64, AVX2: softshrink64AVX2, AVX512: softshrink64AVX512},
	backward32: perVariant[BackwardFunc[float32]]{Scalar: shrinkGradScalar32, AVX2: shrinkGradAVX2, AVX512: shrinkGradAVX512},
	backward64: perVariant[BackwardFunc[float64]]{Scalar: shrinkGradScalar64, AVX2: shrinkGrad64AVX2, AVX512: shrinkGrad64AVX512},
}

// Softshrink computes dst[i] = src[i]-lambda where src[i] > lambda, src[i]+lambda
// where src[i] < -lambda and 0 with the sign of src[i] between, one rounded
// difference: soft thresholding [Donoho and Johnstone 1994]. The usual lambda is 0.5;
// it must be finite and not negative.
//
// Softshrink(±0) = ±0, Softshrink(±Inf) = ±Inf, Softshrink(NaN) = NaN.
func Softshrink[T Float](dst, src []T, lambda T) { forward(&softshrink, dst, src, lambda) }

// SoftshrinkGrad computes dst[i] = grad[i] where |x[i]| > lambda and +0 elsewhere (at
// the kinks -lambda and lambda too, as in PyTorch), exactly. A NaN in grad or x gives
// NaN; an infinite gradient elsewhere gives 0.
func SoftshrinkGrad[T Float](dst, grad, x []T, lambda T) {
	backward(&softshrink, dst, grad, x, lambda)
}

func softshrinkScalar32(dst, src []float32, lambda float32) {
	above := orderedAbove32(lambda)
	for i, x := range src {
		b := math.Float32bits(x)
		sign, magnitude := b&sign32, b&^sign32
		d := math.Float32bits(math.Float32frombits(magnitude) - lambda)
		if int32(magnitude) <= above {
			d = 0
		}
		if magnitude > inf32 {
			d = inf32 | quiet32
		}
		dst[i] = math.Float32frombits(d | sign)
	}
}

func softshrinkScalar64(dst, src []float64, lambda float64) {
	above := orderedAbove64(lambda)
	for i, x := range src {
		b := math.Float64bits(x)
		sign, magnitude := b&sign64, b&^sign64
		d := math.Float64bits(math.Float64frombits(magnitude) - lambda)
		if int64(magnitude) <= above {
			d = 0
		}
		if magnitude > inf64 {
			d = inf64 | quiet64
		}
		dst[i] = math.Float64frombits(d | sign)
	}
}
