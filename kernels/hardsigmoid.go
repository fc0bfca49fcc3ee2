package kernels

import "math"

var hardsigmoid = Operation{
	Name:       "hardsigmoid",
	forward32:  perVariant[ForwardFunc[float32]]{Scalar: hardsigmoidScalar32, AVX2: hardsigmoidAVX2, AVX512: hardsigmoidAVX512},
	forward64:  perVariant[ForwardFunc[float64]]{Scalar: hardsigmoidScalar64, AVX2: hardsigmoid64AVX2, AVX512: hardsigmoid64AVX512},
	backward32: perVariant[BackwardFunc[float32]]{Scalar: hardsigmoidGradScalar32, AVX2: hardsigmoidGradAVX2, AVX512: hardsigmoidGradAVX512},
	backward64: perVariant[BackwardFunc[float64]]{Scalar: hardsigmoidGradScalar64, AVX2: hardsigmoidGrad64AVX2, AVX512: hardsigmoidGrad64AVX512},
}

// Hardsigmoid computes dst[i] = min(max(0, src[i]+3), 6)/6 [Howard 2019].
//
// Hardsigmoid(-Inf) = 0, Hardsigmoid(+Inf) = 1, Hardsigmoid(NaN) = NaN.
//
// float32: correctly rounded. float64: faithful, error below 0.51 ULP: tested,
// not proven.
func Hardsigmoid[T Float](dst, src []T) { forward(&hardsigmoid, dst, src, 0) }

// HardsigmoidGrad computes dst[i] = grad[i]/6 where |x[i]| < 3 and +0 elsewhere (at
// the kinks -3 and 3 too, as in PyTorch), one rounded quotient. A NaN in grad or x
// gives NaN; an infinite gradient elsewhere gives 0.
func HardsigmoidGrad[T Float](dst, grad, x []T) { backward(&hardsigmoid, dst, grad, x, 0) }

// sixth is 1/6 rounded, with a relative error of 2^-54. So z*sixth in float64 is z/6
// where that is a float32 or the middle between two: half an ULP of such a number is
// more than the error, and ties stay ties. Other float32 results are far enough from a
// tie: the exhaustive verification tries them all.
const sixth = 1. / 6

// bits3 is 3 as a float32.
const bits3 = 0x40400000

func hardsigmoidScalar32(dst, src []float32, _ float32) {
	for i, x := range src {
		dst[i] = float32((float64(min(max(x, -3), 3)) + 3) * sixth)
	}
}

func hardsigmoidGradScalar32(dst, grad, x []float32, _ float32) {
	for i, x := range x {
		g, b := math.Float32bits(grad[i]/6), math.Float32bits(x)&^sign32
		larger := max(g&^sign32, b)
		if b >= bits3 {
			g = 0
		}
		if larger > inf32 { // one of them is NaN
			g = inf32 | quiet32
		}
		dst[i] = math.Float32frombits(g)
	}
}

func hardsigmoidScalar64(dst, src []float64, _ float64) {
	for i, x := range src {
		s, sl := twoSum(min(max(x, -3), 3), 3)
		dst[i] = over6(s, sl)
	}
}

// over6 returns (a+al)/6 rounded, but for an error of 2^-100 or so.
func over6(a, al float64) float64 {
	q := float64(a * sixth)
	return q + float64((math.FMA(-6, q, a)+al)*sixth)
}

func hardsigmoidGradScalar64(dst, grad, x []float64, _ float64) {
	const bits3 = 0x4008000000000000
	for i, x := range x {
		g, b := math.Float64bits(grad[i]/6), math.Float64bits(x)&^sign64
		larger := max(g&^sign64, b)
		if b >= bits3 {
			g = 0
		}
		if larger > inf64 { // one of them is NaN
			g = inf64 | quiet64
		}
		dst[i] = math.Float64frombits(g)
	}
}
