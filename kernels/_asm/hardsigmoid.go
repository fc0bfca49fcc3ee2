package main

// sixth is 1/6 rounded, as in package kernels.
const sixth = 1. / 6

// hardsigmoid is (x+3)/6 of the x that is nearest in [-3, 3]. Its float64 is on a tie of
// float32 only where that is exact.
func hardsigmoid(m lanes) func(x f32) f32 {
	return func(x f32) f32 {
		z := m.widen(m.min32(m.const32(3), m.max32(m.const32(-3), x)))
		return m.narrow(m.mul(m.add(z, m.const64(3)), m.const64(sixth)))
	}
}

// hardsigmoidGrad is grad/6 where |x| < 3 and 0 elsewhere.
func hardsigmoidGrad[V, M any](m arithmetic[V, M]) func(grad, x V) V {
	return func(grad, x V) V {
		inside := m.bits(m.less(m.magnitude(x), m.constant(3)))
		return orNaN(m, m.and(m.div(grad, m.constant(6)), inside), grad, x)
	}
}

// hardsigmoid64 is the sum in two parts, divided by 6.
func hardsigmoid64(m lanes) func(x f64) f64 {
	minus6 := m.keep64(-6)
	return func(x f64) f64 {
		s, rest := plus(m, m.min(m.const64(3), m.max(m.const64(-3), x)), m.const64(3))
		return over6(m, minus6, s, rest)
	}
}

// plus is a+b rounded, and the rounding error; b is in memory.
func plus(m lanes, a, b f64) (s, rest f64) {
	s = m.add(a, b)
	t := m.sub(s, a)
	return s, m.add(m.sub(a, m.sub(s, t)), m.sub(b, t))
}

// over6 is (a+rest)/6, given -6 in a register.
func over6(m lanes, minus6, a, rest f64) f64 {
	q := m.mul(a, m.const64(sixth))
	left := m.add(m.mulAdd(m.copy(q), minus6, a), rest)
	return m.add(q, m.mul(left, m.const64(sixth)))
}
