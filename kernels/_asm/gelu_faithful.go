package main

import "math"

// shortTailRatio is tailRatio with fewer terms, and an error of 2^-27.
var shortTailRatio = fitRational(scaledTail, 0, geluEnd, 4, 5, math.Exp2(-27))

// shortHalfTangent is halfTangent with fewer terms, and an error of 2^-29.
var shortHalfTangent = fitRational(halfTangentOf, 0, math.Ln2*math.Ln2/4, 1, 1, math.Exp2(-29))

// geluFaithful is gelu in float64 to the precision that a faithful float32 takes; a subnormal result is
// rounded from float64 too.
func geluFaithful(m lanes) func(x f32) f32 {
	return func(x f32) f32 {
		a := m.min(m.const64(geluEnd), m.and(m.widen(x), m.constBits64(1<<63-1)))
		p, q := m.mul(polynomial(m, a, shortTailRatio.over), a), polynomial(m, a, shortTailRatio.under)
		over, under := newPowerBy(m, shortHalfTangent, m.mul(a, a), -.5).quotient()
		tail := m.div(m.mul(over, p), m.mul(under, q))
		return m.narrow(m.sub(m.max(m.const64(0), m.widen(x)), tail))
	}
}
