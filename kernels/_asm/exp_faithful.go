package main

import (
	"math"
	"math/big"
)

// e^expLowest rounds to 0, and e^expHighest is beyond the largest float32.
const (
	expLowest  = -104
	expHighest = 89
)

// expCoefficients are (e^r - 1)/r, lowest first. r times them has an error of 2^-27.7 of e^r.
var expCoefficients = fitSingle(
	series(func(k int) *big.Float { return inverseFactorial(k + 1) }).listed().at,
	func(r *big.Float) *big.Float { return quo(new(big.Float).Abs(r), bigExp(r)) },
	-halfReach, halfReach, 6, 1, math.Exp2(-27.7))

// expFaithful is 2^n * e^r. 2^n may be beyond float32 on both sides, and is two factors: the
// product with the first is normal, and exact, so that a subnormal result is rounded
// once more and stays faithful.
func expFaithful(m inStep) func(x vectors) vectors {
	shift, lowest, highest := m.keep(m.constant(shift32)), m.keep(m.constant(expLowest)), m.keep(m.constant(expHighest))
	return func(x vectors) vectors {
		z := m.max(lowest, m.min(highest, x))
		t := m.addMul(shift, z, m.constant(1/math.Ln2))
		n := m.sub(t, shift)
		r := m.subMul(m.subMul(z, n, m.constant(ln2Single)), n, m.constant(ln2Rest))
		y := m.mulAdd(m.polynomial(r, expCoefficients), r, m.constant(1))
		half := m.and(m.shiftBits(t, 22), m.bits(0xff800000)) // n/2, rounded down
		rest := m.subBits(m.shiftBits(t, 23), half)
		return m.mul(m.mul(y, m.addBits(half, m.constant(1))), m.addBits(rest, m.constant(1)))
	}
}
