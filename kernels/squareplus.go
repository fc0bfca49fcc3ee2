package kernels

import "math"

var squareplus = Operation{
	Name:       "squareplus",
	forward32:  perVariant[ForwardFunc[float32]]{Scalar: squareplusScalar32, AVX2: squareplusAVX2, AVX512: squareplusAVX512},
	forward64:  perVariant[ForwardFunc[float64]]{Scalar: squareplusScalar64, AVX2: squareplus64AVX2, AVX512: squareplus64AVX512},
	backward32: perVariant[BackwardFunc[float32]]{Scalar: squareplusGradScalar32, AVX2: squareplusGradAVX2, AVX512: squareplusGradAVX512},
	backward64: perVariant[BackwardFunc[float64]]{Scalar: squareplusGradScalar64, AVX2: squareplusGrad64AVX2, AVX512: squareplusGrad64AVX512},
	side:       squareplusSide,
}

// Squareplus computes dst[i] = (x + sqrt(x^2+b))/2 of x = src[i] [Barron 2021], for a
// finite b >= 0, usually 4.
//
// Squareplus(-Inf) = 0, Squareplus(+Inf) = +Inf, Squareplus(NaN) = NaN. With b = 0 it
// is max(0, x).
//
// float32: correctly rounded for b = 4. For others the error is below 0.5 + 2^-60 ULP:
// a tie that b makes exactly may round the wrong way. float64: faithful, error below
// 0.51 ULP and below 1 where the result is subnormal: tested, not proven.
func Squareplus[T Float](dst, src []T, b T) { forward(&squareplus, dst, src, b) }

// SquareplusGrad computes dst[i] = grad[i] * d(x[i]) from the input x, d being the
// derivative d(x) = (1 + x/sqrt(x^2+b))/2. d and then the product are rounded, d
// correctly for float32 and b = 4, and faithfully for float64. b must be positive.
//
// d(0) = 1/2, d(-Inf) = 0, d(+Inf) = 1, d(NaN) = NaN.
//
// The error is at most 1.5 ULP for float32 and 2.5 for float64, and |grad|*2^-150 or
// |grad|*2^-1074 more where d is subnormal, which a large gradient shows.
func SquareplusGrad[T Float](dst, grad, x []T, b T) { backward(&squareplus, dst, grad, x, b) }

// squareplusSide is squareplus's Operation.side. For x^2 much less than b the result is
// sqrt(b)/2 and about x/2. For negative x and x^2 much larger than b it is below b/(4|x|), by
// b/(4x^2) of itself. Only these lines can be ties: of two different numbers with so few
// bits as b and as 4y(y-x), which b is for a result y, float64 tells the larger elsewhere.
func squareplusSide(x, b float32) float32 {
	switch q := float64(float64(x)*float64(x)) / float64(b); {
	case q < tiny*tiny:
		return x
	case q > 1/tiny && x < 0:
		return -1
	}
	return 0
}

func squareplusScalar32(dst, src []float32, b float32) {
	for i, x := range src {
		z, c := float64(x), float64(b)
		h := math.Abs(z) + math.Sqrt(float64(z*z)+c)
		y := h * .5
		if z < 0 {
			y = c * .5 / h
		}
		if !(y >= smallestNormal32) || doubtful32(y) {
			y = squareplusPrecise32(z, c)
		}
		dst[i] = float32(y)
	}
}

// squareplusPrecise32 is squareplus for any float32 values, through a pair, and
// rounded to float32.
func squareplusPrecise32(x, b float64) float64 {
	if b == 0 || !(math.Abs(x) <= math.MaxFloat32) || !(b <= math.MaxFloat32) {
		return squareplusLimit(x, b)
	}
	y, yl, _, _ := squareplusPair(x, b)
	return float64(round32(y, yl))
}

// squareplusLimit is squareplus where x is not finite or b is not a positive number.
func squareplusLimit(x, b float64) float64 {
	switch {
	case x < 0 && b >= 0 && b <= math.MaxFloat64:
		return 0
	case b == 0 && x == x:
		return math.Abs(x)
	}
	return (x + math.Sqrt(float64(x*x)+b)) * .5
}

// squareplusPair returns y = Squareplus(x, b) and r = sqrt(x^2+b) with errors of 2^-100
// or so. x^2, b and y must be well within the range of float64.
func squareplusPair(x, b float64) (y, yl, r, rl float64) {
	p := float64(x * x)
	s, sl := twoSum(p, b)
	sl += math.FMA(x, x, -p)
	r = math.Sqrt(s)
	rl = (math.FMA(-r, r, s) + sl) / (2 * r)
	h, hl := twoSum(math.Abs(x), r)
	h, hl = fastTwoSum(h, hl+rl)
	if x < 0 {
		y, yl = pairOver(.5*b, 0, h, hl)
	} else {
		y, yl = .5*h, .5*hl
	}
	return y, yl, r, rl
}

func squareplusGradScalar32(dst, grad, x []float32, b float32) {
	for i, x := range x {
		dst[i] = grad[i] * squareplusDerivative32(x, b)
	}
}

func squareplusDerivative32(x, b float32) float32 {
	z, c := float64(x), float64(b)
	r := math.Sqrt(float64(z*z) + c)
	h := math.Abs(z) + r
	d := h * .5 / r
	if z < 0 {
		d = c * .5 / float64(h*r)
	}
	if d >= smallestNormal32 && !doubtful32(d) {
		return float32(d)
	}
	if b == 0 || !(math.Abs(z) <= math.MaxFloat32) || !(c <= math.MaxFloat32) {
		return float32(squareplusDerivativeLimit(z, c))
	}
	return round32(pairOver(squareplusPair(z, c)))
}

// squareplusDerivativeLimit is the derivative where x is not finite or b is not a
// positive number.
func squareplusDerivativeLimit(x, b float64) float64 {
	switch {
	case !(b >= 0 && b <= math.MaxFloat64) || x != x || x == 0:
		return math.NaN()
	case x < 0:
		return 0
	}
	return 1
}

func squareplusScalar64(dst, src []float64, b float64) {
	for i, x := range src {
		dst[i] = squareplus64(x, b)
	}
}

func squareplusGradScalar64(dst, grad, x []float64, b float64) {
	for i, x := range x {
		dst[i] = grad[i] * squareplusDerivative64(x, b)
	}
}

// squareplusEnd64 is the largest |x| of the quick forms, for a b that is not unfit.
const squareplusEnd64 = 0x1p200

// squareplusUnfit64 reports whether the quick forms do not cover b: x^2+b and what is computed
// from it must be well within float64's range.
func squareplusUnfit64(b float64) bool { return !(0x1p-200 <= b && b <= 0x1p200) }

func squareplus64(x, b float64) float64 {
	if !(math.Abs(x) <= squareplusEnd64) || squareplusUnfit64(b) {
		y, _ := squareplusAny64(x, b)
		return y
	}
	h, hl, r, _, inverse := squareplusTerms64(x, b)
	if x >= 0 {
		return .5 * h
	}
	half := .5 * b
	inverse = float64(inverse * r)
	y := float64(half * inverse)
	return math.FMA(math.FMA(-y, hl, math.FMA(-y, h, half)), inverse, y)
}

// squareplusDerivative64 is (h/2)/r, and (b/2)/(h*r) for negative x, with an error below 0.51 ULP.
func squareplusDerivative64(x, b float64) float64 {
	if !(math.Abs(x) <= squareplusEnd64) || squareplusUnfit64(b) {
		_, d := squareplusAny64(x, b)
		return d
	}
	h, hl, d, dl, inverse := squareplusTerms64(x, b)
	n, nl := .5*h, .5*hl
	if x < 0 {
		n, nl = .5*b, 0
		product := float64(h * d)
		d, dl = product, math.FMA(hl, d, math.FMA(h, dl, math.FMA(h, d, -product)))
	} else {
		inverse = float64(inverse * h)
	}
	y := float64(n * inverse)
	return math.FMA(math.FMA(-y, dl, math.FMA(-y, d, n))+nl, inverse, y)
}

// squareplusTerms64 returns h+hl = |x| + r+rl, r+rl = sqrt(x^2+b) and 1/(h*r) to some 2^-50: one
// division for the two quotients 1/r and 1/h.
func squareplusTerms64(x, b float64) (h, hl, r, rl, inverse float64) {
	p := float64(x * x)
	s, sl := twoSum(p, b)
	sl = math.FMA(x, x, -p) + sl
	r = math.Sqrt(s)
	h, hl = fastTwoSum(r, math.Abs(x)) // r is not below |x|
	inverse = 1 / float64(h*r)
	rl = float64((math.FMA(-r, r, s) + sl) * float64(float64(inverse*h)*.5))
	h, hl = fastTwoSum(h, rl+hl)
	return h, hl, r, rl, inverse
}

// squareplusAny64 returns squareplus and its derivative for any x and b.
func squareplusAny64(x, b float64) (y, d float64) {
	a := math.Abs(x)
	switch {
	case a < 0x1p200 && b > 0x1p-400 && b < 0x1p400:
		y, yl, r, rl := squareplusPair(x, b)
		d, _ := pairOver(y, yl, r, rl)
		return y, d
	case !(b > 0 && a <= math.MaxFloat64 && b <= math.MaxFloat64):
		return squareplusLimit(x, b), squareplusDerivativeLimit(x, b)
	}
	root := math.Sqrt(b)
	switch {
	case root < a*0x1p-100 && x > 0:
		return x, 1
	case root < a*0x1p-100:
		return b / a / 4, squareplusFar(a, b)
	case a < root*0x1p-100:
		return root / 2, .5
	}
	// The function is homogeneous: (x, b) may be multiplied by (k, k^2).
	_, e := math.Frexp(root)
	y, d = squareplusAny64(math.Ldexp(x, -e), math.Ldexp(b, -2*e))
	return math.Ldexp(y, e), d
}

// squareplusFar returns b/(4a^2) rounded, and twice rounded where it is subnormal.
func squareplusFar(a, b float64) float64 {
	m, e := math.Frexp(a)
	n, f := math.Frexp(b)
	p := float64(m * m)
	d, _ := pairOver(n, 0, p, math.FMA(m, m, -p))
	return math.Ldexp(d, f-2*e-2)
}
