package oracle

import "math/big"

// LogSigmoid returns ln(1/(1+e^-x)) = -Softplus(-x).
func LogSigmoid(prec uint, x float64) *big.Float {
	y := Softplus(prec, -x)
	return y.Neg(y)
}

// LogSigmoidDerivative returns Sigmoid(-x).
func LogSigmoidDerivative(prec uint, x float64) *big.Float { return Sigmoid(prec, -x) }
