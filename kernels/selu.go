package kernels

import "math"

// The parameters of SELU [Klambauer 2017], two float64 numbers, and their exact
// product seluScale + seluScaleRest.
const (
	SELULambda float64 = 1.0507009873554805
	SELUAlpha  float64 = 1.6732632423543772

	seluScale     float64 = 0x1.c212cc640f03p+0
	seluScaleRest float64 = 0x1.092dbf6372048p-54
)

var selu = Operation{
	Name:       "selu",
	forward32:  perVariant[ForwardFunc[float32]]{Scalar: seluScalar32, AVX2: seluAVX2, AVX512: seluAVX512},
	forward64:  perVariant[ForwardFunc[float64]]{Scalar: seluScalar64, AVX2: selu64AVX2, AVX512: selu64AVX512},
	backward32: perVariant[BackwardFunc[float32]]{Scalar: seluGradScalar32, AVX2: seluGradAVX2, AVX512: seluGradAVX512},
	backward64: perVariant[BackwardFunc[float64]]{Scalar: seluGradScalar64, AVX2: seluGrad64AVX2, AVX512: seluGrad64AVX512},
}

// SELU computes the scaled exponential linear unit, dst[i] = lambda * src[i] for
// src[i] > 0 and lambda * alpha * (e^src[i] - 1) otherwise, with lambda =
// SELULambda and alpha = SELUAlpha, the product lambda*alpha taken exactly.
//
// SELU(-0) = -0, SELU(-Inf) = -lambda*alpha, SELU(NaN) = NaN.
//
// float32: correctly rounded. float64: faithful, error below 0.57 ULP, which
// follows from what exp64.go derives, and below 1 where the result is below 2^-1000.
func SELU[T Float](dst, src []T) { forward(&selu, dst, src, 0) }

// SELUGrad computes the gradient from the saved output y: dst[i] = grad[i] *
// d(y[i]) with d(y) = lambda for y > 0 and y + lambda*alpha otherwise (at the
// kink lambda*alpha, as in PyTorch). d and then the product are rounded, d correctly
// for float32 and faithfully for float64.
func SELUGrad[T Float](dst, grad, y []T) { backward(&selu, dst, grad, y, 0) }

func seluScalar32(dst, src []float32, _ float32) {
	for i, x := range src {
		dst[i] = selu32(x)
	}
}

func selu32(x float32) float32 {
	z := float64(x)
	var y float64
	switch {
	case z > 0:
		y = float64(SELULambda * z)
	case z >= -87:
		s, p := expQuick(z)
		y = seluScale * ((s - 1) + float64(s*p))
	}
	if math.Abs(y) >= smallestNormal32 && !doubtful32(y) {
		return float32(y)
	}
	return seluPrecise32(z)
}

// seluPrecise32 is selu for any float32 z, through a pair.
func seluPrecise32(z float64) float32 {
	switch {
	case z == 0 || z != z:
		return float32(z)
	case z > 0:
		y := float64(SELULambda * z)
		return round32(y, math.FMA(SELULambda, z, -y))
	}
	u, ul := expm1Pair(max(z, -200), 0)
	return round32(fastTwoSum(pairTimes(u, ul, seluScale, seluScaleRest)))
}

func seluScalar64(dst, src []float64, _ float64) {
	for i, x := range src {
		dst[i] = selu64(x)
	}
}

func selu64(x float64) float64 {
	if x > 0 {
		return SELULambda * x
	}
	u, ul := expMinus1(x)
	return math.Copysign(math.FMA(seluScale, u, math.FMA(seluScale, ul, float64(seluScaleRest*u))), x)
}

const seluLambda32 = float32(SELULambda)

func seluGradScalar32(dst, grad, y []float32, _ float32) {
	for i, y := range y {
		dst[i] = grad[i] * seluDerivative32(y)
	}
}

// seluDerivative32 returns d(y), correctly rounded.
func seluDerivative32(y float32) float32 {
	// Either y + seluScale is exact or it does not cancel.
	d := (float64(y) + seluScale) + seluScaleRest
	if doubtful32(d) {
		hi, lo := twoSum(float64(y), seluScale)
		d = float64(round32(fastTwoSum(hi, lo+seluScaleRest)))
	}
	b := math.Float32bits(float32(d))
	if math.Float32bits(y)-1 < inf32 { // y > 0
		b = math.Float32bits(seluLambda32)
	}
	return math.Float32frombits(b)
}

func seluGradScalar64(dst, grad, y []float64, _ float64) {
	for i, y := range y {
		dst[i] = grad[i] * seluDerivative64(y)
	}
}

// seluDerivative64 returns d(y) with an error below 0.51 ULP.
func seluDerivative64(y float64) float64 {
	hi, lo := twoSum(y, seluScale)
	if y < -0x1p60 {
		lo = 0 // NaN at -Inf
	}
	b := math.Float64bits(hi + (lo + seluScaleRest))
	if math.Float64bits(y)-1 < inf64 { // y > 0
		b = math.Float64bits(SELULambda)
	}
	return math.Float64frombits(b)
}
