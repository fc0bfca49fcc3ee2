package main

import (
	"math"
	"math/big"
)

// A power is e^x for some x, in parts. x = n*ln2 + r with an integer n and
// |r| <= ln2/2, and with y = tanh(r/2)
//
//	e^x = 2^n (1+y)/(1-y) = 2^n (p+q*r)/(p-q*r),   y = q*r/p,
//
// where p and q are short polynomials in r^2. Kernels divide anyway; their
// quotient takes in this one. There is no table, as a permutation costs as much as
// two fused operations; what 2^n takes is the back end's choice (lanes.split).
type power struct {
	lanes
	n       f64 // the integer, as scale takes it
	r, p, q f64 // r in the unit of split
}

// halfTangent is tanh(r/2)/r = q/p in powers of r^2, with an error of 2^-43.7. It
// is 2^-45 in e^x. Rounding n*ln2 adds |x|*2^-53 and the arithmetic some 2^-52.
var halfTangent = fitRational(func(square *big.Float) *big.Float {
	odd, even := newFloat(0), newFloat(0) // sinh(s)/s and cosh(s), s = r/2
	quarter := quo(square, newFloat(4))
	term := newFloat(1)
	for k := 1; k <= terms; k += 2 {
		even.Add(even, term)
		term = quo(term, newFloat(float64(k)))
		odd.Add(odd, term)
		term = quo(mul(term, quarter), newFloat(float64(k+1)))
	}
	return quo(odd, mul(even, newFloat(2)))
}, 0, math.Ln2*math.Ln2/4, 1, 2, math.Exp2(-43.7))

// newPower returns e^(factor*x), factor a power of two or its negative, for
// |factor*x| <= 700, and 0 or Inf for the x that limit does not keep from it.
func newPower(m lanes, x f64, factor float64) power {
	return powerOf(m, m.split, x, factor)
}

// newSignedPower is newPower for minus1, for finite x.
func newSignedPower(m lanes, x f64, factor float64) power {
	return powerOf(m, m.splitSigned, x, factor)
}

func powerOf(m lanes, split func(x f64, factor float64) (n, r f64, unit float64), x f64, factor float64) power {
	n, r, unit := split(x, factor)
	square := m.mul(r, r)
	u2 := unit * unit // both polynomials are divided by its square
	p := polynomial(m, square, []float64{halfTangent.under[0] / (u2 * u2), halfTangent.under[1] / u2, 1})
	q := polynomial(m, square, []float64{halfTangent.over[0] * unit / (u2 * u2), halfTangent.over[1] * unit / u2})
	return power{m, n, r, p, q}
}

// quotient returns over and under with e^x = over/under, both normal and positive. It
// consumes the power.
func (e power) quotient() (over, under f64) {
	over = e.scale(e.addMul(e.copy(e.p), e.q, e.r), e.n)
	return over, e.subMul(e.p, e.q, e.r)
}

// minus1 returns over, minus1 and under with e^x = over/under and
// e^x - 1 = minus1/under. minus1 is 2^n (p+qr) - (p-qr) as
//
//	2qr - (1 - 2^n) (p+qr)
//
// so that it loses nothing near zero, nor the sign of a zero.
func (e power) minus1() (over, minus1, under f64) {
	s := e.scale(e.const64(1), e.n)
	qr := e.mul(e.q, e.r)
	sum := e.add(e.p, qr)
	under = e.sub(e.p, qr)
	minus1 = e.subMul(e.add(qr, qr), e.sub(e.const64(1), s), sum)
	return e.mul(sum, s), minus1, under
}
