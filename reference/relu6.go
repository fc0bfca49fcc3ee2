package reference

// ReLU6 and its derivative are exact.
const (
	ReLU6ULP           = 0
	ReLU6DerivativeULP = 0
)

// ReLU6 returns min(max(0, x), 6) [Krizhevsky 2010].
//
// ReLU6(-0) = -0, ReLU6(+Inf) = 6, ReLU6(NaN) = NaN.
func ReLU6(x float64) float64 { return Hardtanh(x, 0, 6) }

// ReLU6Derivative returns 1 for 0 < x < 6 and 0 outside.
//
// ReLU6Derivative(±0) = ReLU6Derivative(6) = 0, ReLU6Derivative(NaN) = NaN.
func ReLU6Derivative(x float64) float64 { return HardtanhDerivative(x, 0, 6) }
