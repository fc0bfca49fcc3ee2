package kernels

import "math"

var sparsePlus = Operation{
	Name:       "sparseplus",
	forward32:  perVariant[ForwardFunc[float32]]{Scalar: sparsePlusScalar32, AVX2: sparsePlusAVX2, AVX512: sparsePlusAVX512},
	forward64:  perVariant[ForwardFunc[float64]]{Scalar: sparsePlusScalar64, AVX2: sparsePlus64AVX2, AVX512: sparsePlus64AVX512},
	backward32: perVariant[BackwardFunc[float32]]{Scalar: sparsePlusGradScalar32, AVX2: sparsePlusGradAVX2, AVX512: sparsePlusGradAVX512},
	backward64: perVariant[BackwardFunc[float64]]{Scalar: sparsePlusGradScalar64, AVX2: sparsePlusGrad64AVX2, AVX512: sparsePlusGrad64AVX512},
}

// SparsePlus computes dst[i] = 0 for x <= -1, x for x >= 1 and (x+1)^2/4 between, of
// x = src[i]: JAX's sparse_plus.
//
// SparsePlus(-Inf) = 0, SparsePlus(+Inf) = +Inf, SparsePlus(NaN) = NaN.
//
// float32: correctly rounded. float64: faithful, error below 0.51 ULP: tested,
// not proven.
func SparsePlus[T Float](dst, src []T) { forward(&sparsePlus, dst, src, 0) }

// SparsePlusGrad computes dst[i] = grad[i] * d(x[i]) with d(x) = 0 for x <= -1, 1 for
// x >= 1 and (x+1)/2 between, which is SparseSigmoid. d and then the product are
// rounded, d correctly. A NaN in grad or x gives NaN; an infinite gradient where
// x[i] <= -1 gives 0.
func SparsePlusGrad[T Float](dst, grad, x []T) { backward(&sparsePlus, dst, grad, x, 0) }

func sparsePlusScalar32(dst, src []float32, _ float32) {
	for i, x := range src {
		s, b := float64(min(max(x, -1), 1))+1, math.Float32bits(x)
		y := math.Float32bits(float32(float64(s*s) * .25))
		if b-one32 <= inf32-one32 { // x >= 1
			y = b
		}
		dst[i] = math.Float32frombits(y)
	}
}

func sparsePlusGradScalar32(dst, grad, x []float32, _ float32) {
	for i, x := range x {
		g, b := grad[i], math.Float32bits(x)
		p := math.Float32bits(g * sparseSigmoid32(x))
		if b-(sign32|one32) <= inf32-one32 { // x <= -1
			p = 0
		}
		if nan32(math.Float32bits(g)) {
			p = inf32 | quiet32
		}
		dst[i] = math.Float32frombits(p)
	}
}

func sparsePlusScalar64(dst, src []float64, _ float64) {
	for i, x := range src {
		dst[i] = sparsePlus64(x)
	}
}

func sparsePlus64(x float64) float64 {
	if x >= 1 {
		return x
	}
	s, sl := twoSum(max(x, -1), 1)
	p := float64(s * s)
	return (p + (math.FMA(s, s, -p) + float64(2*s*sl))) * .25
}

func sparsePlusGradScalar64(dst, grad, x []float64, _ float64) {
	for i, x := range x {
		g, b := grad[i], math.Float64bits(x)
		p := math.Float64bits(g * sparseSigmoid64(x))
		if b-(sign64|one64) <= inf64-one64 { // x <= -1
			p = 0
		}
		if nan64(math.Float64bits(g)) {
			p = inf64 | quiet64
		}
		dst[i] = math.Float64frombits(p)
	}
}
