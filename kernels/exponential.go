package kernels

import "math"

var exponential = Operation{
	Name:       "exp",
	forward32:  perVariant[ForwardFunc[float32]]{Scalar: expScalar32, Unrolled: expUnrolled32, AVX2: expAVX2, AVX512: expAVX512},
	forward64:  perVariant[ForwardFunc[float64]]{Scalar: expScalar64, AVX2: exp64AVX2, AVX512: exp64AVX512},
	backward32: perVariant[BackwardFunc[float32]]{Scalar: expGradScalar[float32], AVX2: expGradAVX2, AVX512: expGradAVX512},
	backward64: perVariant[BackwardFunc[float64]]{Scalar: expGradScalar[float64], AVX2: expGrad64AVX2, AVX512: expGrad64AVX512},
}

// Exp computes the exponential dst[i] = e^src[i].
//
// Exp(-Inf) = +0, Exp(+Inf) = +Inf, Exp(NaN) = NaN.
//
// float32: correctly rounded. float64: faithful, error below 0.67 ULP, which
// follows from what exp64.go derives, and below 1 where the result is subnormal.
func Exp[T Float](dst, src []T) { forward(&exponential, dst, src, 0) }

// ExpGrad computes dst[i] = grad[i] * y[i] from the saved output y: the
// exponential is its own derivative. It is one rounded product.
func ExpGrad[T Float](dst, grad, y []T) { backward(&exponential, dst, grad, y, 0) }

func expScalar32(dst, src []float32, _ float32) {
	for i, x := range src {
		dst[i] = exp32(x)
	}
}

func exp32(x float32) float32 {
	z := float64(x)
	if math.Abs(z) <= 87 { // e^-87 is normal in float32
		s, p := expQuick(z)
		if y := s + float64(s*p); !doubtful32(y) {
			return float32(y)
		}
	}
	return expPrecise32(z)
}

func expUnrolled32(dst, src []float32, _ float32) {
	for len(src) >= 4 && len(dst) >= 4 {
		x, d := (*[4]float32)(src), (*[4]float32)(dst)
		s0, p0 := expQuick(float64(x[0]))
		s1, p1 := expQuick(float64(x[1]))
		s2, p2 := expQuick(float64(x[2]))
		s3, p3 := expQuick(float64(x[3]))
		y0 := s0 + float64(s0*p0)
		y1 := s1 + float64(s1*p1)
		y2 := s2 + float64(s2*p2)
		y3 := s3 + float64(s3*p3)
		if outside4(x, 0, bits87) || doubtful4(y0, y1, y2, y3) {
			for i, x := range *x {
				d[i] = exp32(x)
			}
		} else {
			d[0], d[1], d[2], d[3] = float32(y0), float32(y1), float32(y2), float32(y3)
		}
		src, dst = src[4:], dst[4:]
	}
	for i, x := range src {
		dst[i] = exp32(x)
	}
}

// expPrecise32 is e^z for any float32 z, through a pair.
func expPrecise32(z float64) float32 {
	switch {
	case z < -110:
		return 0
	case z > 90:
		return float32(math.Inf(1))
	case z != z:
		return float32(z)
	}
	return round32(expPair(z, 0))
}

func expScalar64(dst, src []float64, _ float64) {
	for i, x := range src {
		dst[i] = exp64(x)
	}
}

func exp64(x float64) float64 {
	if math.Abs(x) <= 708 { // e^-708 is normal
		s, exact, rest := expSplit(x)
		return math.FMA(s, expm1Short(exact, rest), s)
	}
	switch {
	case x > 710:
		return math.Inf(1)
	case x > 0: // 2^(n/16) may be beyond the largest float64
		const down, up = 512 << 52, 0x1p512
		s, eh, el := expReduced(x, 0)
		hi, lo := expOf(math.Float64frombits(s-down), eh, el)
		return (hi + lo) * up
	case x >= -760:
		return expScaled(x, 1)
	case x < 0:
		return 0
	}
	return x + x // NaN, made quiet
}

func expGradScalar[T Float](dst, grad, y []T, _ T) {
	for i, y := range y {
		dst[i] = grad[i] * y
	}
}
