package kernels

import "math"

var sigmoid = Operation{
	Name:       "sigmoid",
	forward32:  perVariant[ForwardFunc[float32]]{Scalar: sigmoidScalar32, Unrolled: sigmoidUnrolled32, AVX2: sigmoidAVX2, AVX512: sigmoidAVX512},
	forward64:  perVariant[ForwardFunc[float64]]{Scalar: sigmoidScalar64, AVX2: sigmoid64AVX2, AVX512: sigmoid64AVX512},
	backward32: perVariant[BackwardFunc[float32]]{Scalar: sigmoidGradScalar[float32], AVX2: sigmoidGradAVX2, AVX512: sigmoidGradAVX512},
	backward64: perVariant[BackwardFunc[float64]]{Scalar: sigmoidGradScalar[float64], AVX2: sigmoidGrad64AVX2, AVX512: sigmoidGrad64AVX512},
}

// Sigmoid computes the logistic function dst[i] = 1 / (1 + e^-src[i]).
//
// Sigmoid(+Inf) = 1, Sigmoid(-Inf) = +0, Sigmoid(NaN) = NaN.
//
// float32: correctly rounded. float64: faithful, error below 0.67 ULP, which
// follows from what exp64.go derives, and below 1 where the result is subnormal.
func Sigmoid[T Float](dst, src []T) { forward(&sigmoid, dst, src, 0) }

// SigmoidGrad computes dst[i] = grad[i] * ((1 - y[i]) * y[i]) from the saved
// output y, each operation rounded.
func SigmoidGrad[T Float](dst, grad, y []T) { backward(&sigmoid, dst, grad, y, 0) }

func sigmoidScalar32(dst, src []float32, _ float32) {
	for i, x := range src {
		dst[i] = sigmoid32(x)
	}
}

func sigmoid32(x float32) float32 {
	z := float64(x)
	if math.Abs(z) <= 87 { // e^-87 is normal in float32
		s, p := expQuick(-z)
		if y := 1 / ((1 + s) + float64(s*p)); !doubtful32(y) {
			return float32(y)
		}
	}
	return sigmoidPrecise32(z)
}

func sigmoidUnrolled32(dst, src []float32, _ float32) {
	for len(src) >= 4 && len(dst) >= 4 {
		x, d := (*[4]float32)(src), (*[4]float32)(dst)
		s0, p0 := expQuick(-float64(x[0]))
		s1, p1 := expQuick(-float64(x[1]))
		s2, p2 := expQuick(-float64(x[2]))
		s3, p3 := expQuick(-float64(x[3]))
		y0 := 1 / ((1 + s0) + float64(s0*p0))
		y1 := 1 / ((1 + s1) + float64(s1*p1))
		y2 := 1 / ((1 + s2) + float64(s2*p2))
		y3 := 1 / ((1 + s3) + float64(s3*p3))
		if outside4(x, 0, bits87) || doubtful4(y0, y1, y2, y3) {
			for i, x := range *x {
				d[i] = sigmoid32(x)
			}
		} else {
			d[0], d[1], d[2], d[3] = float32(y0), float32(y1), float32(y2), float32(y3)
		}
		src, dst = src[4:], dst[4:]
	}
	for i, x := range src {
		dst[i] = sigmoid32(x)
	}
}

// sigmoidPrecise32 is sigmoid for any float32 z, through a pair.
func sigmoidPrecise32(z float64) float32 {
	switch {
	case z > 50:
		return 1
	case z < -110:
		return 0
	case z != z:
		return float32(z)
	}
	return round32(fastTwoSum(sigmoidPair(1, z)))
}

// sigmoidPair returns a*sigmoid(x) as hi+lo with an error of 2^-62 relative,
// for |x| <= 708.
func sigmoidPair(a, x float64) (hi, lo float64) {
	eh, el := expPair(-x, 0)
	d, dl := twoSum(1, eh)
	dl += el
	inverse := 1 / d
	hi = float64(a * inverse)
	return hi, float64((math.FMA(-hi, d, a) - float64(hi*dl)) * inverse)
}

func sigmoidScalar64(dst, src []float64, _ float64) {
	for i, x := range src {
		dst[i] = sigmoid64(x)
	}
}

func sigmoid64(x float64) float64 {
	if x >= -end64 {
		d, dl := onePlusExp(x)
		y := 1 / d
		e := math.FMA(-y, dl, math.FMA(-y, d, 1)) // 1 - y*(d+dl)
		return math.FMA(e, y, y)
	}
	switch {
	case x >= -760:
		return expScaled(x, 1) // 1 + e^-x is e^-x to 2^-1000
	case x < 0:
		return 0
	}
	return x + x // NaN, made quiet
}

func sigmoidGradScalar[T Float](dst, grad, y []T, _ T) {
	for i, y := range y {
		dst[i] = grad[i] * ((1 - y) * y)
	}
}
