package main

// sparseSigmoid is (x+1)/2 of the x that is nearest in [-1, 1].
func sparseSigmoid[V, M any](m arithmetic[V, M]) func(x V) V {
	return func(x V) V {
		s := m.add(m.min(m.constant(1), m.max(m.constant(-1), x)), m.constant(1))
		return m.mul(s, m.constant(.5))
	}
}

// sparseSigmoidGrad is grad/2 where |x| < 1 and 0 elsewhere.
func sparseSigmoidGrad[V, M any](m arithmetic[V, M]) func(grad, x V) V {
	return func(grad, x V) V {
		inside := m.bits(m.less(m.magnitude(x), m.constant(1)))
		return orNaN(m, m.and(m.mul(grad, m.constant(.5)), inside), grad, x)
	}
}
