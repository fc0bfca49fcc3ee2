package doubledouble

import "math"

// CELU returns x for x > 0 and alpha*(e^(x/alpha) - 1) otherwise, for alpha between
// 2^-20 and 2^20.
func CELU(x, alpha float64) Value {
	f, n := math.Frexp(x)
	switch q := x / alpha; {
	case x > 0:
		return Product(x, 1)
	case math.Abs(x) < 0x1p-80: // x + x^2/(2 alpha)
		return tiny(f, f*f/(2*alpha), n, n)
	case q < -600:
		return value(Number{-alpha, 0}, 0)
	}
	return value(expm1(Number{x, 0}.over(Number{alpha, 0})).timesFloat(alpha), 0)
}

// CELUGrad returns grad for y > 0 and grad*(y+alpha)/alpha otherwise.
func CELUGrad(grad, y, alpha float64) Value {
	if y > 0 {
		return Product(grad, 1)
	}
	s := twoSum(y, alpha)
	if q := s.over(Number{alpha, 0}); math.Abs(alpha) != 1 {
		return value(q, 0).Times(grad)
	}
	return exactly(s, 0).Times(grad * alpha)
}
