package kernels

import "math"

var softplus = Operation{
	Name:       "softplus",
	forward32:  perVariant[ForwardFunc[float32]]{Scalar: softplusScalar32},
	forward64:  perVariant[ForwardFunc[float64]]{Scalar: softplusScalar64},
	backward32: perVariant[BackwardFunc[float32]]{Scalar: softplusGradScalar32},
	backward64: perVariant[BackwardFunc[float64]]{Scalar: softplusGradScalar64},
}

// Softplus computes dst[i] = ln(1 + e^src[i]), without a threshold.
//
// Softplus(-Inf) = +0, Softplus(+Inf) = +Inf, Softplus(NaN) = NaN.
//
// float32: correctly rounded. float64: faithful, error below 0.53 ULP and below
// 1 where the result is subnormal.
func Softplus[T Float](dst, src []T) { forward(&softplus, dst, src, 0) }

// SoftplusGrad computes dst[i] = grad[i] * s(x[i]) from the input x, s being the
// sigmoid 1/(1+e^-x). s and then the product are rounded, s as Sigmoid rounds it.
func SoftplusGrad[T Float](dst, grad, x []T) { backward(&softplus, dst, grad, x, 0) }

// ln(1+e^x) = max(x, 0) + ln(1 + e^-|x|): nothing overflows or cancels.

func softplusScalar32(dst, src []float32, _ float32) {
	for i, x := range src {
		dst[i] = softplus32(x)
	}
}

func softplus32(x float32) float32 {
	z := float64(x)
	if a := math.Abs(z); a <= 87 {
		s, p := expQuick(-a)
		y := float64(0.5*(z+a)) + log1pQuick(s+float64(s*p))
		if !doubtful32(y) {
			return float32(y)
		}
	}
	return softplusPrecise32(z)
}

// softplusPrecise32 is softplus for any float32 z, through a pair.
func softplusPrecise32(z float64) float32 {
	switch {
	case z > 120 || z != z:
		return float32(z)
	case z < -110:
		return 0
	}
	return round32(softplusPair(z))
}

// softplusPair returns softplus(x) as hi+lo with an error of 2^-59 relative, for
// |x| <= 700.
func softplusPair(x float64) (hi, lo float64) {
	a := math.Abs(x)
	l, ll := log1pPair(fastTwoSum(expPair(-a, 0)))
	hi, lo = twoSum(float64(0.5*(x+a)), l)
	return fastTwoSum(hi, lo+ll)
}

func softplusScalar64(dst, src []float64, _ float64) {
	for i, x := range src {
		dst[i] = softplus64(x)
	}
}

func softplus64(x float64) float64 {
	if math.Abs(x) <= 700 {
		hi, lo := softplusPair(x)
		return hi + lo
	}
	switch {
	case x >= -760 && x < 0:
		return expScaled(x, 1) // ln(1+w) is w to 2^-1000
	case x < 0:
		return 0
	}
	return x // or NaN
}

func softplusGradScalar32(dst, grad, x []float32, _ float32) {
	for i, x := range x {
		dst[i] = grad[i] * sigmoid32(x)
	}
}

func softplusGradScalar64(dst, grad, x []float64, _ float64) {
	for i, x := range x {
		dst[i] = grad[i] * sigmoid64(x)
	}
}
