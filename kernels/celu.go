package kernels

import "math"

var celu = Operation{
	Name:       "celu",
	forward32:  perVariant[ForwardFunc[float32]]{Scalar: celuScalar32, AVX2: celuAVX2, AVX512: celuAVX512},
	forward64:  perVariant[ForwardFunc[float64]]{Scalar: celuScalar64, AVX2: celu64AVX2, AVX512: celu64AVX512},
	backward32: perVariant[BackwardFunc[float32]]{Scalar: celuGradScalar32, AVX2: celuGradAVX2, AVX512: celuGradAVX512},
	backward64: perVariant[BackwardFunc[float64]]{Scalar: celuGradScalar64, AVX2: celuGrad64AVX2, AVX512: celuGrad64AVX512},
	side:       func(x, alpha float32) float32 { return aboveAsymptote(float64(x) / float64(alpha)) },
}

// CELU computes the continuously differentiable exponential linear unit,
// dst[i] = max(0, x) + min(0, alpha * (e^(x/alpha) - 1)) of x = src[i], for a finite
// alpha above 0, usually 1 [Barron 2017]. Any other alpha gives NaN for elements
// that are not above 0.
//
// CELU(-0) = -0, CELU(-Inf) = -alpha, CELU(NaN) = NaN.
//
// float32: correctly rounded for alpha = 1. For others the error is below
// 0.5 + 2^-30 ULP, as ELU's. float64: faithful, error below 0.57 ULP and below 1
// where the result is subnormal: tested, not proven.
func CELU[T Float](dst, src []T, alpha T) { forward(&celu, dst, src, alpha) }

// CELUGrad computes the gradient from the saved output y, as ELUGrad does:
// dst[i] = grad[i] for y[i] > 0 and grad[i] * ((y[i] + alpha) / alpha) otherwise, which
// is grad * e^(x/alpha). The sum, the quotient and the product are rounded. At 0 the
// derivative is 1 from both sides. PyTorch saves the input; the output is cheaper
// and may be kept in its place, but where it has rounded to -alpha, from
// x = -17.3*alpha on in float32, the gradient is 0.
func CELUGrad[T Float](dst, grad, y []T, alpha T) { backward(&celu, dst, grad, y, alpha) }

func celuScalar32(dst, src []float32, alpha float32) {
	for i, x := range src {
		dst[i] = celu32(x, alpha)
	}
}

func celu32(x, alpha float32) float32 {
	if x > 0 {
		return x
	}
	a := float64(alpha)
	if q := float64(x) / a; q >= -87 && q < 0 {
		s, p := expQuick(q)
		y := a * ((s - 1) + float64(s*p))
		if y <= -smallestNormal32 && !doubtful32(y) {
			return float32(y)
		}
	}
	return celuPrecise32(x, alpha)
}

// celuPrecise32 is celu for any float32 x not above 0, through a pair.
func celuPrecise32(x, alpha float32) float32 {
	switch {
	case !(alpha > 0 && alpha <= math.MaxFloat32):
		return float32(math.NaN())
	case x == 0:
		return x
	case x != x:
		return x + x // made quiet
	}
	a := float64(alpha)
	u, ul := expm1Pair(celuQuotient(max(float64(x), -200*a), a))
	return round32(fastTwoSum(pairTimes(u, ul, a, 0)))
}

// celuQuotient returns x/alpha as hi+lo with an error of 2^-105 relative.
func celuQuotient(x, alpha float64) (hi, lo float64) {
	hi = x / alpha
	return hi, math.FMA(-hi, alpha, x) / alpha
}

func celuScalar64(dst, src []float64, alpha float64) {
	if eluUnfit64(alpha) {
		for i, x := range src {
			dst[i] = celuAny64(x, alpha)
		}
		return
	}
	inverse := 1 / alpha
	for i, x := range src {
		dst[i] = celu64(x, alpha, inverse)
	}
}

// celu64 is CELU for an alpha that is not unfit. x/alpha is a sum of two: with 1/alpha rounded it is
// as good as a quotient. Near 0, e^q - 1 is q to 2^-61.
func celu64(x, alpha, inverse float64) float64 {
	if x > float64(alpha*-0x1p-60) {
		return x
	}
	if lowest := float64(alpha * -40); x < lowest {
		x = lowest
	}
	q := float64(x * inverse)
	s, exact, rest := expSplit(q)
	p, pl := expm1Long(exact, rest+float64(math.FMA(-q, alpha, x)*inverse))
	minus, low := fastTwoSum(-1, s)
	u, ul := plusScaled(minus, low, s, p, pl)
	return math.FMA(alpha, u, float64(alpha*ul))
}

// celuAny64 is CELU for any alpha.
func celuAny64(x, alpha float64) float64 {
	if x > 0 {
		return x
	}
	if !(alpha > 0 && alpha <= math.MaxFloat64) {
		return math.NaN()
	}
	switch q := x / alpha; {
	case q < -60:
		return -alpha
	case q > -0x1p-60:
		return x // e^q - 1 is q to 2^-61
	case q != q:
		return x + x // made quiet
	}
	v, a := x, alpha
	if a < 0x1p-900 { // the rest of the quotient would underflow
		v, a = v*0x1p200, a*0x1p200
	}
	hi, lo := expm1Pair(celuQuotient(v, a))
	return roundedTimes(hi, lo, alpha, 0)
}

func celuGradScalar32(dst, grad, y []float32, alpha float32) {
	for i, y := range y {
		d := math.Float32bits((y + alpha) / alpha)
		if math.Float32bits(y)-1 < inf32 { // y > 0
			d = one32
		}
		dst[i] = grad[i] * math.Float32frombits(d)
	}
}

func celuGradScalar64(dst, grad, y []float64, alpha float64) {
	for i, y := range y {
		d := math.Float64bits((y + alpha) / alpha)
		if math.Float64bits(y)-1 < inf64 { // y > 0
			d = one64
		}
		dst[i] = grad[i] * math.Float64frombits(d)
	}
}
