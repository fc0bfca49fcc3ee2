package reference

// Errors of the PReLU's functions, see the package comment. The one rounding
// is that of a product, which is exact for float32 values.
const (
	PReLUULP                = 0.5
	PReLUDerivativeULP      = 0
	PReLUSlopeDerivativeULP = 0
)

// PReLU returns x for x > 0 and slope*x otherwise: the leaky ReLU with a slope
// that is learned [He 2015].
func PReLU(x, slope float64) float64 { return LeakyReLU(x, slope) }

// PReLUDerivative returns the derivative by x: 1 for x > 0 and slope otherwise.
//
// PReLUDerivative(±0) = slope, PReLUDerivative(NaN) = NaN.
func PReLUDerivative(x, slope float64) float64 { return LeakyReLUDerivative(x, slope) }

// PReLUSlopeDerivative returns the derivative by the slope: 0 for x > 0 and x
// otherwise. The slope's gradient is the sum of grad*PReLUSlopeDerivative(x)
// over all elements that share the slope.
//
// PReLUSlopeDerivative(±0) = ±0, PReLUSlopeDerivative(NaN) = NaN.
func PReLUSlopeDerivative(x float64) float64 {
	if x > 0 {
		return 0
	}
	return x
}
