package main

import (
	"math"
	"math/big"
)

// atanhCoefficients are 2*atanh(s)/s in powers of s^2, for 0 <= s <= 1/3, with an
// error of 2^-43.7.
var atanhCoefficients = fit(func(k int) *big.Float { return quo(newFloat(2), newFloat(float64(2*k+1))) },
	0, 1./9, 7, math.Exp2(-43.7))

// softplus is max(x, 0) + ln(1+w) with w = e^-|x|, and ln(1+w) = 2 atanh(w/(2+w)).
// The error is that of w, 2^-41.5, and of the polynomial. Results below e^-87 are in doubt.
func softplus(m lanes) func(x f32) f32 {
	e, zero, highest := newExponential(m), m.keep64(0), m.keep64(end)
	return func(x f32) f32 {
		m.doubt(m.less32(x, m.const32(-end)))
		z := m.widen(x)
		s, f := e.ofNegative(m.min(highest, m.and(z, m.constBits64(1<<63-1))))
		w := m.mul(s, f)
		s = m.div(w, m.add(w, m.const64(2)))
		q := polynomial(m, m.mul(s, s), atanhCoefficients)
		return m.round(m.addMul(m.max(zero, z), s, q))
	}
}

// softplusGrad is grad * sigmoid(x).
func softplusGrad(m lanes) func(grad, x f32) f32 {
	value := sigmoid(m)
	return func(grad, x f32) f32 { return m.mul32(grad, value(x)) }
}
