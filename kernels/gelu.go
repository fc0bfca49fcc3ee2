package kernels

import "math"

var gelu = Operation{
	Name:       "gelu",
	forward32:  perVariant[ForwardFunc[float32]]{Scalar: geluScalar32, Unrolled: geluUnrolled32, AVX2: geluAVX2, AVX512: geluAVX512},
	forward64:  perVariant[ForwardFunc[float64]]{Scalar: geluScalar64},
	backward32: perVariant[BackwardFunc[float32]]{Scalar: geluGradScalar32, Unrolled: geluGradUnrolled32, AVX2: geluGradAVX2, AVX512: geluGradAVX512},
	backward64: perVariant[BackwardFunc[float64]]{Scalar: geluGradScalar64},
	fuses:      true,
	fused32:    perVariant[FusedFunc[float32]]{AVX2: geluFusedAVX2, AVX512: geluFusedAVX512},
	side:       aboveTangent,
}

// GELU computes the Gaussian error linear unit in its error function form,
// dst[i] = x*Phi(x) = x/2 * (1 + erf(x/sqrt(2))) for x = src[i]
// (Hendrycks and Gimpel 2016).
//
// GELU(+-0) = +-0, GELU(+Inf) = +Inf, GELU(-Inf) = -0, GELU(NaN) = NaN. The
// negative tail is not flushed: it goes down through the subnormals.
//
// float32: correctly rounded. float64: faithful, error below 0.55 ULP and below
// 1 where the result is subnormal: tested, not proven.
func GELU[T Float](dst, src []T) { forward(&gelu, dst, src, 0) }

// GELUGrad computes dst[i] = grad[i] * d(x[i]) with
// d(x) = Phi(x) + x*phi(x), phi the standard normal density.
//
// d(-Inf) = -0, d(+Inf) = 1. In float32 d is correctly rounded, around its zero
// at -0.7517916 and in the tail too, and the product is one more rounding; in
// float64 d is faithful.
//
// The error is at most 1.5 ULP for float32 and 2.5 for float64, and |grad|*2^-150 or
// |grad|*2^-1074 more where d is subnormal, which a large gradient shows.
func GELUGrad[T Float](dst, grad, x []T) { backward(&gelu, dst, grad, x, 0) }

// GELUWithDerivative computes dst[i] = f(x) and derivative[i] = f'(x) of x = src[i]: the bits of
// [GELU], and those of [GELUGrad] with gradients of 1. In float32 vectors one exponential serves both.
// [Bilinear] of a gradient and derivative is then what GELUGrad computes.
//
// dst and derivative must not overlap; either may be exactly src.
func GELUWithDerivative[T Float](dst, derivative, src []T) { fused(&gelu, dst, derivative, src) }

const (
	// Where |x| is in [geluQuickLow, geluQuickHigh] float32 results are normal.
	geluQuickLow, geluQuickHigh         = 0x1p-124, 13
	geluQuickLowBits, geluQuickHighBits = 3 << 23, 0x41500000 // their float32

	// Below this |x| GELU is x/2 to less than a quarter of float64's ULP.
	geluHalf = 0x1p-55

	// Beyond these |x| GELU and its derivative are their limits: the tail is
	// below half the smallest subnormal.
	geluEnd32, geluEnd64 = 15, 39
)

func geluScalar32(dst, src []float32, _ float32) {
	for i, x := range src {
		dst[i] = gelu32(x)
	}
}

// geluUnrolled32 keeps four elements in flight, with one test for all of them.
func geluUnrolled32(dst, src []float32, _ float32) {
	for len(src) >= 4 && len(dst) >= 4 {
		x, d := (*[4]float32)(src), (*[4]float32)(dst)
		doubt := outside4(x, geluQuickLowBits, geluQuickHighBits-geluQuickLowBits)
		if !doubt {
			z0, a0 := float64(x[0]), math.Abs(float64(x[0]))
			z1, a1 := float64(x[1]), math.Abs(float64(x[1]))
			z2, a2 := float64(x[2]), math.Abs(float64(x[2]))
			z3, a3 := float64(x[3]), math.Abs(float64(x[3]))
			s0, p0 := expQuick(float64(-.5*a0) * a0)
			s1, p1 := expQuick(float64(-.5*a1) * a1)
			s2, p2 := expQuick(float64(-.5*a2) * a2)
			s3, p3 := expQuick(float64(-.5*a3) * a3)
			y0 := float64(.5*(z0+a0)) - float64(a0*(s0+float64(s0*p0))*tailRowAt(&tailTable, a0).quick(a0))
			y1 := float64(.5*(z1+a1)) - float64(a1*(s1+float64(s1*p1))*tailRowAt(&tailTable, a1).quick(a1))
			y2 := float64(.5*(z2+a2)) - float64(a2*(s2+float64(s2*p2))*tailRowAt(&tailTable, a2).quick(a2))
			y3 := float64(.5*(z3+a3)) - float64(a3*(s3+float64(s3*p3))*tailRowAt(&tailTable, a3).quick(a3))
			if doubt = doubtful4(y0, y1, y2, y3); !doubt {
				d[0], d[1], d[2], d[3] = float32(y0), float32(y1), float32(y2), float32(y3)
			}
		}
		if doubt {
			for i, x := range *x {
				d[i] = gelu32(x)
			}
		}
		src, dst = src[4:], dst[4:]
	}
	geluScalar32(dst, src, 0)
}

func gelu32(x float32) float32 {
	z := float64(x)
	if a := math.Abs(z); geluQuickLow <= a && a <= geluQuickHigh {
		s, p := expQuick(float64(-.5*a) * a)
		tail := float64(a * (s + float64(s*p)) * tailRowAt(&tailTable, a).quick(a))
		if y := float64(.5*(z+a)) - tail; !doubtful32(y) { // z+a is 0 or 2z
			return float32(y)
		}
	}
	return geluPrecise32(z)
}

// geluPrecise32 is gelu for any float32 z, through a pair.
func geluPrecise32(z float64) float32 {
	if math.Abs(z) < geluEnd32 {
		y := geluPair(z)
		return round32(y.hi, y.lo)
	}
	return geluLimit(float32(z))
}

func geluScalar64(dst, src []float64, _ float64) {
	for i, x := range src {
		dst[i] = gelu64(x)
	}
}

func gelu64(x float64) float64 {
	switch a := math.Abs(x); {
	case !(a < geluEnd64):
		return geluLimit(x)
	case a < geluHalf:
		return .5 * x
	case x < -1: // the result may be subnormal
		return -geluTail(a).round() * down
	}
	return geluPair(x).round()
}

// geluLimit is gelu far out: x, -0 or NaN.
func geluLimit[T Float](x T) T {
	switch {
	case x > 0:
		return x
	case x < 0:
		return T(math.Copysign(0, -1))
	}
	return x + x // a quiet NaN
}

// geluTail is 2^512 a*Q(a), for geluHalf <= a < 39.
func geluTail(a float64) pair {
	return gaussian(a).times(tailRowAt(&tailTable, a).precise(a)).times(pair{a, 0})
}

// geluPair is gelu(x) for |x| < 39, as a pair where that is not subnormal.
func geluPair(x float64) pair {
	a := math.Abs(x)
	if a < geluHalf { // x/2 + x^2/sqrt(2 pi) + ...: the second term only says on which side
		return pair{.5 * x, float64(.4 * x * x)}
	}
	tail := geluTail(a).scaled(down).negated()
	if x < 0 {
		return tail
	}
	return pair{x, 0}.plus(tail)
}

func geluGradScalar32(dst, grad, x []float32, _ float32) {
	for i, x := range x {
		dst[i] = grad[i] * geluSlope32(x)
	}
}

func geluGradUnrolled32(dst, grad, x []float32, _ float32) {
	for len(x) >= 4 && len(grad) >= 4 && len(dst) >= 4 {
		v, g, d := (*[4]float32)(x), (*[4]float32)(grad), (*[4]float32)(dst)
		doubt := outside4(v, 0, geluQuickHighBits)
		if !doubt {
			z0, a0 := float64(v[0]), math.Abs(float64(v[0]))
			z1, a1 := float64(v[1]), math.Abs(float64(v[1]))
			z2, a2 := float64(v[2]), math.Abs(float64(v[2]))
			z3, a3 := float64(v[3]), math.Abs(float64(v[3]))
			s0, p0 := expQuick(float64(-.5*a0) * a0)
			s1, p1 := expQuick(float64(-.5*a1) * a1)
			s2, p2 := expQuick(float64(-.5*a2) * a2)
			s3, p3 := expQuick(float64(-.5*a3) * a3)
			y0 := slopeFromTail(z0, (s0+float64(s0*p0))*tailRowAt(&tailSlopeTable, a0).quick(a0)*(a0-geluRootHi-geluRootLo))
			y1 := slopeFromTail(z1, (s1+float64(s1*p1))*tailRowAt(&tailSlopeTable, a1).quick(a1)*(a1-geluRootHi-geluRootLo))
			y2 := slopeFromTail(z2, (s2+float64(s2*p2))*tailRowAt(&tailSlopeTable, a2).quick(a2)*(a2-geluRootHi-geluRootLo))
			y3 := slopeFromTail(z3, (s3+float64(s3*p3))*tailRowAt(&tailSlopeTable, a3).quick(a3)*(a3-geluRootHi-geluRootLo))
			if doubt = doubtful4(y0, y1, y2, y3); !doubt {
				d[0], d[1], d[2], d[3] = g[0]*float32(y0), g[1]*float32(y1), g[2]*float32(y2), g[3]*float32(y3)
			}
		}
		if doubt {
			for i, x := range *v {
				d[i] = g[i] * geluSlope32(x)
			}
		}
		x, grad, dst = x[4:], grad[4:], dst[4:]
	}
	geluGradScalar32(dst, grad, x, 0)
}

// geluSlope32 is d(x), correctly rounded.
func geluSlope32(x float32) float32 {
	z := float64(x)
	if a := math.Abs(z); a <= geluQuickHigh {
		s, p := expQuick(float64(-.5*a) * a)
		tail := (s + float64(s*p)) * tailRowAt(&tailSlopeTable, a).quick(a) * (a - geluRootHi - geluRootLo)
		if d := slopeFromTail(z, tail); !doubtful32(d) {
			return float32(d)
		}
	}
	return geluSlopePrecise32(z)
}

// slopeFromTail is d for x < 0 and 1-d for x > 0, without a branch: the signs of
// inputs are what a branch cannot predict.
func slopeFromTail(x, d float64) float64 {
	sign := math.Copysign(1, x)
	return float64(.5*(1+sign)) - float64(sign*d)
}

// geluSlopePrecise32 is d(z) for any float32 z, through a pair.
func geluSlopePrecise32(z float64) float32 {
	if math.Abs(z) < geluEnd32 {
		d := geluSlopePair(z)
		return round32(d.hi, d.lo)
	}
	return geluSlopeLimit(float32(z))
}

func geluGradScalar64(dst, grad, x []float64, _ float64) {
	for i, x := range x {
		dst[i] = grad[i] * geluSlope64(x)
	}
}

// geluSlope64 is d(x), faithful.
func geluSlope64(x float64) float64 {
	switch a := math.Abs(x); {
	case !(a < geluEnd64):
		return geluSlopeLimit(x)
	case x < -1: // the result may be subnormal
		return geluTailSlope(a).round() * down
	}
	return geluSlopePair(x).round()
}

// geluSlopeLimit is d far out: 1, -0 or NaN.
func geluSlopeLimit[T Float](x T) T {
	switch {
	case x > 0:
		return 1
	case x < 0:
		return T(math.Copysign(0, -1))
	}
	return x + x
}

// geluTailSlope is 2^512 D(a) for a < 39.
func geluTailSlope(a float64) pair {
	fromRoot := pair{a, 0}.plus(pair{-geluRootHi, -geluRootLo})
	return gaussian(a).times(tailRowAt(&tailSlopeTable, a).precise(a)).times(fromRoot)
}

// geluSlopePair is d(x) for |x| < 39, as a pair where that is not subnormal.
func geluSlopePair(x float64) pair {
	d := geluTailSlope(math.Abs(x)).scaled(down)
	if x < 0 {
		return d
	}
	return pair{1, 0}.plus(d.negated())
}
