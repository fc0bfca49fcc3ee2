package kernels

import "math"

var silu = Operation{
	Name:       "silu",
	forward32:  perVariant[ForwardFunc[float32]]{Scalar: siluScalar32},
	forward64:  perVariant[ForwardFunc[float64]]{Scalar: siluScalar64},
	backward32: perVariant[BackwardFunc[float32]]{Scalar: siluGradScalar32},
	backward64: perVariant[BackwardFunc[float64]]{Scalar: siluGradScalar64},
}

// SiLU computes the sigmoid linear unit (swish) dst[i] = x / (1 + e^-x) of src[i].
//
// SiLU(-0) = -0, SiLU(-Inf) = -0, SiLU(+Inf) = +Inf, SiLU(NaN) = NaN.
//
// float32: correctly rounded. float64: faithful, error below 0.51 ULP and below
// 1 where the result is subnormal.
func SiLU[T Float](dst, src []T) { forward(&silu, dst, src, 0) }

// SiLUGrad computes dst[i] = grad[i] * d(x[i]) from the input x, d being the
// derivative d(x) = s*(1 + x*(1-s)) with s = 1/(1+e^-x). d and then the product are
// rounded, d correctly for float32 and faithfully for float64, near its zero at
// -1.2785 too.
//
// d(0) = 1/2, d(-Inf) = -0, d(+Inf) = 1, d(NaN) = NaN.
func SiLUGrad[T Float](dst, grad, x []T) { backward(&silu, dst, grad, x, 0) }

func siluScalar32(dst, src []float32, _ float32) {
	for i, x := range src {
		dst[i] = silu32(x)
	}
}

func silu32(x float32) float32 {
	z := float64(x)
	if math.Abs(z) <= 87 {
		s, p := expQuick(-z)
		y := z / (1 + (s + float64(s*p)))
		if math.Abs(y) >= smallestNormal32 && !doubtful32(y) {
			return float32(y)
		}
	}
	return siluPrecise32(z)
}

// siluPrecise32 is silu for any float32 z, through a pair.
func siluPrecise32(z float64) float32 {
	switch {
	case z < -115:
		return float32(math.Copysign(0, -1))
	case z > 60 || z == 0 || z != z:
		return float32(z)
	}
	return round32(fastTwoSum(sigmoidPair(z, z)))
}

func siluScalar64(dst, src []float64, _ float64) {
	for i, x := range src {
		dst[i] = silu64(x)
	}
}

func silu64(x float64) float64 {
	if math.Abs(x) <= 700 {
		hi, lo := sigmoidPair(x, x)
		if lo == 0 {
			return hi // and -0 stays -0
		}
		return hi + lo
	}
	switch {
	case x >= -760 && x < 0:
		return expScaled(x, x) // 1 + e^-x is e^-x to 2^-1000
	case x < 0:
		return math.Copysign(0, -1)
	}
	return x // or NaN
}

func siluGradScalar32(dst, grad, x []float32, _ float32) {
	for i, x := range x {
		dst[i] = grad[i] * siluDerivative32(x)
	}
}

func siluGradScalar64(dst, grad, x []float64, _ float64) {
	for i, x := range x {
		dst[i] = grad[i] * siluDerivative64(x)
	}
}
