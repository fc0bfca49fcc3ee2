package oracle_test

import (
	"math"
	"math/big"
	"testing"

	"actinit/reference/oracle"

	"pgregory.net/rapid"
)

// TestAlgebraic holds the oracle's quotients and roots against rational arithmetic:
// each value solves the equation that defines it.
func TestAlgebraic(t *testing.T) {
	rational := func(x float64) *big.Rat { return new(big.Rat).SetFloat64(x) }
	plus := func(a, b *big.Rat) *big.Rat { return new(big.Rat).Add(a, b) }
	times := func(a, b *big.Rat) *big.Rat { return new(big.Rat).Mul(a, b) }
	over := func(a, b *big.Rat) *big.Rat { return new(big.Rat).Quo(a, b) }
	one, three, six := rational(1), rational(3), rational(6)
	value := func(y *big.Float) *big.Rat { r, _ := y.Rat(nil); return r }
	rapid.Check(t, func(t *rapid.T) {
		x, grad := argument(t), argument(t)
		if rapid.Bool().Draw(t, "within") {
			x = rapid.Float64Range(-3, 3).Draw(t, "x")
		}
		if rapid.Bool().Draw(t, "round") {
			x, grad = math.Round(64*math.Mod(x, 64))/64, math.Round(96*math.Mod(grad, 64))
		}
		b := rapid.SampledFrom([]float64{4, 1, .25, 0.3, 1e-40, 1e30}).Draw(t, "b")
		prec := rapid.UintRange(10, 300).Draw(t, "prec")
		// close fails unless y is want to 2^-prec, and want itself if it is said to be exact.
		close := func(what string, y *big.Float, isExact bool, want *big.Rat) {
			off := new(big.Rat).Sub(value(y), want)
			if isExact != (off.Sign() == 0) {
				t.Fatalf("%s of x %g, grad %g: exact is %v, the difference %.3g", what, x, grad, isExact, new(big.Float).SetRat(off))
			}
			if isExact {
				return
			}
			relative, _ := new(big.Float).SetRat(over(off, want)).Float64()
			if math.Abs(relative) > math.Ldexp(1, -int(prec)) {
				t.Fatalf("%s of x %g, grad %g at %d bits is off by %g", what, x, grad, prec, relative)
			}
		}
		r, g, s := rational(x), rational(grad), plus(one, rational(math.Abs(x)))
		y, isExact := oracle.Softsign(prec, x)
		close("Softsign", y, isExact, over(r, s))
		y, isExact = oracle.SoftsignGrad(prec, grad, x)
		close("SoftsignGrad", y, isExact, over(g, times(s, s)))
		if math.Abs(x) < 3 {
			y, isExact = oracle.Hardsigmoid(prec, x)
			close("Hardsigmoid", y, isExact, over(plus(r, three), six))
			y, isExact = oracle.Hardswish(prec, x)
			close("Hardswish", y, isExact, over(times(r, plus(r, three)), six))
			y, isExact = oracle.HardswishGrad(prec, grad, x)
			close("HardswishGrad", y, isExact, over(times(g, plus(plus(r, r), three)), six))
		}
		if math.Abs(x) < 1 {
			half := over(plus(r, one), rational(2))
			close("SparsePlus", oracle.SparsePlus(x), true, times(half, half))
			close("SparseSigmoid", oracle.SparseSigmoid(x), true, half)
			close("SparsePlusGrad", oracle.SparsePlusGrad(grad, x), true, times(g, half))
		}
		if math.Abs(x) > .5 {
			away := rational(math.Copysign(.5, x))
			close("Softshrink", oracle.Softshrink(x, .5), true, plus(r, new(big.Rat).Neg(away)))
		}

		// y = Squareplus(x, b) is the positive root of y^2 - x*y = b/4; with e the relative
		// error of y the difference of the sides is e*y*(2y-x).
		y, isExact = oracle.Squareplus(prec, x, b)
		yr := value(y)
		off := plus(times(yr, plus(yr, new(big.Rat).Neg(r))), new(big.Rat).Neg(over(rational(b), rational(4))))
		size := times(yr, plus(plus(yr, yr), new(big.Rat).Neg(r)))
		relative, _ := new(big.Float).SetRat(over(off, size)).Float64()
		if y.Sign() <= 0 || math.Abs(relative) > math.Ldexp(1, -int(prec)) || isExact && off.Sign() != 0 {
			t.Fatalf("Squareplus of x %g, b %g at %d bits is off by %g, exact %v", x, b, prec, relative, isExact)
		}
		// y/(2y-x) is its derivative: 2y-x = sqrt(x^2+b), and both have y's relative error at most.
		fine, _ := oracle.Squareplus(prec+20, x, b)
		fr := value(fine)
		d, _ := oracle.SquareplusGrad(prec, 1, x, b)
		want := over(fr, plus(plus(fr, fr), new(big.Rat).Neg(r)))
		relative, _ = new(big.Float).SetRat(over(plus(value(d), new(big.Rat).Neg(want)), want)).Float64()
		if math.Abs(relative) > math.Ldexp(1.01, -int(prec)) {
			t.Fatalf("SquareplusGrad of x %g, b %g at %d bits is off by %g", x, b, prec, relative)
		}
	})
}

// TestFlat: the pieces beside the middle ones.
func TestFlat(t *testing.T) {
	const prec = 60
	for _, c := range []struct {
		name string
		got  *big.Float
		want float64
	}{
		{"Hardsigmoid(-3)", firstOf(oracle.Hardsigmoid(prec, -3)), 0},
		{"Hardsigmoid(3)", firstOf(oracle.Hardsigmoid(prec, 3)), 1},
		{"Hardswish(-3)", firstOf(oracle.Hardswish(prec, -3)), math.Copysign(0, -1)},
		{"Hardswish(7)", firstOf(oracle.Hardswish(prec, 7)), 7},
		{"HardswishGrad(5, -3)", firstOf(oracle.HardswishGrad(prec, 5, -3)), 0},
		{"HardswishGrad(5, 3)", firstOf(oracle.HardswishGrad(prec, 5, 3)), 5},
		{"SparsePlus(-1)", oracle.SparsePlus(-1), 0},
		{"SparsePlus(4)", oracle.SparsePlus(4), 4},
		{"SparseSigmoid(-2)", oracle.SparseSigmoid(-2), 0},
		{"SparseSigmoid(1)", oracle.SparseSigmoid(1), 1},
		{"Softshrink(-.5, .5)", oracle.Softshrink(-.5, .5), math.Copysign(0, -1)},
		{"SquareplusGrad(5, 0, .3)", firstOf(oracle.SquareplusGrad(prec, 5, 0, .3)), 2.5},
	} {
		if got, accuracy := c.got.Float64(); got != c.want || math.Signbit(got) != math.Signbit(c.want) || accuracy != big.Exact {
			t.Errorf("%s = %g, want %g", c.name, c.got, c.want)
		}
	}
}

func firstOf(y *big.Float, _ bool) *big.Float { return y }
