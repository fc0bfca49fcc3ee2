package doubledouble

import "math"

// SparsePlus returns (x+1)^2/4, for |x| < 1.
func SparsePlus(x float64) Value {
	switch f, n := math.Frexp(x); {
	case x == 0:
		return exactly(one, -2)
	case math.Abs(x) < tinyArgument: // 1/4 + x/2
		return tiny(1, 2*f, n, -2)
	}
	s := twoSum(1, x)
	return value(s.times(s), -2)
}

// SparsePlusGrad returns grad*(x+1)/2 for -1 < x < 1, and grad for x >= 1.
func SparsePlusGrad(grad, x float64) Value {
	if x >= 1 {
		return Product(grad, 1)
	}
	return SparseSigmoid(x).Times(grad)
}

// SparseSigmoid returns (x+1)/2, for |x| < 1.
func SparseSigmoid(x float64) Value { return exactly(twoSum(1, x), -1) }
