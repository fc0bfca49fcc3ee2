package oracle

import "math/big"

// SELU's parameters, the float64 numbers nearest to these decimals.
const (
	seluLambda float64 = 1.0507009873554805
	seluAlpha  float64 = 1.6732632423543772
)

// SELU returns lambda*x for x > 0 and lambda*alpha*(e^x - 1) otherwise.
func SELU(prec uint, x float64) *big.Float {
	if x > 0 {
		return product(exact(seluLambda), exact(x))
	}
	return mul(prec+guard, seluLambdaAlpha(), Expm1(prec+guard, exact(x)))
}

// SELUDerivative returns lambda for x > 0 and lambda*alpha*e^x otherwise.
func SELUDerivative(prec uint, x float64) *big.Float {
	if x > 0 {
		return exact(seluLambda)
	}
	return mul(prec+guard, seluLambdaAlpha(), Exp(prec+guard, exact(x)))
}

// SELUGrad returns grad*lambda for y > 0 and grad*(y + lambda*alpha) otherwise, exactly.
func SELUGrad(grad, y float64) *big.Float {
	if y > 0 {
		return product(exact(grad), exact(seluLambda))
	}
	return product(exact(grad), sum(exact(y), seluLambdaAlpha()))
}

// seluLambdaAlpha returns the exact product of the parameters.
func seluLambdaAlpha() *big.Float { return product(exact(seluLambda), exact(seluAlpha)) }
