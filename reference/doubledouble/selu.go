package doubledouble

// SELU's parameter lambda, and its exact product with alpha.
const seluLambda float64 = 1.0507009873554805

var seluLambdaAlpha = Number{0x1.c212cc640f03p+0, 0x1.092dbf6372048p-54}

// SELU returns lambda*x for x > 0 and lambda*alpha*(e^x - 1) otherwise.
func SELU(x float64) Value {
	if x > 0 {
		return Product(seluLambda, x)
	}
	y := Expm1(x)
	return value(y.times(seluLambdaAlpha), y.Exponent)
}

// SELUDerivative returns lambda for x > 0 and lambda*alpha*e^x otherwise.
func SELUDerivative(x float64) Value {
	if x > 0 {
		return Product(seluLambda, 1)
	}
	e, k := exponential(Number{x, 0}, 0)
	return value(e.times(seluLambdaAlpha), k)
}

// SELUGrad returns grad*lambda for y > 0 and grad*(y + lambda*alpha) otherwise.
func SELUGrad(grad, y float64) Value {
	if y > 0 {
		return Product(grad, seluLambda)
	}
	s := twoSum(y, seluLambdaAlpha.Hi)
	low := twoSum(s.Lo, seluLambdaAlpha.Lo)
	d := exactly(twoSum(s.Hi, low.Hi), 0)
	if low.Lo != 0 {
		d = value(d.Number, 0)
	}
	return d.Times(grad)
}
