package main

// siluHighest is where SiLU(-a) has become -0 and is above -2^-169.
const siluHighest = 123

// siluFaithful is max(x, -0) - a*S/(S + E) at a = |x|: where x is positive, a*S/(S + E) is at most half of
// it, and the difference exact while its error counts. The product a*S is the sum of n and -nl.
func siluFaithful(in inStep) func(x vectors) vectors {
	m := newLogistic(in, 1, siluHighest)
	return func(x vectors) vectors {
		a, s, u, d := m.parts(x)
		n := m.mul(a, s)
		nl := m.subMul(m.copy(n), a, s)
		y := m.div(n, d)
		y = m.addMul(y, m.sub(m.remainder(n, y, u), nl), m.inverse(d))
		return m.subMul(m.max(m.bits(signBit), x), y, m.down)
	}
}
