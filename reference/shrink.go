package reference

import "math"

// Errors of the shrinking functions, see the package comment. The one rounding
// is that of a difference.
const (
	HardshrinkULP           = 0
	HardshrinkDerivativeULP = 0
	SoftshrinkULP           = 0.5
	SoftshrinkDerivativeULP = 0
)

// Hardshrink returns x for |x| > lambda and 0 with x's sign otherwise, for
// lambda >= 0 [Donoho and Johnstone 1994, hard thresholding].
//
// Hardshrink(±0) = ±0, Hardshrink(NaN) = NaN.
func Hardshrink(x, lambda float64) float64 {
	if math.Abs(x) <= lambda {
		return math.Copysign(0, x)
	}
	return x
}

// HardshrinkDerivative returns 1 for |x| > lambda and 0 otherwise.
//
// HardshrinkDerivative(±lambda) = 0, HardshrinkDerivative(NaN) = NaN.
func HardshrinkDerivative(x, lambda float64) float64 {
	switch {
	case math.Abs(x) > lambda:
		return 1
	case math.Abs(x) <= lambda:
		return 0
	}
	return x
}

// Softshrink returns x-lambda for x > lambda, x+lambda for x < -lambda and 0 with
// x's sign between, for lambda >= 0 [Donoho and Johnstone 1994, soft thresholding].
//
// Softshrink(±0) = ±0, Softshrink(±Inf) = ±Inf, Softshrink(NaN) = NaN.
func Softshrink(x, lambda float64) float64 {
	switch {
	case x > lambda:
		return x - lambda
	case x < -lambda:
		return x + lambda
	case math.IsNaN(x):
		return x
	}
	return math.Copysign(0, x)
}

// SoftshrinkDerivative returns 1 for |x| > lambda and 0 otherwise.
//
// SoftshrinkDerivative(±lambda) = 0, SoftshrinkDerivative(NaN) = NaN.
func SoftshrinkDerivative(x, lambda float64) float64 { return HardshrinkDerivative(x, lambda) }
