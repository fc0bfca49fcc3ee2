package reference

// ReLU and its derivative are exact.
const (
	ReLUULP           = 0
	ReLUDerivativeULP = 0
)

// ReLU returns max(0, x).
//
// ReLU(-0) = -0, ReLU(NaN) = NaN.
func ReLU(x float64) float64 {
	if x < 0 {
		return 0
	}
	return x
}

// ReLUDerivative returns 1 for x > 0 and 0 below.
//
// ReLUDerivative(±0) = 0, ReLUDerivative(NaN) = NaN.
func ReLUDerivative(x float64) float64 {
	switch {
	case x > 0:
		return 1
	case x <= 0:
		return 0
	}
	return x
}
