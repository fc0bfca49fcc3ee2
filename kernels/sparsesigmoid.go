package kernels

import "math"

var sparseSigmoid = Operation{
	Name:       "sparsesigmoid",
	forward32:  perVariant[ForwardFunc[float32]]{Scalar: sparseSigmoidScalar32, AVX2: sparseSigmoidAVX2, AVX512: sparseSigmoidAVX512},
	forward64:  perVariant[ForwardFunc[float64]]{Scalar: sparseSigmoidScalar64, AVX2: sparseSigmoid64AVX2, AVX512: sparseSigmoid64AVX512},
	backward32: perVariant[BackwardFunc[float32]]{Scalar: sparseSigmoidGradScalar32, AVX2: sparseSigmoidGradAVX2, AVX512: sparseSigmoidGradAVX512},
	backward64: perVariant[BackwardFunc[float64]]{Scalar: sparseSigmoidGradScalar64, AVX2: sparseSigmoidGrad64AVX2, AVX512: sparseSigmoidGrad64AVX512},
}

// SparseSigmoid computes dst[i] = min(max(0, src[i]+1), 2)/2, one rounded sum: JAX's
// sparse_sigmoid, the first element of sparsemax(x, 0) [Martins and Astudillo 2016].
//
// SparseSigmoid(-Inf) = 0, SparseSigmoid(+Inf) = 1, SparseSigmoid(NaN) = NaN.
func SparseSigmoid[T Float](dst, src []T) { forward(&sparseSigmoid, dst, src, 0) }

// SparseSigmoidGrad computes dst[i] = grad[i]/2 where |x[i]| < 1 and +0 elsewhere (at
// the kinks -1 and 1 too, as PyTorch has it for its hard sigmoid), one rounding. A NaN
// in grad or x gives NaN; an infinite gradient elsewhere gives 0.
func SparseSigmoidGrad[T Float](dst, grad, x []T) { backward(&sparseSigmoid, dst, grad, x, 0) }

func sparseSigmoidScalar32(dst, src []float32, _ float32) {
	for i, x := range src {
		dst[i] = sparseSigmoid32(x)
	}
}

// sparseSigmoid32 halves a rounded sum, which is 0 or above 2^-25: that is exact.
func sparseSigmoid32(x float32) float32 { return (min(max(x, -1), 1) + 1) * .5 }

func sparseSigmoidGradScalar32(dst, grad, x []float32, _ float32) {
	for i, x := range x {
		g, b := math.Float32bits(grad[i]*.5), math.Float32bits(x)&^sign32
		larger := max(g&^sign32, b)
		if b >= one32 {
			g = 0
		}
		if larger > inf32 { // one of them is NaN
			g = inf32 | quiet32
		}
		dst[i] = math.Float32frombits(g)
	}
}

func sparseSigmoidScalar64(dst, src []float64, _ float64) {
	for i, x := range src {
		dst[i] = sparseSigmoid64(x)
	}
}

func sparseSigmoid64(x float64) float64 { return (min(max(x, -1), 1) + 1) * .5 }

func sparseSigmoidGradScalar64(dst, grad, x []float64, _ float64) {
	for i, x := range x {
		g, b := math.Float64bits(grad[i]*.5), math.Float64bits(x)&^sign64
		larger := max(g&^sign64, b)
		if b >= one64 {
			g = 0
		}
		if larger > inf64 { // one of them is NaN
			g = inf64 | quiet64
		}
		dst[i] = math.Float64frombits(g)
	}
}
