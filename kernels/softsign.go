package kernels

import "math"

var softsign = Operation{
	Name:       "softsign",
	forward32:  perVariant[ForwardFunc[float32]]{Scalar: softsignScalar32, AVX2: softsignAVX2, AVX512: softsignAVX512},
	forward64:  perVariant[ForwardFunc[float64]]{Scalar: softsignScalar64, AVX2: softsign64AVX2, AVX512: softsign64AVX512},
	backward32: perVariant[BackwardFunc[float32]]{Scalar: softsignGradScalar32, AVX2: softsignGradAVX2, AVX512: softsignGradAVX512},
	backward64: perVariant[BackwardFunc[float64]]{Scalar: softsignGradScalar64, AVX2: softsignGrad64AVX2, AVX512: softsignGrad64AVX512},
}

// Softsign computes dst[i] = x/(1+|x|) of x = src[i] [Turian, Bergstra and Bengio 2009].
//
// Softsign(±0) = ±0, Softsign(±Inf) = ±1, Softsign(NaN) = NaN.
//
// float32: correctly rounded. float64: faithful, error below 0.51 ULP: tested,
// not proven.
func Softsign[T Float](dst, src []T) { forward(&softsign, dst, src, 0) }

// SoftsignGrad computes dst[i] = grad[i] * d(x[i]) from the input x, d being the
// derivative d(x) = 1/(1+|x|)^2. d and then the product are rounded, d correctly for
// float32 and faithfully for float64.
//
// d(±0) = 1, d(±Inf) = 0, d(NaN) = NaN.
//
// The error is at most 1.5 ULP for float32 and 2.5 for float64, and |grad|*2^-150 or
// |grad|*2^-1074 more where d is subnormal, which a large gradient shows.
func SoftsignGrad[T Float](dst, grad, x []T) { backward(&softsign, dst, grad, x, 0) }

// softsignEnd is a number from which on Softsign is 1, also in float64.
const softsignEnd = 0x1p60

func softsignScalar32(dst, src []float32, _ float32) {
	for i, x := range src {
		z := min(max(float64(x), -softsignEnd), softsignEnd)
		y := z / (1 + math.Abs(z))
		if doubtful32(y) {
			y = float64(round32(softsignPair(z)))
		}
		dst[i] = float32(y)
	}
}

// softsignPair returns Softsign for |x| <= softsignEnd, with an error of 2^-100 or so.
func softsignPair(x float64) (hi, lo float64) {
	s, sl := twoSum(1, math.Abs(x))
	hi = x / s
	return fastTwoSum(hi, (math.FMA(-hi, s, x)-float64(hi*sl))/s)
}

func softsignScalar64(dst, src []float64, _ float64) {
	for i, x := range src {
		z := min(max(x, -softsignEnd), softsignEnd)
		if !(math.Abs(z) <= 0x1p-60) { // below, it is x to 2^-60
			z, _ = softsignPair(z)
		}
		dst[i] = z
	}
}

func softsignGradScalar32(dst, grad, x []float32, _ float32) {
	for i, x := range x {
		z := min(math.Abs(float64(x)), 0x1p100) // from there on d rounds to 0
		d := 1 / float64((1+z)*(1+z))
		if !(d >= smallestNormal32) || doubtful32(d) {
			d = float64(round32(softsignDerivativePair(z)))
		}
		dst[i] = grad[i] * float32(d)
	}
}

// softsignDerivativePair returns 1/(1+|x|)^2 for |x| < 2^400, with an error of 2^-100 or so.
func softsignDerivativePair(x float64) (hi, lo float64) {
	s, sl := twoSum(1, math.Abs(x))
	p := float64(s * s)
	hi = 1 / p
	pl := math.FMA(s, s, -p) + float64(2*s*sl)
	return fastTwoSum(hi, (math.FMA(-hi, p, 1)-float64(hi*pl))/p)
}

func softsignGradScalar64(dst, grad, x []float64, _ float64) {
	for i, x := range x {
		dst[i] = grad[i] * softsignDerivative64(x)
	}
}

func softsignDerivative64(x float64) float64 {
	a := math.Abs(x)
	switch {
	case a < 0x1p400:
		hi, _ := softsignDerivativePair(x)
		return hi
	case a <= 0x1p540:
		q := 1 / a // 1+a is a to 2^-400
		rest := math.FMA(-q, a, 1) / a
		return roundedTimes(q, rest, q, rest)
	case a == a:
		return 0
	}
	return x + x // NaN, made quiet
}
