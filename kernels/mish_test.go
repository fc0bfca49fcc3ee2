package kernels

import (
	"math/big"
	"testing"

	"actinit/reference/oracle"
)

// TestMishZero computes the zero of Mish's derivative by Newton's method, and the
// constants that follow from it.
func TestMishZero(t *testing.T) {
	const prec = 300
	number := func(x float64) *big.Float { return new(big.Float).SetPrec(prec).SetFloat64(x) }
	times := func(a, b *big.Float) *big.Float { return new(big.Float).SetPrec(prec).Mul(a, b) }
	plus := func(a ...*big.Float) *big.Float {
		sum := number(0)
		for _, b := range a {
			sum.Add(sum, b)
		}
		return sum
	}
	x := number(-1.1924)
	for range 9 {
		w := oracle.Exp(prec, x)
		square := times(w, w)
		// 4(1+x) + (6+4x)w + 4w^2 + w^3, and its derivative
		f := plus(number(4), times(number(4), x), times(plus(number(6), times(number(4), x)), w), times(number(4), square), times(square, w))
		slope := plus(number(4), times(plus(number(10), times(number(4), x)), w), times(number(8), square), times(number(3), times(square, w)))
		x.Sub(x, f.Quo(f, slope))
	}
	w := oracle.Exp(prec, x)
	c := plus(number(6), times(number(4), x), times(number(4), w), times(w, w))
	next := plus(number(4), w)
	for _, part := range []struct {
		name string
		of   *big.Float
		got  float64
	}{
		{"mishZero", x, mishZero}, {"mishZeroRest", x, mishZeroRest}, {"mishZeroLast", x, mishZeroLast},
		{"mishExpZero", w, mishExpZero}, {"mishExpZeroRest", w, mishExpZeroRest},
		{"mishConstant", c, mishConstant}, {"mishConstantRest", c, mishConstantRest},
		{"mish4AndZero", next, mish4AndZero}, {"mish4AndZeroRest", next, mish4AndZeroRest},
	} {
		want, _ := part.of.Float64()
		if part.got != want {
			t.Errorf("%s is %x, computed %x", part.name, part.got, want)
		}
		part.of.Sub(part.of, new(big.Float).SetFloat64(want))
	}
}
