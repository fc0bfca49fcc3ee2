package main

// sixthSingle is 1/6 rounded to float32, and sixthRest what that took away.
var (
	sixthSingle = float32(sixth)
	sixthRest   = float32(sixth - float64(sixthSingle))
)

// hardswishFaithful is x*w, w = (x+3)/6, of the x that is nearest in [-3, 3], and x above that. w is the sum of
// -minus and rest, which are 1/2 and next to nothing where x is small, so that subnormal results are rounded once.
func hardswishFaithful(m inStep) func(x vectors) vectors {
	three, minus3 := m.keep(m.constant(3)), m.keep(m.constant(-3))
	return func(x vectors) vectors {
		z := m.max(minus3, m.min(three, x))
		s := m.add(z, three)
		low := m.sub(z, m.sub(s, three))
		minus := m.mul(s, m.constant(-sixthSingle))
		rest := m.subMul(m.copy(minus), s, m.constant(-sixthSingle))
		rest = m.addMul(rest, low, m.constant(sixthSingle))
		rest = m.addMul(rest, s, m.constant(sixthRest))
		y := m.subMul(m.mul(z, rest), z, minus)
		y = m.or(y, m.and(x, m.bits(signBit)))
		return m.selectLess(three, x, x, y)
	}
}
