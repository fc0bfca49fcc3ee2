package reference

// Errors of the hard sigmoid's functions, see the package comment.
const (
	HardsigmoidULP           = 2.5
	HardsigmoidDerivativeULP = 0.5
)

// Hardsigmoid returns min(max(0, x+3), 6)/6 [Howard 2019, MobileNetV3].
//
// Hardsigmoid(-Inf) = 0, Hardsigmoid(+Inf) = 1, Hardsigmoid(NaN) = NaN.
func Hardsigmoid(x float64) float64 {
	switch {
	case x <= -3:
		return 0
	case x >= 3:
		return 1
	}
	return (x + 3) / 6
}

// HardsigmoidDerivative returns 1/6 for -3 < x < 3 and 0 outside.
//
// HardsigmoidDerivative(±3) = 0, HardsigmoidDerivative(NaN) = NaN.
func HardsigmoidDerivative(x float64) float64 { return HardtanhDerivative(x, -3, 3) / 6 }
