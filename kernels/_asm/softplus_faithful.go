package main

import (
	"math"
	"math/big"
)

// softplusHighest is where softplus(-a) has become 0: e^-104 < 2^-150.
const softplusHighest = 104

// softplusCoefficients are (2 atanh(y/2) - y)/y^3 in powers of y^2, for 0 <= y <= 2/3, lowest first.
// Their error is 2^-29.5 of the whole.
var softplusCoefficients = fitSingle(
	series(func(k int) *big.Float { return quo(newFloat(math.Ldexp(1, -2*(k+1))), newFloat(float64(2*k+3))) }).listed().at,
	func(q *big.Float) *big.Float { return q },
	0, 4./9*(1+0x1p-11), 5, 1, math.Exp2(-29.5))

// softplusLeast is a y whose square is normal, and nothing beside 1.
const softplusLeast = 0x1p-20

// softplusFaithful is max(x, 0) + 2 atanh(y/2) with y = 2S/(S + 2E), which is 2w/(2 + w) for w = e^-|x|. The
// smaller of y and max(x, 0) is added to the small rest first, where rounding costs least, and
// the two are scaled so that they are normal where the result is.
func softplusFaithful(in inStep) func(x vectors) vectors {
	const exponent, up = 32, 0x1p32
	var coefficients []float32
	for _, c := range softplusCoefficients {
		coefficients = append(coefficients, up*c)
	}
	m := newLogistic(in, 2, softplusHighest)
	return func(x vectors) vectors {
		_, s, u, d := m.parts(x)
		n := m.add(s, s)
		y := m.div(n, d)
		rest := m.mul(m.remainder(n, y, u), m.inverse(d, exponent))
		normal := m.max(y, m.constant(softplusLeast))
		q := m.mul(normal, normal)
		rest = m.addMul(rest, y, m.mul(q, m.polynomial(q, coefficients)))
		above := m.max(m.constant(0), x)
		rest = m.addMul(rest, m.min(above, y), m.constant(up))
		return m.mulAdd(rest, m.register(m.constant(1/up), len(rest)), m.max(above, y))
	}
}
