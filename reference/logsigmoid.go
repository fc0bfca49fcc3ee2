package reference

// Errors of the logarithm of the sigmoid, see the package comment.
const (
	LogSigmoidULP           = SoftplusULP
	LogSigmoidDerivativeULP = SigmoidULP
)

// LogSigmoid returns ln(1/(1+e^-x)) = -Softplus(-x).
//
// LogSigmoid(-Inf) = -Inf, LogSigmoid(+Inf) = -0.
func LogSigmoid(x float64) float64 { return -Softplus(-x) }

// LogSigmoidDerivative returns 1/(1+e^x) = Sigmoid(-x).
func LogSigmoidDerivative(x float64) float64 { return Sigmoid(-x) }
