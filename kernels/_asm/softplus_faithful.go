package main

import (
	"math"
	"math/big"
)

// softplusHighest is where softplus(-a) has become 0 and is below 2^-169.
const softplusHighest = 118

// softplusCoefficients are (2 atanh(y/2) - y)/y^3 in powers of y^2, for 0 <= y <= 2/3, lowest first.
// Their error is 2^-29.5 of the whole.
var softplusCoefficients = fitSingle(
	series(func(k int) *big.Float { return quo(newFloat(math.Ldexp(1, -2*(k+1))), newFloat(float64(2*k+3))) }).listed().at,
	func(q *big.Float) *big.Float { return q },
	0, 4./9*(1+0x1p-11), 5, 1, math.Exp2(-29.5))

// softplusGrain is nothing beside the y whose square counts, and its square is normal.
const softplusGrain = 0x1p-60

// softplusFaithful is max(x, 0) + 2 atanh(y/2) with y = 2S/(S + 2E), which is 2w/(2 + w) for w = e^-|x|. The
// smaller of y and max(x, 0) is added to the small rest first, where rounding costs least.
//
// y comes scaled, as it may be subnormal. Scaled back it is rounded to a multiple of
// 2^-24 grains: this is y itself where y is large, 0 where it could be subnormal, and what y has
// beside it is exact and goes to the rest, which is scaled.
func softplusFaithful(in inStep) func(x vectors) vectors {
	m := newLogistic(in, 2, softplusHighest)
	grain, up := m.constant(softplusGrain), m.constant(logisticUp)
	return func(x vectors) vectors {
		_, s, u, d := m.parts(x)
		n := m.add(s, s)
		scaled := m.div(n, d)
		above := m.addMul(grain, scaled, m.down)
		y := m.sub(above, grain)
		rest := m.mulAdd(m.remainder(n, scaled, u), m.inverse(d), m.subMul(m.copy(scaled), y, up))
		q := m.mul(above, above)
		rest = m.addMul(rest, scaled, m.mul(q, m.polynomial(q, softplusCoefficients)))
		positive := m.max(m.constant(0), x)
		rest = m.addMul(rest, m.min(positive, y), up)
		return m.addMul(m.max(y, positive), rest, m.down)
	}
}
