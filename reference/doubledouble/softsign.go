package doubledouble

import "math"

// Softsign returns x/(1+|x|).
func Softsign(x float64) Value {
	f, n := math.Frexp(x)
	if math.Abs(x) < tinyArgument { // x - x*|x|
		return tiny(f, -f*math.Abs(f), n, n)
	}
	s, k := onePlus(x)
	return value(Number{f, 0}.over(s), n-k)
}

// SoftsignGrad returns grad/(1+|x|)^2.
func SoftsignGrad(grad, x float64) Value {
	switch f, n := math.Frexp(x); {
	case x == 0:
		return Product(grad, 1)
	case math.Abs(x) < tinyArgument: // 1 - 2|x|
		return tiny(1, -2*math.Abs(f), n, 0).Times(grad)
	}
	s, k := onePlus(x)
	return value(one.over(s.times(s)), -2*k).Times(grad)
}

// onePlus returns y and k with 1+|x| = y*2^k, exactly unless x is beyond 2^1000.
func onePlus(x float64) (y Number, k int) {
	f, n := math.Frexp(math.Abs(x))
	if n <= 0 {
		return twoSum(1, math.Abs(x)), 0
	}
	return twoSum(f, power2(-min(n, 1000))), n
}
