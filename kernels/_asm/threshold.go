package main

// threshold is x where x > at, NaN where x is, and value elsewhere.
func threshold[V, M any](m arithmetic[V, M]) func(x V) V {
	at, value := m.param(), m.second()
	return func(x V) V {
		return orNaN(m, m.choose(m.greater(x, at), x, value), x, x)
	}
}

// thresholdGrad is grad where x > at and 0 elsewhere.
func thresholdGrad[V, M any](m arithmetic[V, M]) func(grad, x V) V {
	at := m.param()
	return func(grad, x V) V {
		return orNaN(m, m.and(grad, m.bits(m.greater(x, at))), grad, x)
	}
}
