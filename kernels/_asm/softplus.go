package main

import (
	"math"
	"math/big"
)

// atanhCoefficients are 2*atanh(s)/s in powers of s^2, for 0 <= s <= 1/3, with an
// error of 2^-43 relative.
var atanhCoefficients = fit(func(k int) *big.Float { return quo(newFloat(2), newFloat(float64(2*k+1))) },
	0, 1./9, 7, math.Exp2(-40))

// softplus is max(x, 0) + ln(1+w) with w = e^-|x|, and ln(1+w) = 2 atanh(w/(2+w)).
// Results below e^-87 are in doubt.
func softplus(m lanes) func(x f32) f32 {
	e, highest, zero := newExponential(m), m.keep32(m.const32(end)), m.keep32(m.const32(0))
	return func(x f32) f32 {
		m.doubt(m.less32(x, m.const32(-end)))
		a := m.min32(highest, m.and32(x, m.constBits(signBit-1)))
		s, p := e.ofNegative(m.widen(a))
		w := m.addMul(s, s, p)
		s = m.div(w, m.add(w, m.const64(2)))
		q := polynomial(m, m.mul(s, s), atanhCoefficients)
		return m.round(m.addMul(m.widen(m.max32(zero, x)), s, q))
	}
}

// softplusGrad is grad * sigmoid(x).
func softplusGrad(m lanes) func(grad, x f32) f32 {
	value := logistic(m)
	return func(grad, x f32) f32 { return m.mul32(grad, value(x)) }
}
