package reference

import "math"

// Errors of the SELU's functions, see the package comment.
const (
	SELUULP           = 4
	SELUDerivativeULP = 6
	SELUGradULP       = 3
)

// The parameters of SELU [Klambauer 2017], the float64 numbers nearest to
// these decimals.
const (
	SELULambda float64 = 1.0507009873554805
	SELUAlpha  float64 = 1.6732632423543772
)

// The exact product SELULambda*SELUAlpha is SELULambdaAlpha + SELULambdaAlphaLow.
const (
	SELULambdaAlpha    float64 = 0x1.c212cc640f030p+0
	SELULambdaAlphaLow float64 = 0x1.092dbf6372048p-54
)

// SELU returns lambda*x for x > 0 and lambda*alpha*(e^x - 1) otherwise.
//
// SELU(±0) = ±0, SELU(-Inf) = -lambda*alpha.
func SELU(x float64) float64 {
	if x > 0 {
		return SELULambda * x
	}
	m := expm1(x)
	if math.Abs(m) < 0x1p-900 {
		return SELULambdaAlpha * m // the low part would underflow, and -0 would become +0
	}
	return math.FMA(SELULambdaAlpha, m, SELULambdaAlphaLow*m)
}

// SELUDerivative returns lambda for x > 0 and lambda*alpha*e^x otherwise.
//
// SELUDerivative(±0) = lambda*alpha, SELUDerivative(-Inf) = 0.
func SELUDerivative(x float64) float64 {
	if x > 0 {
		return SELULambda
	}
	e, k := splitExp(x)
	return math.Ldexp(math.FMA(SELULambdaAlpha, e, SELULambdaAlphaLow*e), k)
}

// SELUGrad returns the gradient by x where y = SELU(x) was saved: grad*lambda
// for y > 0 and grad*(y + lambda*alpha) otherwise. The bound holds for
// y >= -2*lambda*alpha; the sum cancels where y is near -lambda*alpha, and
// takes the product's low part in to stay accurate.
func SELUGrad(grad, y float64) float64 {
	if y > 0 {
		return grad * SELULambda
	}
	sum := y + SELULambdaAlpha
	fromY := sum - SELULambdaAlpha
	lost := (y - fromY) + (SELULambdaAlpha - (sum - fromY)) // exact: sum + lost = y + SELULambdaAlpha
	if math.IsInf(y, -1) {
		lost = 0
	}
	return grad * (sum + (lost + SELULambdaAlphaLow))
}
