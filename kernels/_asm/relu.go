package main

// relu is max(0, x), and x where x is -0 or NaN.
func relu[V, M any](m arithmetic[V, M]) func(x V) V {
	zero := m.keep(m.constant(0))
	return func(x V) V { return m.notNegative(zero, x) }
}

// reluGrad is grad where x > 0, 0 where x <= 0, and NaN where one of them is NaN.
func reluGrad[V, M any](m arithmetic[V, M]) func(grad, x V) V {
	return func(grad, x V) V {
		passed := m.and(grad, m.bits(m.greater(x, m.constant(0))))
		return m.or(passed, m.bits(m.unordered(grad, x)))
	}
}
