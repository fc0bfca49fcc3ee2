package doubledouble

import (
	"math/big"
	"testing"

	"actinit/reference/oracle"
)

const tablePrec = 400

// parts returns the sum of n numbers nearest to y; the first of them have the
// given numbers of bits, cut off, instead of 53.
func parts(y *big.Float, n int, bits ...uint) []float64 {
	var list []float64
	rest := new(big.Float).Set(y)
	for i := range n {
		part := new(big.Float).SetPrec(53)
		if i < len(bits) {
			part.SetPrec(bits[i]).SetMode(big.ToZero)
		}
		f, _ := part.Set(rest).Float64()
		list = append(list, f)
		rest.Sub(rest, part)
	}
	return list
}

func ofFloat(x float64) *big.Float { return new(big.Float).SetPrec(tablePrec).SetFloat64(x) }

func quotient(a, b *big.Float) *big.Float { return new(big.Float).SetPrec(tablePrec).Quo(a, b) }

func product(a, b *big.Float) *big.Float { return new(big.Float).SetPrec(tablePrec).Mul(a, b) }

func sum(a, b *big.Float) *big.Float { return new(big.Float).SetPrec(tablePrec).Add(a, b) }

// TestTables computes tables and constants again.
func TestTables(t *testing.T) {
	check := func(what string, y *big.Float, got ...float64) {
		t.Helper()
		for i, want := range parts(y, len(got)) {
			if got[i] != want {
				t.Errorf("part %d of %s is %x, want %x", i, what, got[i], want)
			}
		}
	}
	ln2 := oracle.Log(tablePrec, big.NewFloat(2))
	for j, p := range powers {
		check("a power", oracle.Exp(tablePrec, product(ln2, ofFloat(float64(j)/128))), p[:]...)
	}
	step := parts(quotient(ln2, ofFloat(128)), 3, 34, 34)
	if step[0] != step1 || step[1] != step2 || step[2] != step3 {
		t.Errorf("ln2/128 is %x", step)
	}
	factorial := 2.0
	for i, c := range []Number{third, fourth, fifth, sixth} {
		factorial *= float64(i + 3)
		check("1/n!", quotient(ofFloat(1), ofFloat(factorial)), c.Hi, c.Lo)
	}
	root2Pi := oracle.Sqrt(tablePrec, product(oracle.Pi(tablePrec), ofFloat(2)))
	check("1/sqrt(2 pi)", quotient(ofFloat(1), root2Pi), invSqrt2Pi.Hi, invSqrt2Pi.Lo)
	scale := quotient(ofFloat(4), root2Pi)
	check("2 sqrt(2/pi)", scale, geluTanhScale.hi, geluTanhScale.mid, geluTanhScale.lo)
	check("lambda*alpha", product(ofFloat(1.0507009873554805), ofFloat(1.6732632423543772)), seluLambdaAlpha.Hi, seluLambdaAlpha.Lo, 0)
	for i, m := range millsTable {
		at := ofFloat(float64(i) / 16)
		twice := oracle.Erfc(tablePrec, quotient(at, oracle.Sqrt(tablePrec, ofFloat(2)))) // the upper tail
		density := quotient(oracle.Exp(tablePrec, product(product(at, at), ofFloat(-0.5))), root2Pi)
		check("Mills' ratio", quotient(product(twice, ofFloat(0.5)), density), m.Hi, m.Lo)
	}

	// A root lies between two numbers that differ in the last place of its third part.
	checkRoot := func(name string, r triple, f func(x *big.Float) *big.Float) {
		at := sum(sum(ofFloat(r.hi), ofFloat(r.mid)), ofFloat(r.lo))
		ulp := new(big.Float).SetMantExp(ofFloat(1), -160)
		if f(sum(at, ulp)).Sign() == f(sum(at, ulp.Neg(ulp))).Sign() {
			t.Errorf("the root of %s is not at %v", name, r)
		}
	}
	checkRoot("SiLU'", siluRoot, func(x *big.Float) *big.Float {
		return sum(sum(x, ofFloat(1)), oracle.Exp(tablePrec, x))
	})
	cubic := func(x *big.Float) *big.Float { return product(product(product(x, x), x), ofFloat(geluTanhCubic)) }
	argument := func(x *big.Float) *big.Float { return product(scale, sum(x, cubic(x))) }
	checkRoot("GELUTanh'", geluTanhRoot, func(x *big.Float) *big.Float {
		xv := product(scale, sum(x, product(ofFloat(3), cubic(x))))
		return sum(sum(xv, ofFloat(1)), oracle.Exp(tablePrec, argument(x)))
	})
	at := sum(sum(ofFloat(geluTanhRoot.hi), ofFloat(geluTanhRoot.mid)), ofFloat(geluTanhRoot.lo))
	check("e^v at GELUTanh's root", oracle.Exp(tablePrec, argument(at)), geluTanhRootExp.Hi, geluTanhRootExp.Lo)
	checkRoot("GELU'", geluRoot, func(x *big.Float) *big.Float { // x is minus the argument
		tail := product(oracle.Erfc(tablePrec, quotient(x, oracle.Sqrt(tablePrec, ofFloat(2)))), ofFloat(0.5))
		density := quotient(oracle.Exp(tablePrec, product(product(x, x), ofFloat(-0.5))), root2Pi)
		return sum(tail, product(x, density.Neg(density)))
	})
}
