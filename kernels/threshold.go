package kernels

import "math"

var threshold = Operation{
	Name:       "threshold",
	forward32:  threshold32.forwardWith(orZero[float32]),
	forward64:  threshold64.forwardWith(orZero[float64]),
	backward32: threshold32.backwardWith(orZero[float32]),
	backward64: threshold64.backwardWith(orZero[float64]),
}

// Threshold computes dst[i] = src[i] where src[i] > threshold and value elsewhere,
// exactly. With value 0 it is the thresholded ReLU; the operation "threshold" of
// [Operations] has that value.
//
// Threshold(NaN) = NaN.
func Threshold[T Float](dst, src []T, threshold, value T) {
	forward2(&threshold32, &threshold64, dst, src, threshold, value)
}

// ThresholdGrad computes dst[i] = grad[i] where x[i] > threshold and +0 elsewhere
// (at the threshold too, as in PyTorch), exactly. A NaN in grad or x gives NaN; an
// infinite gradient elsewhere gives 0.
func ThresholdGrad[T Float](dst, grad, x []T, threshold T) {
	backward2(&threshold32, &threshold64, dst, grad, x, threshold, 0)
}

// orZero returns threshold and the value 0.
func orZero[T Float](threshold T) (at, value T) { return threshold, 0 }

var (
	threshold32 = loops2[float32]{
		forward:  perVariant[func(dst, src []float32, at, value float32)]{Scalar: thresholdScalar32, AVX2: thresholdAVX2, AVX512: thresholdAVX512},
		backward: perVariant[func(dst, grad, x []float32, at, value float32)]{Scalar: thresholdGradScalar32, AVX2: thresholdGradAVX2, AVX512: thresholdGradAVX512},
	}
	threshold64 = loops2[float64]{
		forward:  perVariant[func(dst, src []float64, at, value float64)]{Scalar: thresholdScalar64, AVX2: threshold64AVX2, AVX512: threshold64AVX512},
		backward: perVariant[func(dst, grad, x []float64, at, value float64)]{Scalar: thresholdGradScalar64, AVX2: thresholdGrad64AVX2, AVX512: thresholdGrad64AVX512},
	}
)

func thresholdScalar32(dst, src []float32, at, value float32) {
	above, low := orderedAbove32(at), math.Float32bits(value)
	for i, x := range src {
		b := math.Float32bits(x)
		quiet, isNaN := b|quiet32, nan32(b)
		if ordered32(b) <= above {
			b = low
		}
		if isNaN {
			b = quiet
		}
		dst[i] = math.Float32frombits(b)
	}
}

func thresholdGradScalar32(dst, grad, x []float32, at, _ float32) {
	above := orderedAbove32(at)
	for i, x := range x {
		g, b := math.Float32bits(grad[i]), math.Float32bits(x)
		larger := max(g&^sign32, b&^sign32)
		if ordered32(b) <= above {
			g = 0
		}
		if larger > inf32 { // one of them is NaN
			g = inf32 | quiet32
		}
		dst[i] = math.Float32frombits(g)
	}
}

func thresholdScalar64(dst, src []float64, at, value float64) {
	above, low := orderedAbove64(at), math.Float64bits(value)
	for i, x := range src {
		b := math.Float64bits(x)
		quiet, isNaN := b|quiet64, nan64(b)
		if ordered64(b) <= above {
			b = low
		}
		if isNaN {
			b = quiet
		}
		dst[i] = math.Float64frombits(b)
	}
}

func thresholdGradScalar64(dst, grad, x []float64, at, _ float64) {
	above := orderedAbove64(at)
	for i, x := range x {
		g, b := math.Float64bits(grad[i]), math.Float64bits(x)
		larger := max(g&^sign64, b&^sign64)
		if ordered64(b) <= above {
			g = 0
		}
		if larger > inf64 { // one of them is NaN
			g = inf64 | quiet64
		}
		dst[i] = math.Float64frombits(g)
	}
}
