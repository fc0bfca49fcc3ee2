package main

import (
	"math"
	"math/big"
	"sync"
)

// GELU and its derivative are, with a = |x| and as erf.go in package kernels says,
//
//	gelu(x)  = max(x, 0) - a e^(-a^2/2) R(a)
//	gelu'(x) = D(a) for x < 0, 1 - D(a) above,   D(a) = e^(-a^2/2) (a - root) G(a)
//
// where R and G are smooth and without zeros. Here one rational function stands for
// each, for all a, and the exponential is a quotient too: one division makes all.
// a^2 is exact.

const (
	// geluNormal is an |x| up to which gelu(-|x|) and gelu'(-|x|) are normal float32.
	geluNormal = 13

	// geluEnd is an |x| from which they round to 0.
	geluEnd = 15

	// The zero of the derivative is at -(geluRoot + geluRootRest), as in package kernels.
	geluRoot     = 0x1.80ead197f00b4p-01
	geluRootRest = -0x1.13e74c58cada8p-56
)

// tailRatio is R(a) = e^(a^2/2) Q(a), Q the upper tail of the standard normal distribution, with an
// error of 2^-40.1.
var tailRatio = fitRational(scaledTail, 0, geluNormal, 6, 7, math.Exp2(-40.1))

// slopeRatio is G(a) = (R(a) - a/sqrt(2 pi)) / (a - root), with an error of 2^-41.5.
var slopeRatio = fitRational(func(a *big.Float) *big.Float {
	root := new(big.Float).Add(newFloat(geluRoot), newFloat(geluRootRest))
	return quo(sub(scaledTail(a), mul(a, inverseSqrt2Pi())), sub(a, root))
}, 0, geluNormal, 6, 7, math.Exp2(-41.5))

// gelu is max(x, 0) - a e^(-a^2/2) R(a). Results that may be subnormal are in doubt.
func gelu(m lanes) func(x f32) f32 {
	return func(x f32) f32 {
		a := m.min(m.const64(geluEnd), m.and(m.widen(x), m.constBits64(1<<63-1)))
		p, q := m.mul(polynomial(m, a, tailRatio.over), a), polynomial(m, a, tailRatio.under)
		over, under := newPower(m, m.mul(a, a), -.5).quotient()
		tail := m.ratio(m.mul(over, p), m.mul(under, q))
		y := m.sub(m.max(m.const64(0), m.widen(x)), tail)
		m.doubt(m.between32(x, -geluEnd, -geluNormal))
		m.doubt(m.tiny32(x, halfBits))
		return m.round(y)
	}
}

// geluGrad is grad * d(x), with d = 0 + D(a) for x < 0 and 1 - D(a) above. d that may be
// subnormal are in doubt.
func geluGrad(m lanes) func(grad, x f32) f32 {
	return func(grad, x f32) f32 {
		a := m.min(m.const64(geluEnd), m.and(m.widen(x), m.constBits64(1<<63-1)))
		fromRoot := m.sub(m.sub(a, m.const64(geluRoot)), m.const64(geluRootRest))
		p, q := m.mul(polynomial(m, a, slopeRatio.over), fromRoot), polynomial(m, a, slopeRatio.under)
		over, under := newPower(m, m.mul(a, a), -.5).quotient()
		tail := m.ratio(m.mul(over, p), m.mul(under, q))
		sign := m.and(m.widen(x), m.constBits64(1<<63))
		d := m.add(m.add(m.or(sign, m.const64(.5)), m.const64(.5)), m.xor(m.xor(tail, sign), m.constBits64(1<<63)))
		return m.mul32(grad, m.roundNormal(d, x, -geluEnd, -geluNormal, 0))
	}
}

// inverseSqrt2Pi is 1/sqrt(2 pi), pi by Machin's formula.
var inverseSqrt2Pi = sync.OnceValue(func() *big.Float {
	arctan := func(inverse float64) *big.Float { // of 1/inverse
		x := quo(newFloat(1), newFloat(inverse))
		square := mul(x, x)
		return mul(x, series(func(k int) *big.Float {
			return quo(newFloat(float64(1-k%2*2)), newFloat(float64(2*k+1)))
		}).at(square))
	}
	pi := sub(mul(newFloat(16), arctan(5)), mul(newFloat(4), arctan(239)))
	return quo(newFloat(1), new(big.Float).Sqrt(mul(newFloat(2), pi)))
})

// scaledTail is R(a), from the series of Q: R(a) = e^(a^2/2)/2 - (a + a^3/3 + a^5/15 + ...)/sqrt(2 pi).
// Up to a = 13 some 130 of precision's bits cancel.
func scaledTail(a *big.Float) *big.Float {
	square := mul(a, a)
	sum, term := new(big.Float).Copy(a), new(big.Float).Copy(a)
	for n := 3.; term.Sign() != 0 && term.MantExp(nil) > -precision; n += 2 {
		term = quo(mul(term, square), newFloat(n))
		sum.Add(sum, term)
	}
	half := bigExp(quo(square, newFloat(2)))
	half.SetMantExp(half, -1)
	return sub(half, mul(sum, inverseSqrt2Pi()))
}

// geluFused is GELU and its derivative. Their tails are one exponential times a quotient each,
// which one reciprocal makes.
func geluFused(m lanes) func(x f32) (y, d f32) {
	return func(x f32) (y, d f32) {
		magnitude := func() f64 { // anew where it is needed: it would take up registers
			return m.min(m.const64(geluEnd), m.and(m.widen(x), m.constBits64(1<<63-1)))
		}
		a := magnitude()
		over, under := newPower(m, m.mul(a, a), -.5).quotient()
		a = magnitude()
		q, h := polynomial(m, a, tailRatio.under), polynomial(m, a, slopeRatio.under)
		e := m.mul(over, m.div(m.const64(1), m.mul(m.mul(under, q), h)))
		tail := m.mul(m.mul(m.mul(polynomial(m, a, tailRatio.over), a), h), e)
		slope := m.mul(m.mul(polynomial(m, a, slopeRatio.over), q), e)
		fall := m.mul(m.sub(m.sub(a, m.const64(geluRoot)), m.const64(geluRootRest)), slope)
		y = m.round(m.sub(m.max(m.const64(0), m.widen(x)), tail))
		sign := m.and(m.widen(x), m.constBits64(1<<63))
		d = m.round(m.add(m.add(m.or(sign, m.const64(.5)), m.const64(.5)), m.xor(m.xor(fall, sign), m.constBits64(1<<63))))
		m.doubt(m.between32(x, -geluEnd, -geluNormal))
		m.doubt(m.tiny32(x, halfBits))
		return y, d
	}
}
