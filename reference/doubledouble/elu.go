package doubledouble

// ELU returns x for x > 0 and alpha*(e^x - 1) otherwise.
func ELU(x, alpha float64) Value {
	if x > 0 {
		return Product(x, 1)
	}
	return Expm1(x).Times(alpha)
}

// ELUDerivative returns 1 for x > 0 and alpha*e^x otherwise.
func ELUDerivative(x, alpha float64) Value {
	if x > 0 {
		return exactly(one, 0)
	}
	return value(exponential(Number{x, 0}, 0)).Times(alpha)
}

// ELUGrad returns grad for y > 0 and grad*(y+alpha) otherwise.
func ELUGrad(grad, y, alpha float64) Value {
	if y > 0 {
		return Product(grad, 1)
	}
	return exactly(twoSum(y, alpha), 0).Times(grad)
}
