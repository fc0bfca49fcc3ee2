package main

import (
	"math"
	"math/big"
)

// atanhCoefficients are 2*atanh(s)/s in powers of s^2, for 0 <= s <= 1/3, with an
// error of 2^-43.7.
var atanhCoefficients = fit(func(k int) *big.Float { return quo(newFloat(2), newFloat(float64(2*k+1))) },
	0, 1./9, 7, math.Exp2(-43.7))

// softplus is max(x, 0) + ln(1+w) with w = e^-|x| = over/under, and ln(1+w) is
// 2 atanh(w/(2+w)). The error is that of w and of the polynomial. Results that may be subnormal are in doubt.
func softplus(m lanes) func(x f32) f32 {
	highest := m.keep64(end)
	return func(x f32) f32 {
		z := m.widen(x)
		over, under := newPower(m, m.limit(m.min, highest, m.and(z, m.constBits64(1<<63-1))), -1).quotient()
		s := m.ratio(over, m.add(over, m.add(under, under)))
		q := polynomial(m, m.mul(s, s), atanhCoefficients)
		return m.roundNormal(m.addMul(m.max(m.const64(0), z), s, q), x, -end, -normal, 0)
	}
}

// softplusGrad is grad * sigmoid(x).
func softplusGrad(m lanes) func(grad, x f32) f32 {
	value := sigmoid(m)
	return func(grad, x f32) f32 { return m.mul32(grad, value(x)) }
}

// softplus64 is max(x, 0) + q + tail with q + tail = ln(1+w) and w = e^-|x|.
// Infinities are in doubt, and so is NaN.
func softplus64(m lanes) func(x f64) f64 {
	e := newExponential64(m)
	return func(x f64) f64 {
		m.doubt64(m.less(x, m.const64(-end64)))
		q, tail := e.logOnePlus(m.min(m.const64(end64), m.and(x, m.constBits64(1<<63-1))))
		hi, lo := twoSum(m, q, m.max(m.const64(0), m.again(x)))
		y := m.add(m.add(lo, tail), hi)
		m.doubt64(m.unordered(y, y))
		return y
	}
}

// softplusGrad64 is grad * sigmoid(x).
func softplusGrad64(m lanes) func(grad, x f64) f64 {
	value := sigmoid64(m)
	return func(grad, x f64) f64 {
		return m.mul(value(x), m.again(grad))
	}
}

// softplusFused is softplus and its derivative 1/(1+w) for x >= 0 and w/(1+w) below. One
// reciprocal makes both quotients.
func softplusFused(m lanes) func(x f32) (y, d f32) {
	return func(x f32) (y, d f32) {
		over, series, s, other, inverse := logarithm(m, x)
		rising := m.choose(m.less(m.widen(x), m.const64(0)), over, other)
		y = m.round(m.addMul(m.max(m.const64(0), m.widen(x)), s, series))
		m.doubt(m.between32(x, -end, -normal))
		return y, m.round(m.mul(rising, inverse))
	}
}

// logarithm returns over and under of w = e^-|x|, 1/(over+under), and s and series with
// ln(1+w) = s*series.
func logarithm(m lanes, x f32) (over, series, s, under, inverse f64) {
	over, under = newPower(m, m.min(m.const64(end), m.and(m.widen(x), m.constBits64(1<<63-1))), -1).quotient()
	sum := m.add(over, under)
	long := m.add(sum, under)
	both := m.div(m.const64(1), m.mul(sum, long))
	s = m.mul(m.mul(over, sum), both)
	inverse = m.mul(long, both)
	return over, polynomial(m, m.mul(s, s), atanhCoefficients), s, under, inverse
}
