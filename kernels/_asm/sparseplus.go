package main

// sparsePlus is (x+1)^2/4 of the x that is nearest in [-1, 1], and x above that. Its
// float64 is on a tie of float32 only where that is exact.
func sparsePlus(m lanes) func(x f32) f32 {
	return func(x f32) f32 {
		s := m.add(m.widen(m.min32(m.const32(1), m.max32(m.const32(-1), x))), m.const64(1))
		y := m.narrow(m.mul(m.mul(s, s), m.const64(.25)))
		return m.select32(m.greater32(x, m.const32(1)), x, y)
	}
}

// sparsePlusGrad is grad * sparseSigmoid(x), and 0 where x <= -1.
func sparsePlusGrad[V, M any](m arithmetic[V, M]) func(grad, x V) V {
	d := sparseSigmoid(m)
	return func(grad, x V) V {
		p := m.and(m.mul(grad, d(x)), m.bits(m.greater(x, m.constant(-1))))
		return orNaN(m, p, grad, x)
	}
}

// sparsePlus64 is the square in two parts.
func sparsePlus64(m lanes) func(x f64) f64 {
	return func(x f64) f64 {
		s, rest := plus(m, m.min(m.const64(1), m.max(m.const64(-1), x)), m.const64(1))
		p := m.mul(s, s)
		error := m.subMul(m.copy(p), s, s) // p - s*s, exactly
		both := m.mul(m.add(s, s), rest)
		y := m.mul(m.add(p, m.sub(both, error)), m.const64(.25))
		return m.choose(m.greater(x, m.const64(1)), x, y)
	}
}
