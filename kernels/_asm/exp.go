package main

import (
	"math"
	"math/big"
)

// An exponential has what the exponential needs in registers throughout a loop.
//
// x = n*ln2/8 + r with an integer n and |r| <= ln2/16, and e^x = s*e^r with
// s = 2^(n/8) from a table. e^r is a polynomial where e^x is wanted, and 1 + p with
// p = r + r^2*q(r) where e^x-1 is, so that it loses nothing near zero.
type exponential struct {
	lanes
	powers table // exp2Bits
}

// expSteps is the number of powers in an octave: as many as a table holds.
const expSteps = 8

// shift rounds t to an integer in t+shift-shift, and leaves that integer in the
// low bits of t+shift.
const shift = 0x1.8p52

// expCoefficients are q = (e^r-1-r)/r^2, lowest first, with an error of 2^-37.9,
// which is 2^-43.4 of e^r-1. Rounding n*ln2/8 adds |x|*2^-53 and the arithmetic
// some 2^-52, so that (s-1) + s*p is e^x-1 to 2^-43, relative, for |x| <= 90.
var expCoefficients = fit(func(k int) *big.Float { return inverseFactorial(k + 2) },
	-math.Ln2/(2*expSteps), math.Ln2/(2*expSteps), 4, math.Exp2(-37.9))

// factorCoefficients are e^r, lowest first, with an error of 2^-41.6. With the
// roundings e^x is good to 2^-41.5.
var factorCoefficients = fit(inverseFactorial, -math.Ln2/(2*expSteps), math.Ln2/(2*expSteps), 5, math.Exp2(-41.6))

func inverseFactorial(k int) *big.Float {
	product := newFloat(1)
	for i := 2; i <= k; i++ {
		product.Mul(product, newFloat(float64(i)))
	}
	return quo(newFloat(1), product)
}

// exp2Bits[j] is the bits of 2^(j/8) less j<<49, so that adding n<<49 for n = 8k+j
// gives the bits of 2^(n/8) in one addition.
func exp2Bits() (bits [expSteps]uint64) {
	root := newFloat(2)
	for steps := 1; steps < expSteps; steps *= 2 {
		root.Sqrt(root)
	}
	power := newFloat(1)
	for j := range bits {
		nearest, _ := power.Float64()
		bits[j] = math.Float64bits(nearest) - uint64(j)<<49
		power.Mul(power, root)
	}
	return bits
}

func newExponential(m lanes) exponential {
	return exponential{m, m.table("powers", exp2Bits())}
}

// power returns 2^(n/8) for the integers in the low bits of n.
func (e exponential) power(n f64) f64 {
	s := make(f64, len(n))
	for i := range s { // one register after the other: each takes some on its way
		s[i] = e.addEighths(e.lookup(e.powers, n[i:i+1]), n[i:i+1])[0]
	}
	return s
}

// of returns s and p with e^x = s + s*p. It consumes x.
func (e exponential) of(x f64) (s, p f64) {
	t := e.addMul(e.const64(shift), x, e.const64(expSteps/math.Ln2))
	n := e.sub(t, e.const64(shift))
	r := e.subMul(x, n, e.const64(math.Ln2/expSteps))
	return e.power(t), e.expm1(r)
}

// ofNegative returns s and f with e^-x = s*f. It consumes x.
func (e exponential) ofNegative(x f64) (s, f f64) {
	t := e.addMul(e.const64(shift), x, e.const64(-expSteps/math.Ln2))
	n := e.sub(t, e.const64(shift))
	r := e.negMulSub(n, e.const64(math.Ln2/expSteps), x)
	return e.power(t), e.factor(r)
}

// minus1 returns e^x - 1. It consumes x.
func (e exponential) minus1(x f64) f64 {
	s, p := e.of(x)
	return e.addMul(e.sub(s, e.const64(1)), s, p)
}

// factor returns e^r for a reduced r.
func (e exponential) factor(r f64) f64 { return polynomial(e.lanes, r, factorCoefficients) }

// expm1 returns e^r - 1 for a reduced r.
func (e exponential) expm1(r f64) f64 {
	q := polynomial(e.lanes, r, expCoefficients)
	return e.addMul(r, e.mul(r, r), q)
}

// polynomial evaluates Horner's scheme, which saves an operation if the last coefficient is 1.
func polynomial(m lanes, x f64, coefficients []float64) f64 {
	last := len(coefficients) - 1
	y := m.const64(coefficients[last])
	if coefficients[last] == 1 {
		last--
		y = m.add(x, m.const64(coefficients[last]))
	}
	for i := last - 1; i >= 0; i-- {
		y = m.mulAdd(y, x, m.const64(coefficients[i]))
	}
	return y
}
