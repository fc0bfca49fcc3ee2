package kernels

import "math"

var gelu = Operation{
	Name:       "gelu",
	forward32:  perVariant[ForwardFunc[float32]]{Scalar: geluScalar32},
	forward64:  perVariant[ForwardFunc[float64]]{Scalar: geluScalar64},
	backward32: perVariant[BackwardFunc[float32]]{Scalar: geluGradScalar32},
	backward64: perVariant[BackwardFunc[float64]]{Scalar: geluGradScalar64},
}

// GELU computes the Gaussian error linear unit in its error function form,
// dst[i] = x*Phi(x) = x/2 * (1 + erf(x/sqrt(2))) for x = src[i]
// (Hendrycks and Gimpel 2016).
//
// GELU(+-0) = +-0, GELU(+Inf) = +Inf, GELU(-Inf) = -0, GELU(NaN) = NaN. The
// negative tail is not flushed: it goes down through the subnormals.
//
// float32 is correctly rounded (0.5 ULP), which is proven on all inputs;
// float64 is faithful (< 1 ULP).
func GELU[T Float](dst, src []T) { forward(&gelu, dst, src, 0) }

// GELUGrad computes dst[i] = grad[i] * d(x[i]) with
// d(x) = Phi(x) + x*phi(x), phi the standard normal density.
//
// d(-Inf) = -0, d(+Inf) = 1. In float32 d is correctly rounded, around its zero
// at -0.7517916 and in the tail too, and the product is one more rounding; in
// float64 d is faithful.
func GELUGrad[T Float](dst, grad, x []T) { backward(&gelu, dst, grad, x, 0) }

const (
	// Where |x| is in [geluQuickLow, geluQuickHigh] float32 results are normal.
	geluQuickLow, geluQuickHigh = 0x1p-124, 13

	// Beyond these |x| GELU and its derivative are their limits: the tail is
	// below half the smallest subnormal.
	geluEnd32, geluEnd64 = 15, 39
)

func geluScalar32(dst, src []float32, _ float32) {
	for i, x := range src {
		dst[i] = gelu32(x)
	}
}

func gelu32(x float32) float32 {
	z := float64(x)
	if a := math.Abs(z); geluQuickLow <= a && a <= geluQuickHigh {
		s, p := expQuick(float64(-.5*a) * a)
		tail := float64(a * (s + float64(s*p)) * tailRowAt(&tailTable, a).quick(a))
		if y := max(z, 0) - tail; !doubtful32(y) {
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

// geluTail is 2^512 a*Q(a), for 2^-55 <= a < 39.
func geluTail(a float64) pair {
	return gaussian(a).times(tailRowAt(&tailTable, a).precise(a)).times(pair{a, 0})
}

// geluPair is gelu(x) for |x| < 39, as a pair where that is not subnormal.
func geluPair(x float64) pair {
	a := math.Abs(x)
	if a < 0x1p-55 { // x/2 + x^2/sqrt(2 pi) + ...: the second term only says on which side
		return pair{.5 * x, float64(.4*x) * x}
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

// geluSlope32 is d(x), correctly rounded.
func geluSlope32(x float32) float32 {
	z := float64(x)
	if a := math.Abs(z); a <= geluQuickHigh {
		s, p := expQuick(float64(-.5*a) * a)
		d := (s + float64(s*p)) * tailRowAt(&tailSlopeTable, a).quick(a) * (a - geluRootHi - geluRootLo)
		if x > 0 {
			d = 1 - d
		}
		if !doubtful32(d) {
			return float32(d)
		}
	}
	return geluSlopePrecise32(z)
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
