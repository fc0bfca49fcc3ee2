package kernels

import "math"

var hardtanh = Operation{
	Name:       "hardtanh",
	forward32:  clamp32.forwardWith(symmetric[float32]),
	forward64:  clamp64.forwardWith(symmetric[float64]),
	backward32: clamp32.backwardWith(symmetric[float32]),
	backward64: clamp64.backwardWith(symmetric[float64]),
}

// Hardtanh computes dst[i] = lo where src[i] < lo, hi where src[i] > hi and src[i]
// between, exactly [Collobert 2004]. The usual limits are -1 and 1; lo must not be
// above hi. The operation "hardtanh" of [Operations] has the limits -param and param.
//
// Hardtanh(-0) = -0 where lo <= 0 <= hi, Hardtanh(NaN) = NaN.
func Hardtanh[T Float](dst, src []T, lo, hi T) { forward2(&clamp32, &clamp64, dst, src, lo, hi) }

// HardtanhGrad computes dst[i] = grad[i] where lo < x[i] < hi and +0 elsewhere (at
// the kinks lo and hi too, as in PyTorch), exactly. A NaN in grad or x gives NaN; an
// infinite gradient outside gives 0.
func HardtanhGrad[T Float](dst, grad, x []T, lo, hi T) {
	backward2(&clamp32, &clamp64, dst, grad, x, lo, hi)
}

// symmetric returns the limits -bound and bound.
func symmetric[T Float](bound T) (lo, hi T) { return -bound, bound }

// The loops of Hardtanh and ReLU6. A limit of NaN is none forward, and lets
// nothing pass backward.
var (
	clamp32 = loops2[float32]{
		forward:  perVariant[func(dst, src []float32, lo, hi float32)]{Scalar: clampScalar32, AVX2: clampAVX2, AVX512: clampAVX512},
		backward: perVariant[func(dst, grad, x []float32, lo, hi float32)]{Scalar: clampGradScalar32, AVX2: clampGradAVX2, AVX512: clampGradAVX512},
	}
	clamp64 = loops2[float64]{
		forward:  perVariant[func(dst, src []float64, lo, hi float64)]{Scalar: clampScalar64, AVX2: clamp64AVX2, AVX512: clamp64AVX512},
		backward: perVariant[func(dst, grad, x []float64, lo, hi float64)]{Scalar: clampGradScalar64, AVX2: clampGrad64AVX2, AVX512: clampGrad64AVX512},
	}
)

func clampScalar32(dst, src []float32, lo, hi float32) {
	below, above := orderedBelow32(lo), orderedAbove32(hi)
	lowest, highest := math.Float32bits(lo), math.Float32bits(hi)
	for i, x := range src {
		b := math.Float32bits(x)
		quiet, isNaN := b|quiet32, nan32(b)
		if ordered32(b) < below {
			b = lowest
		}
		if ordered32(b) > above {
			b = highest
		}
		if isNaN {
			b = quiet
		}
		dst[i] = math.Float32frombits(b)
	}
}

func clampGradScalar32(dst, grad, x []float32, lo, hi float32) {
	above, below := orderedAbove32(lo), orderedBelow32(hi)
	for i, x := range x {
		g, b := math.Float32bits(grad[i]), math.Float32bits(x)
		larger, k := max(g&^sign32, b&^sign32), ordered32(b)
		if k <= above {
			g = 0
		}
		if k >= below {
			g = 0
		}
		if larger > inf32 { // one of them is NaN
			g = inf32 | quiet32
		}
		dst[i] = math.Float32frombits(g)
	}
}

func clampScalar64(dst, src []float64, lo, hi float64) {
	below, above := orderedBelow64(lo), orderedAbove64(hi)
	lowest, highest := math.Float64bits(lo), math.Float64bits(hi)
	for i, x := range src {
		b := math.Float64bits(x)
		quiet, isNaN := b|quiet64, nan64(b)
		if ordered64(b) < below {
			b = lowest
		}
		if ordered64(b) > above {
			b = highest
		}
		if isNaN {
			b = quiet
		}
		dst[i] = math.Float64frombits(b)
	}
}

func clampGradScalar64(dst, grad, x []float64, lo, hi float64) {
	above, below := orderedAbove64(lo), orderedBelow64(hi)
	for i, x := range x {
		g, b := math.Float64bits(grad[i]), math.Float64bits(x)
		larger, k := max(g&^sign64, b&^sign64), ordered64(b)
		if k <= above {
			g = 0
		}
		if k >= below {
			g = 0
		}
		if larger > inf64 { // one of them is NaN
			g = inf64 | quiet64
		}
		dst[i] = math.Float64frombits(g)
	}
}
