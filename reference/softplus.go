package reference

import "math"

// Errors of softplus's functions, see the package comment.
const (
	SoftplusULP           = 3
	SoftplusDerivativeULP = SigmoidULP
)

// Softplus returns ln(1+e^x) = max(x, 0) + log1p(e^-|x|): beta 1, and no
// threshold, because this form needs none.
//
// Softplus(-Inf) = 0, Softplus(+Inf) = +Inf.
func Softplus(x float64) float64 {
	return max(x, 0) + math.Log1p(exp(-math.Abs(x)))
}

// SoftplusDerivative returns Sigmoid(x).
func SoftplusDerivative(x float64) float64 { return Sigmoid(x) }
