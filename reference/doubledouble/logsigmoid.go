package doubledouble

// LogSigmoid returns ln(1/(1+e^-x)) = -Softplus(-x).
func LogSigmoid(x float64) Value {
	y := Softplus(-x)
	y.Number = y.negated()
	return y
}

// LogSigmoidDerivative returns Sigmoid(-x).
func LogSigmoidDerivative(x float64) Value { return Sigmoid(-x) }
