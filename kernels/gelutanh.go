package kernels

import "math"

var geluTanh = Operation{
	Name:       "gelutanh",
	forward32:  perVariant[ForwardFunc[float32]]{Scalar: geluTanhScalar32, Unrolled: geluTanhUnrolled32, AVX2: geluTanhAVX2, AVX512: geluTanhAVX512},
	forward64:  perVariant[ForwardFunc[float64]]{Scalar: geluTanhScalar64, AVX2: geluTanh64AVX2, AVX512: geluTanh64AVX512},
	backward32: perVariant[BackwardFunc[float32]]{Scalar: geluTanhGradScalar32, AVX2: geluTanhGradAVX2, AVX512: geluTanhGradAVX512},
	backward64: perVariant[BackwardFunc[float64]]{Scalar: geluTanhGradScalar64, AVX2: geluTanhGrad64AVX2, AVX512: geluTanhGrad64AVX512},
	fuses:      true,
	fused32:    perVariant[FusedFunc[float32]]{AVX2: geluTanhFusedAVX2, AVX512: geluTanhFusedAVX512},
	side:       aboveTangent,
}

// GELUTanh computes the Gaussian error linear unit in its tanh form,
// dst[i] = x/2 * (1 + tanh(u)), u = sqrt(2/pi) * (x + .044715 x^3), for x = src[i]
// (Hendrycks and Gimpel 2016). sqrt(2/pi) is the real number and .044715 the
// float64. It is x/(1 + e^(-2u)), which does not cancel.
//
// GELUTanh(+-0) = +-0, GELUTanh(+Inf) = +Inf, GELUTanh(-Inf) = -0,
// GELUTanh(NaN) = NaN. The negative tail is not flushed.
//
// float32: correctly rounded. float64: faithful, error below 0.67 ULP and below
// 1 where the result is subnormal: tested, not proven.
func GELUTanh[T Float](dst, src []T) { forward(&geluTanh, dst, src, 0) }

// GELUTanhGrad computes dst[i] = grad[i] * d(x[i]), d the derivative of the tanh form:
// d(x) = s + x s (1-s) 2u', s = 1/(1 + e^(-2u)), u' = sqrt(2/pi) (1 + 3 * .044715 x^2).
//
// d(-Inf) = -0, d(+Inf) = 1. In float32 d is correctly rounded, around its zero
// at -0.7524614 and in the tail too, and the product is one more rounding; in
// float64 d is faithful.
//
// The error is at most 1.5 ULP for float32 and 2.5 for float64, and |grad|*2^-150 or
// |grad|*2^-1074 more where d is subnormal, which a large gradient shows.
func GELUTanhGrad[T Float](dst, grad, x []T) { backward(&geluTanh, dst, grad, x, 0) }

// GELUTanhWithDerivative computes dst[i] = f(x) and derivative[i] = f'(x) of x = src[i]: the bits of
// [GELUTanh], and those of [GELUTanhGrad] with gradients of 1. In float32 vectors one exponential serves both.
// [Bilinear] of a gradient and derivative is then what GELUTanhGrad computes.
//
// dst and derivative must not overlap; either may be exactly src.
func GELUTanhWithDerivative[T Float](dst, derivative, src []T) {
	fused(&geluTanh, dst, derivative, src)
}

const (
	// Where |x| is in [geluQuickLow, geluTanhQuickHigh] float32 results are normal.
	geluTanhQuickHigh = 10

	// Beyond these |x| GELUTanh and its derivative are their limits.
	geluTanhEnd32, geluTanhEnd64 = 11, 22

	// Near D's zero D comes from a polynomial in the distance, up to this one.
	geluTanhNear = 0x1p-4
)

// With v(a) = 2u(a), E = e^-v and a = |x| the kernels compute
//
//	T(a) = a E/(1+E)                          gelu(x)  = max(x, 0) - T(a)
//	D(a) = E/(1+E)^2 (1 + E - a v'(a))        gelu'(x) = D(a) for x < 0, 1 - D(a) above
//
// on a quick and a precise way, as erf.go says. Near D's zero its last factor
// cancels, so that D comes from a polynomial there.

func geluTanhScalar32(dst, src []float32, _ float32) {
	for i, x := range src {
		dst[i] = geluTanh32(x)
	}
}

// geluTanhUnrolled32 keeps four elements in flight, with one test for all of them.
func geluTanhUnrolled32(dst, src []float32, _ float32) {
	for len(src) >= 4 && len(dst) >= 4 {
		x, d := (*[4]float32)(src), (*[4]float32)(dst)
		doubt := outside4(x, geluQuickLowBits, bits10-geluQuickLowBits)
		if !doubt {
			z0, a0 := float64(x[0]), math.Abs(float64(x[0]))
			z1, a1 := float64(x[1]), math.Abs(float64(x[1]))
			z2, a2 := float64(x[2]), math.Abs(float64(x[2]))
			z3, a3 := float64(x[3]), math.Abs(float64(x[3]))
			s0, p0 := expQuick(-a0 * (geluTanhK1Hi + float64(geluTanhK3Hi*float64(a0*a0))))
			s1, p1 := expQuick(-a1 * (geluTanhK1Hi + float64(geluTanhK3Hi*float64(a1*a1))))
			s2, p2 := expQuick(-a2 * (geluTanhK1Hi + float64(geluTanhK3Hi*float64(a2*a2))))
			s3, p3 := expQuick(-a3 * (geluTanhK1Hi + float64(geluTanhK3Hi*float64(a3*a3))))
			e0 := s0 + float64(s0*p0)
			e1 := s1 + float64(s1*p1)
			e2 := s2 + float64(s2*p2)
			e3 := s3 + float64(s3*p3)
			y0 := float64(.5*(z0+a0)) - float64(a0*e0)/(1+e0)
			y1 := float64(.5*(z1+a1)) - float64(a1*e1)/(1+e1)
			y2 := float64(.5*(z2+a2)) - float64(a2*e2)/(1+e2)
			y3 := float64(.5*(z3+a3)) - float64(a3*e3)/(1+e3)
			if doubt = doubtful4(y0, y1, y2, y3); !doubt {
				d[0], d[1], d[2], d[3] = float32(y0), float32(y1), float32(y2), float32(y3)
			}
		}
		if doubt {
			for i, x := range *x {
				d[i] = geluTanh32(x)
			}
		}
		src, dst = src[4:], dst[4:]
	}
	geluTanhScalar32(dst, src, 0)
}

func geluTanh32(x float32) float32 {
	z := float64(x)
	if a := math.Abs(z); geluQuickLow <= a && a <= geluTanhQuickHigh {
		s, p := expQuick(-a * (geluTanhK1Hi + float64(geluTanhK3Hi*float64(a*a))))
		e := s + float64(s*p)
		if y := float64(.5*(z+a)) - float64(a*e)/(1+e); !doubtful32(y) {
			return float32(y)
		}
	}
	return geluTanhPrecise32(z)
}

// geluTanhPrecise32 is gelutanh for any float32 z, through a pair.
func geluTanhPrecise32(z float64) float32 {
	if math.Abs(z) < geluTanhEnd32 {
		y := geluTanhPair(z)
		return round32(y.hi, y.lo)
	}
	return geluLimit(float32(z))
}

func geluTanhScalar64(dst, src []float64, _ float64) {
	for i, x := range src {
		dst[i] = geluTanh64(x)
	}
}

// geluTanh64 is x/(1 + e^-v), v as a sum of two, and below -21, where e^-v may be beyond
// e^end64, the tail as a pair.
func geluTanh64(x float64) float64 {
	switch {
	case x >= -21 && x <= math.MaxFloat64:
		d, dl := geluTanhDivisor(x)
		inverse := 1 / d
		y := float64(x * inverse)
		e := math.FMA(-y, dl, math.FMA(-y, d, x)) // x - y*(d+dl)
		return math.Copysign(math.FMA(e, inverse, y), x)
	case x < 0 && x > -geluTanhEnd64:
		return -geluTanhTail(-x).round() * down
	}
	return geluLimit(x)
}

// geluTanhDivisor returns 1 + e^-v as d+dl, for -21 <= x. Above 8 it is that of 8, which is 1
// to 2^-71.
func geluTanhDivisor(x float64) (d, dl float64) {
	if x > 8 {
		x = 8
	}
	square := float64(x * x)
	cubic := float64(geluTanhK3Hi * square)
	rest := math.FMA(geluTanhK3Hi, math.FMA(x, x, -square), math.FMA(geluTanhK3Hi, square, -cubic))
	w, wl := twoSum(cubic, geluTanhK1Hi)
	wl = wl + math.FMA(geluTanhK3Lo, square, rest) + geluTanhK1Lo
	v := float64(x * w)
	vl := math.FMA(x, wl, math.FMA(x, w, -v))
	s, exact, restOfStep := expSplit(-v)
	return onePlus(s, expm1Short(exact, restOfStep-vl))
}

// geluTanhParts returns 2^512 E and a v'(a), for a < 22.
func geluTanhParts(a float64) (e, slope pair) {
	square := float64(a * a)
	cubic := pair{square, math.FMA(a, a, -square)}.times(pair{geluTanhK3Hi, geluTanhK3Lo})
	linear := pair{geluTanhK1Hi, geluTanhK1Lo}
	v := linear.plus(cubic).times(pair{a, 0})
	// 3*cubic = cubic + 2*cubic: doubling is exact.
	slope = linear.plus(cubic).plus(cubic.scaled(2)).times(pair{a, 0})
	return expUp(-v.hi, -v.lo), slope
}

// geluTanhTail is 2^512 T(a), for geluHalf <= a < 22.
func geluTanhTail(a float64) pair {
	e, _ := geluTanhParts(a)
	return e.times(pair{a, 0}).over(pair{1, 0}.plus(e.scaled(down)))
}

// geluTanhPair is gelutanh(x) for |x| < 22, as a pair where that is not subnormal.
func geluTanhPair(x float64) pair {
	a := math.Abs(x)
	if a < geluHalf { // x/2 + x^2/sqrt(2 pi) + ...: the second term only says on which side
		return pair{.5 * x, float64(.4 * x * x)}
	}
	tail := geluTanhTail(a).scaled(down).negated()
	if x < 0 {
		return tail
	}
	return pair{x, 0}.plus(tail)
}

func geluTanhGradScalar32(dst, grad, x []float32, _ float32) {
	for i, x := range x {
		dst[i] = grad[i] * geluTanhSlope32(x)
	}
}

// geluTanhSlope32 is d(x), correctly rounded.
func geluTanhSlope32(x float32) float32 {
	z := float64(x)
	if a := math.Abs(z); a <= geluTanhQuickHigh {
		if d := slopeFromTail(z, geluTanhTailSlopeQuick(a)); !doubtful32(d) {
			return float32(d)
		}
	}
	return geluTanhSlopePrecise32(z)
}

// geluTanhTailSlopeQuick is D(a).
func geluTanhTailSlopeQuick(a float64) float64 {
	if t := a - geluTanhRootHi - geluTanhRootLo; math.Abs(t) < geluTanhNear {
		c := &geluTanhNearRoot
		q := c[len(c)-1]
		for i := len(c) - 2; i >= 2; i-- {
			q = float64(q*t) + c[i]
		}
		return float64(t * (float64(q*t) + c[0]))
	}
	square := float64(a * a)
	s, p := expQuick(-a * (geluTanhK1Hi + float64(geluTanhK3Hi*square)))
	e := s + float64(s*p)
	slope := float64(a * (geluTanhK1Hi + float64(3*geluTanhK3Hi*square)))
	return e * (1 + e - slope) / float64((1+e)*(1+e))
}

// geluTanhSlopePrecise32 is d(z) for any float32 z, through a pair.
func geluTanhSlopePrecise32(z float64) float32 {
	if math.Abs(z) < geluTanhEnd32 {
		d := geluTanhSlopePair(z)
		return round32(d.hi, d.lo)
	}
	return geluSlopeLimit(float32(z))
}

func geluTanhGradScalar64(dst, grad, x []float64, _ float64) {
	for i, x := range x {
		dst[i] = grad[i] * geluTanhSlope64(x)
	}
}

// geluTanhSlope64 is d(x), with an error below 0.6 ULP, and below 1 where it is subnormal.
func geluTanhSlope64(x float64) float64 {
	switch {
	case x >= -21:
		return geluTanhSlopeNormal64(x)
	case x < 0 && x > -geluTanhEnd64:
		return geluTanhTailSlope(-x).round() * down
	}
	return geluSlopeLimit(x)
}

// geluTanhSlopeNormal64 is d(x) for -21 <= x, a sequence of operations as in exp64.go. With t = x - x0
// from the derivative's zero x0, w = e^v(x0) and S = x^2 + x x0 + x0^2,
//
//	v(x) - v(x0) = t (K1 + K3 S)
//	1 + e^v + x v' = t (K1 + 3 K3 S) + w (e^(v(x)-v(x0)) - 1)
//
// whose terms have one sign, and d = e^v (1 + e^v + x v') / (1 + e^v)^2.
func geluTanhSlopeNormal64(x float64) float64 {
	if x > 8 {
		x = 8 // d is 1 + 110*e^-49, which rounds to 1
	}
	t, tl := twoSum(x, geluTanhRootHi)
	t, tl = fastTwoSum(t, tl+geluTanhRootLo)
	b, bl := twoSum(x, -geluTanhRootHi)
	square := float64(b * x)
	low := math.FMA(bl-geluTanhRootLo, x, math.FMA(b, x, -square))
	square, sl := twoSum(square, geluTanhRootSquare0)
	sl = sl + low + geluTanhRootSquare1
	cubic := float64(square * geluTanhK3Hi)
	cl := math.FMA(square, geluTanhK3Lo, math.FMA(sl, geluTanhK3Hi, math.FMA(square, geluTanhK3Hi, -cubic)))
	linear, ll := twoSum(cubic, geluTanhK1Hi)
	ll = ll + cl + geluTanhK1Lo
	slope, rest := twoSum(linear, cubic+cubic)
	slope, rest = product(t, tl, slope, rest+ll+(cl+cl))
	linear, ll = product(t, tl, linear, ll)
	s, exact, restOfStep := expSplit(linear)
	p, pl := expm1Long(exact, restOfStep+ll)
	return atZero64(slope, rest, s, p, pl, geluTanhAtRoot0, geluTanhAtRoot1)
}

// geluTanhTailSlope is 2^512 D(a), for a < 22.
func geluTanhTailSlope(a float64) pair {
	t := pair{a, 0}.plus(pair{-geluTanhRootHi, -geluTanhRootLo})
	if math.Abs(t.hi) < geluTanhNear {
		c := &geluTanhNearRoot
		q := c[len(c)-1]
		for i := len(c) - 2; i >= 3; i-- {
			q = float64(q*t.hi) + c[i]
		}
		linear := pair{c[2], float64(q * t.hi)}.times(t)
		return pair{c[0], c[1]}.plus(linear).times(t).scaled(1 / down)
	}
	e, slope := geluTanhParts(a)
	one := pair{1, 0}.plus(e.scaled(down))
	return e.times(one.plus(slope.negated())).over(one.times(one))
}

// geluTanhSlopePair is d(x) for |x| < 22, as a pair where that is not subnormal.
func geluTanhSlopePair(x float64) pair {
	d := geluTanhTailSlope(math.Abs(x)).scaled(down)
	if x < 0 {
		return d
	}
	return pair{1, 0}.plus(d.negated())
}
