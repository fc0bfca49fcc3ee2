package doubledouble

import "math"

// Tanhshrink returns x - tanh(x). For |x| < 1 it is the sum of 2k/(2k+1)! * x^(2k+1)
// for k >= 1 over cosh(x), whose terms are positive.
func Tanhshrink(x float64) Value {
	f, n := math.Frexp(x)
	a := math.Abs(x)
	switch {
	case a < 0x1p-55: // x^3/3
		return value(twoProduct(f, f).timesFloat(f).over(Number{3, 0}), 3*n)
	case a < 1:
		square := twoProduct(x, x)
		sum := evaluate(tanhshrinkSeries, square, 8)
		e := expm1(Number{a, 0}).plusFloat(1)
		cosh := e.plus(one.over(e)).times2(-1)
		return value(square.timesFloat(x).times(sum).over(cosh), 0)
	case a > 50:
		return value(twoSum(x, -math.Copysign(1, x)), 0)
	}
	t := Tanh(x)
	return value(t.negated().plusFloat(x), 0)
}

// tanhshrinkSeries has 2k/(2k+1)! at k-1.
var tanhshrinkSeries = func() []Number {
	c := make([]Number, 14)
	term := one // 1/(2k+1)!
	for i := range c {
		k := float64(i + 1)
		term = term.over(Number{2 * k * (2*k + 1), 0})
		c[i] = term.timesFloat(2 * k)
	}
	return c
}()

// TanhshrinkDerivative returns tanh(x)^2.
func TanhshrinkDerivative(x float64) Value {
	t := Tanh(x)
	for math.Abs(t.Hi) > 0x1p400 { // as tiny makes them
		t.Number, t.Exponent = t.times2(-900), t.Exponent+900
	}
	return value(t.times(t.Number), 2*t.Exponent)
}
