package kernels

import "math"

var elu = Operation{
	Name:       "elu",
	forward32:  perVariant[ForwardFunc[float32]]{Scalar: eluScalar32, AVX2: eluAVX2, AVX512: eluAVX512},
	forward64:  perVariant[ForwardFunc[float64]]{Scalar: eluScalar64, AVX2: elu64AVX2, AVX512: elu64AVX512},
	backward32: perVariant[BackwardFunc[float32]]{Scalar: eluGradScalar32, AVX2: eluGradAVX2, AVX512: eluGradAVX512},
	backward64: perVariant[BackwardFunc[float64]]{Scalar: eluGradScalar64, AVX2: eluGrad64AVX2, AVX512: eluGrad64AVX512},
	side:       eluSide,
}

// ELU computes the exponential linear unit, dst[i] = src[i] for src[i] > 0 and
// alpha * (e^src[i] - 1) otherwise, for a finite alpha, usually 1 [Clevert 2015].
//
// ELU(-0) = -0 for positive alpha, ELU(-Inf) = -alpha, ELU(NaN) = NaN.
//
// float32: correctly rounded for alpha = 1. For others the error is below
// 0.5 + 2^-30 ULP: no one has tried them on all inputs, and the 2^-57 to which
// a doubtful result is computed again leaves about one in 2^33 undecided.
// float64: faithful, error below 0.57 ULP for 2^-500 <= alpha <= 2^500, which follows
// from what exp64.go derives; for others below 1 where the result is subnormal.
func ELU[T Float](dst, src []T, alpha T) { forward(&elu, dst, src, alpha) }

// ELUGrad computes the gradient from the saved output y: dst[i] = grad[i] for
// y[i] > 0 and grad[i] * (y[i] + alpha) otherwise, the sum and the product
// rounded. At the kink that is alpha, as in PyTorch.
//
// alpha must not be negative: then the output no longer tells the side of the
// kink, positive outputs of negative inputs count as inputs above 0 and get
// the derivative 1.
func ELUGrad[T Float](dst, grad, y []T, alpha T) { backward(&elu, dst, grad, y, alpha) }

// eluSide is elu's Operation.side: alpha*(e^x - 1) is alpha*x and about alpha*x^2/2 for
// tiny x, and -alpha and alpha*e^x for far ones.
func eluSide(x, alpha float32) float32 {
	return alpha * max(aboveTangent(x, alpha), aboveAsymptote(float64(x)))
}

func eluScalar32(dst, src []float32, alpha float32) {
	for i, x := range src {
		dst[i] = elu32(x, alpha)
	}
}

func elu32(x, alpha float32) float32 {
	if x > 0 {
		return x
	}
	if z := float64(x); z >= -87 {
		s, p := expQuick(z)
		y := float64(alpha) * ((s - 1) + float64(s*p))
		if math.Abs(y) >= smallestNormal32 && !doubtful32(y) {
			return float32(y)
		}
	}
	return eluPrecise32(x, alpha)
}

// eluPrecise32 is elu for any float32 x not above 0, through a pair.
func eluPrecise32(x, alpha float32) float32 {
	switch {
	case x == 0 || x != x:
		return alpha * x
	case alpha == 0:
		return -alpha
	}
	u, ul := expm1Pair(max(float64(x), -200), 0)
	return round32(fastTwoSum(pairTimes(u, ul, float64(alpha), 0)))
}

func eluScalar64(dst, src []float64, alpha float64) {
	if eluUnfit64(alpha) {
		for i, x := range src {
			dst[i] = eluAny64(x, alpha)
		}
		return
	}
	for i, x := range src {
		dst[i] = elu64(x, alpha)
	}
}

// eluUnfit64 reports whether elu64 does not cover alpha: it takes the result for negative, and
// products with the low part of e^x - 1 for normal or negligible.
func eluUnfit64(alpha float64) bool { return !(0x1p-500 <= alpha && alpha <= 0x1p500) }

func elu64(x, alpha float64) float64 {
	if x > 0 {
		return x
	}
	u, ul := expMinus1(x)
	return math.Copysign(math.FMA(alpha, u, float64(alpha*ul)), x)
}

// eluAny64 is ELU for any alpha.
func eluAny64(x, alpha float64) float64 {
	if x > 0 {
		return x
	}
	hi, lo := expm1At(x)
	return roundedTimes(hi, lo, alpha, 0)
}

// expm1At is expm1Pair for any x <= 0, and NaN.
func expm1At(x float64) (hi, lo float64) {
	switch {
	case x < -60:
		return -1, 0
	case x <= -0x1p-60:
		return expm1Pair(x, 0)
	}
	return x, 0 // e^x - 1 is x to 2^-61, and keeps -0; or NaN
}

func eluGradScalar32(dst, grad, y []float32, alpha float32) {
	for i, y := range y {
		d := math.Float32bits(y + alpha)
		if math.Float32bits(y)-1 < inf32 { // y > 0
			d = one32
		}
		dst[i] = grad[i] * math.Float32frombits(d)
	}
}

func eluGradScalar64(dst, grad, y []float64, alpha float64) {
	for i, y := range y {
		d := math.Float64bits(y + alpha)
		if math.Float64bits(y)-1 < inf64 { // y > 0
			d = one64
		}
		dst[i] = grad[i] * math.Float64frombits(d)
	}
}
