package main

// leakyReLU is x * d with d = 1 where x > 0 and the slope elsewhere.
func leakyReLU[V, M any](m arithmetic[V, M]) func(x V) V {
	slope := m.param()
	return func(x V) V {
		return m.mul(x, m.choose(m.greater(x, m.constant(0)), m.constant(1), slope))
	}
}

// leakyReLUGrad is grad * d(x), NaN where x is.
func leakyReLUGrad[V, M any](m arithmetic[V, M]) func(grad, x V) V {
	slope := m.param()
	return func(grad, x V) V {
		d := m.choose(m.greater(x, m.constant(0)), m.constant(1), slope)
		return m.mul(grad, m.or(d, m.bits(m.unordered(x, x))))
	}
}
