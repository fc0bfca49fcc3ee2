package kernels

import "math"

var hardswish = Operation{
	Name:       "hardswish",
	side:       aboveTangent,
	forward32:  perVariant[ForwardFunc[float32]]{Scalar: hardswishScalar32, AVX2: hardswishAVX2, AVX512: hardswishAVX512},
	forward64:  perVariant[ForwardFunc[float64]]{Scalar: hardswishScalar64, AVX2: hardswish64AVX2, AVX512: hardswish64AVX512},
	backward32: perVariant[BackwardFunc[float32]]{Scalar: hardswishGradScalar32, AVX2: hardswishGradAVX2, AVX512: hardswishGradAVX512},
	backward64: perVariant[BackwardFunc[float64]]{Scalar: hardswishGradScalar64, AVX2: hardswishGrad64AVX2, AVX512: hardswishGrad64AVX512},
}

// Hardswish computes dst[i] = x * min(max(0, x+3), 6)/6 of x = src[i] [Howard 2019].
//
// Hardswish(-0) = -0, Hardswish(x) = -0 for x <= -3, -Inf too, which it comes to
// from below; Hardswish(+Inf) = +Inf, Hardswish(NaN) = NaN.
//
// float32: correctly rounded. float64: faithful, error below 0.51 ULP: tested,
// not proven.
func Hardswish[T Float](dst, src []T) { forward(&hardswish, dst, src, 0) }

// HardswishGrad computes dst[i] = grad[i] * d(x[i]) with d(x) = 0 for x <= -3, 1 for
// x >= 3 and (2x+3)/6 between. d and then the product are rounded, d correctly for
// float32 and faithfully for float64.
//
// At the kinks d is the smaller of the one-sided derivatives, d(-3) = 0 and d(3) = 1,
// as in PyTorch since 2025; before, it had -1/2 and 3/2. A NaN in grad or x gives NaN;
// an infinite gradient where x[i] <= -3 gives 0.
func HardswishGrad[T Float](dst, grad, x []T) { backward(&hardswish, dst, grad, x, 0) }

// tieBreak is what Hardswish adds to a float64 result: it turns the ties of x/2 for odd
// subnormal x to the side of the term x^2/6 that would be lost, and changes no sum
// that is not subnormal in float32.
const tieBreak = 0x1p-178

func hardswishScalar32(dst, src []float32, _ float32) {
	for i, x := range src {
		z, b := float64(min(max(x, -3), 3)), math.Float32bits(x)
		y := math.Float32bits(float32(float64(float64(z*(z+3))*sixth)+tieBreak)) | b&sign32
		if b-bits3 <= inf32-bits3 { // x >= 3
			y = b
		}
		dst[i] = math.Float32frombits(y)
	}
}

func hardswishGradScalar32(dst, grad, x []float32, _ float32) {
	for i, x := range x {
		g, z, b := grad[i], float64(min(max(x, -3), 3)), math.Float32bits(x)
		d := math.Float32bits(float32((z + z + 3) * sixth))
		if b-bits3 <= inf32-bits3 { // x >= 3
			d = one32
		}
		p := math.Float32bits(g * math.Float32frombits(d))
		if b-(sign32|bits3) <= inf32-bits3 { // x <= -3
			p = 0
		}
		if nan32(math.Float32bits(g)) {
			p = inf32 | quiet32
		}
		dst[i] = math.Float32frombits(p)
	}
}

func hardswishScalar64(dst, src []float64, _ float64) {
	for i, x := range src {
		dst[i] = hardswish64(x)
	}
}

func hardswish64(x float64) float64 {
	if x > 3 {
		return x
	}
	z := max(x, -3)
	s, sl := twoSum(z, 3)
	p := float64(z * s)
	return math.Copysign(over6(p, math.FMA(z, s, -p)+float64(z*sl)), x)
}

func hardswishGradScalar64(dst, grad, x []float64, _ float64) {
	for i, x := range x {
		dst[i] = hardswishGrad64(grad[i], x)
	}
}

func hardswishGrad64(grad, x float64) float64 {
	switch {
	case grad != grad || x != x:
		return grad + x
	case x >= 3:
		return grad
	case x <= -3:
		return 0
	}
	s, sl := twoSum(2*x, 3)
	return grad * over6(s, sl)
}
