package reference

import "math"

// Errors of the hard swish's functions, see the package comment.
const (
	HardswishULP           = 4
	HardswishDerivativeULP = 2.5
)

// Hardswish returns x * min(max(0, x+3), 6)/6 [Howard 2019, MobileNetV3].
//
// Hardswish(±0) = ±0, Hardswish(x) = -0 for x <= -3, which it comes to from
// below, and for -Inf; Hardswish(NaN) = NaN.
func Hardswish(x float64) float64 {
	switch {
	case x <= -3:
		return math.Copysign(0, -1)
	case x >= 3:
		return x
	}
	return x * (x + 3) / 6
}

// HardswishDerivative returns 0 for x <= -3, 1 for x >= 3 and (2x+3)/6 between.
//
// At the kinks these are the one-sided derivatives of smaller magnitude.
// HardswishDerivative(NaN) = NaN.
func HardswishDerivative(x float64) float64 {
	switch {
	case x <= -3:
		return 0
	case x >= 3:
		return 1
	}
	return (2*x + 3) / 6
}
