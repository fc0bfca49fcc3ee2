package reference

import "math"

// Errors of the leaky ReLU's functions, see the package comment. The one
// rounding is that of a product, which is exact for float32 values.
const (
	LeakyReLUULP           = 0.5
	LeakyReLUDerivativeULP = 0
)

// LeakyReLU returns x for x > 0 and slope*x otherwise.
//
// LeakyReLU(±Inf) = ±Inf for a positive slope. With slope 0 negative x give -0,
// and so does the limit, LeakyReLU(-Inf, 0).
func LeakyReLU(x, slope float64) float64 {
	if x > 0 {
		return x
	}
	if slope == 0 && math.IsInf(x, -1) {
		return -slope // slope*x would be NaN
	}
	return slope * x
}

// LeakyReLUDerivative returns 1 for x > 0 and slope otherwise.
//
// LeakyReLUDerivative(±0) = slope, LeakyReLUDerivative(NaN) = NaN.
func LeakyReLUDerivative(x, slope float64) float64 {
	switch {
	case x > 0:
		return 1
	case x <= 0:
		return slope
	}
	return x
}

// ProductExact reports whether a*b is a float64, so that the product's
// rounding error is 0 rather than half an ulp. It is for float32 factors.
func ProductExact(a, b float64) bool {
	p := a * b
	// Below 2^-969 the error itself may underflow and look like 0.
	return a == 0 || b == 0 || math.Abs(p) >= 0x1p-969 && math.FMA(a, b, -p) == 0
}
