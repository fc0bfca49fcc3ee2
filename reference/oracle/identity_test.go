package oracle_test

import (
	"maps"
	"math"
	"math/big"
	"slices"
	"testing"

	"actinit/reference/oracle"

	"pgregory.net/rapid"
)

// argument draws a float64 of any size, or one between -40 and 40.
func argument(t *rapid.T) float64 {
	if rapid.Bool().Draw(t, "ordinary") {
		return rapid.Float64Range(-40, 40).Draw(t, "x")
	}
	for {
		x := math.Float64frombits(rapid.Uint64().Draw(t, "bits"))
		if !math.IsNaN(x) && !math.IsInf(x, 0) {
			return x
		}
	}
}

// TestPrecisions: a value to few bits agrees with the value to many. The two
// take different numbers of terms and, for the normal distribution, different
// formulas.
func TestPrecisions(t *testing.T) {
	names := slices.Sorted(maps.Keys(functions))
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom(names).Draw(t, "function")
		x := argument(t)
		switch name {
		case "Log":
			x = math.Abs(x)
		case "Log1p":
			x = math.Max(x, -0x1.fffffffffffffp-1)
		case "NormalQuantile":
			x = rapid.Float64Range(0x1p-1000, 0x1.fffffffffffffp-1).Draw(t, "p")
		}
		if name == "Log" && x == 0 {
			return
		}
		prec := rapid.UintRange(10, 200).Draw(t, "prec")
		few, many := functions[name](prec, x), functions[name](prec+300, x)
		if many.Sign() == 0 {
			if few.Sign() != 0 {
				t.Fatalf("%s(%g) is %g at %d bits and 0 at more", name, x, few, prec)
			}
			return
		}
		if bits := relativeBits(few, many); bits < int(prec) {
			t.Fatalf("%s(%g) at %d bits is right to %d: %.60g, %.60g", name, x, prec, bits, few, many)
		}
	})
}

// TestBeyondKeptConstants: past the precision to which the constants are kept
// they are computed anew.
func TestBeyondKeptConstants(t *testing.T) {
	for name, f := range functions {
		x := 0.3
		if bits := relativeBits(f(1400, x), f(2600, x)); bits < 1400 {
			t.Errorf("%s(%g) at 1400 bits is right to %d", name, x, bits)
		}
	}
}

func TestPi(t *testing.T) {
	const digits = "3.14159265358979323846264338327950288419716939937510582097494459230781640628620899862803482534211706798214808651"
	want, _, err := big.ParseFloat(digits, 10, 500, big.ToNearestEven)
	if err != nil {
		t.Fatal(err)
	}
	if bits := relativeBits(oracle.Pi(340), want); bits < 340 {
		t.Errorf("Pi is right to %d bits", bits)
	}
}

// near fails unless a and b agree to 150 bits relative to scale.
func near(t *rapid.T, what string, a, b, scale *big.Float) {
	t.Helper()
	d := new(big.Float).SetPrec(400).Sub(a, b)
	if d.Sign() != 0 && d.MantExp(nil) > scale.MantExp(nil)-150 {
		t.Fatalf("%s: %.50g, %.50g", what, a, b)
	}
}

func TestIdentities(t *testing.T) {
	const prec = 160
	one := big.NewFloat(1)
	rapid.Check(t, func(t *rapid.T) {
		x := big.NewFloat(rapid.Float64Range(0.001, 30).Draw(t, "x"))
		minus := new(big.Float).Neg(x)
		e, inverse := oracle.Exp(prec, x), oracle.Exp(prec, minus)
		multiply := func(a, b *big.Float) *big.Float { return new(big.Float).SetPrec(400).Mul(a, b) }
		sum := func(a, b *big.Float) *big.Float { return new(big.Float).SetPrec(400).Add(a, b) }

		near(t, "e^x * e^-x = 1", multiply(e, inverse), one, one)
		near(t, "ln e^x = x", oracle.Log(prec, e), x, one)
		near(t, "log1p(expm1(x)) = x", oracle.Log1p(prec, oracle.Expm1(prec, x)), x, one)
		near(t, "erf + erfc = 1", sum(oracle.Erf(prec, x), oracle.Erfc(prec, x)), one, one)
		near(t, "erfc(-x) = 2 - erfc(x)", sum(oracle.Erfc(prec, minus), oracle.Erfc(prec, x)), big.NewFloat(2), one)
		near(t, "tanh(x) * (e^x + e^-x) = e^x - e^-x", multiply(oracle.Tanh(prec, x), sum(e, inverse)), sum(e, new(big.Float).Neg(inverse)), e)
		root := oracle.Sqrt(prec, x)
		near(t, "sqrt(x)^2 = x", multiply(root, root), x, x)
	})
}

// TestExactForms compares the exact functions with rational arithmetic.
func TestExactForms(t *testing.T) {
	rational := func(x float64) *big.Rat { return new(big.Rat).SetFloat64(x) }
	product := func(factors ...*big.Rat) *big.Rat {
		p := big.NewRat(1, 1)
		for _, f := range factors {
			p.Mul(p, f)
		}
		return p
	}
	sum := func(a, b *big.Rat) *big.Rat { return new(big.Rat).Add(a, b) }
	lambda, alpha := rational(1.0507009873554805), rational(1.6732632423543772)
	one := big.NewRat(1, 1)
	rapid.Check(t, func(t *rapid.T) {
		grad, y, a := argument(t), argument(t), math.Abs(argument(t))
		below := -math.Abs(y)
		same := func(what string, got *big.Float, want *big.Rat) {
			if r, _ := got.Rat(nil); r.Cmp(want) != 0 {
				t.Fatalf("%s of grad %g, y %g, parameter %g = %.30g, not exact", what, grad, y, a, got)
			}
		}
		same("SigmoidGrad", oracle.SigmoidGrad(grad, y), product(rational(grad), rational(y), sum(one, rational(-y))))
		same("TanhGrad", oracle.TanhGrad(grad, y), product(rational(grad), sum(one, rational(-y)), sum(one, rational(y))))
		same("ELUGrad", oracle.ELUGrad(grad, below, a), product(rational(grad), sum(rational(below), rational(a))))
		same("ELUGrad above", oracle.ELUGrad(grad, 1, a), rational(grad))
		same("SELUGrad", oracle.SELUGrad(grad, below), product(rational(grad), sum(rational(below), product(lambda, alpha))))
		same("SELUGrad above", oracle.SELUGrad(grad, 1), product(rational(grad), lambda))
		same("LeakyReLU", oracle.LeakyReLU(below, a), product(rational(below), rational(a)))
	})
}

// TestNotFinite: limits are not the oracle's business, and must not be guessed.
func TestNotFinite(t *testing.T) {
	for _, x := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("Sigmoid(%g) did not panic", x)
				}
			}()
			oracle.Sigmoid(64, x)
		}()
	}
}
