package kernels

import "math"

var tanh = Operation{
	Name:       "tanh",
	forward32:  perVariant[ForwardFunc[float32]]{Scalar: tanhScalar32, Unrolled: tanhUnrolled32, AVX2: tanhAVX2, AVX512: tanhAVX512},
	forward64:  perVariant[ForwardFunc[float64]]{Scalar: tanhScalar64, AVX2: tanh64AVX2, AVX512: tanh64AVX512},
	backward32: perVariant[BackwardFunc[float32]]{Scalar: tanhGradScalar[float32], AVX2: tanhGradAVX2, AVX512: tanhGradAVX512},
	backward64: perVariant[BackwardFunc[float64]]{Scalar: tanhGradScalar[float64], AVX2: tanhGrad64AVX2, AVX512: tanhGrad64AVX512},
}

// Tanh computes the hyperbolic tangent dst[i] = (e^x-e^-x)/(e^x+e^-x) of src[i].
//
// Tanh(-0) = -0, Tanh(+-Inf) = +-1, Tanh(NaN) = NaN, Tanh(-x) = -Tanh(x).
//
// float32: correctly rounded. float64: faithful, error below 0.57 ULP for |x| < 17,
// which follows from what exp64.go derives, and below 1 beyond.
func Tanh[T Float](dst, src []T) { forward(&tanh, dst, src, 0) }

// TanhGrad computes dst[i] = grad[i] * ((1 - y[i]) * (1 + y[i])) from the saved
// output y, each operation rounded. 1 - y^2 would cancel near 1.
func TanhGrad[T Float](dst, grad, y []T) { backward(&tanh, dst, grad, y, 0) }

func tanhScalar32(dst, src []float32, _ float32) {
	for i, x := range src {
		dst[i] = tanh32(x)
	}
}

func tanh32(x float32) float32 {
	z := float64(x)
	if a := math.Abs(z); a >= 0x1p-12 && a <= 10 {
		s, p := expQuick(float64(2 * z))
		u := (s - 1) + float64(s*p) // e^2z - 1
		if y := u / (u + 2); !doubtful32(y) {
			return float32(y)
		}
	}
	return tanhPrecise32(z)
}

func tanhUnrolled32(dst, src []float32, _ float32) {
	for len(src) >= 4 && len(dst) >= 4 {
		x, d := (*[4]float32)(src), (*[4]float32)(dst)
		s0, p0 := expQuick(float64(2 * float64(x[0])))
		s1, p1 := expQuick(float64(2 * float64(x[1])))
		s2, p2 := expQuick(float64(2 * float64(x[2])))
		s3, p3 := expQuick(float64(2 * float64(x[3])))
		u0 := (s0 - 1) + float64(s0*p0)
		u1 := (s1 - 1) + float64(s1*p1)
		u2 := (s2 - 1) + float64(s2*p2)
		u3 := (s3 - 1) + float64(s3*p3)
		y0 := u0 / (u0 + 2)
		y1 := u1 / (u1 + 2)
		y2 := u2 / (u2 + 2)
		y3 := u3 / (u3 + 2)
		if outside4(x, bitsTiny, bits10-bitsTiny) || doubtful4(y0, y1, y2, y3) {
			for i, x := range *x {
				d[i] = tanh32(x)
			}
		} else {
			d[0], d[1], d[2], d[3] = float32(y0), float32(y1), float32(y2), float32(y3)
		}
		src, dst = src[4:], dst[4:]
	}
	for i, x := range src {
		dst[i] = tanh32(x)
	}
}

// tanhPrecise32 is tanh for any float32 z, through a pair.
func tanhPrecise32(z float64) float32 {
	switch a := math.Abs(z); {
	case a < 0x1p-12:
		return float32(z) // z - z^3/3 rounds to z
	case a > 10:
		return float32(math.Copysign(1, z))
	case z != z:
		return float32(z)
	}
	return round32(fastTwoSum(tanhPair(z)))
}

// tanhPair returns tanh(x) as hi+lo with an error of 2^-57 relative, for
// 2^-30 <= |x| <= 350.
func tanhPair(x float64) (hi, lo float64) {
	u, ul := expm1Pair(float64(2*x), 0)
	d, dl := twoSum(2, u)
	dl += ul
	inverse := 1 / d
	hi = float64(u * inverse)
	return hi, float64((math.FMA(-hi, d, u) + (ul - float64(hi*dl))) * inverse)
}

func tanhScalar64(dst, src []float64, _ float64) {
	for i, x := range src {
		dst[i] = tanh64(x)
	}
}

// tanh64 is u/(u+2) with u = e^2|x| - 1 = (s-1) + s*(p+pl). From |x| = 18.7 on s+1 and s-1 are
// rounded, but their difference stays 2 until tanh rounds to 1.
func tanh64(x float64) float64 {
	a := math.Abs(x)
	if a > 20 {
		a = 20
	}
	s, exact, rest := expSplit(a + a)
	p, pl := expm1Long(exact, rest)
	plus := s + 1
	minus := plus - 2
	u := math.FMA(s, p, minus)
	ul := math.FMA(s, pl, math.FMA(s, p, minus-u))
	d := math.FMA(s, p, plus)
	dl := math.FMA(s, p, plus-d)
	inverse := 1 / d
	y := float64(u * inverse)
	e := math.FMA(-y, dl, math.FMA(-y, d, u)) + ul // u+ul - y*(d+dl)
	return math.Copysign(math.FMA(e, inverse, y), x)
}

func tanhGradScalar[T Float](dst, grad, y []T, _ T) {
	for i, y := range y {
		dst[i] = grad[i] * ((1 - y) * (1 + y))
	}
}
