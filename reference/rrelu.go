package reference

// Errors of the RReLU's functions, see the package comment. The one rounding is
// that of a product, which is exact for float32 values.
const (
	RReLUULP           = 0.5
	RReLUDerivativeULP = 0
)

// RReLU returns x for x > 0 and slope*x otherwise [Xu 2015]: in training slope is
// drawn from U[lower, upper) for each element, in evaluation it is their mean.
func RReLU(x, slope float64) float64 { return LeakyReLU(x, slope) }

// RReLUDerivative returns 1 for x > 0 and slope otherwise.
//
// RReLUDerivative(±0) = slope, RReLUDerivative(NaN) = NaN.
func RReLUDerivative(x, slope float64) float64 { return LeakyReLUDerivative(x, slope) }
