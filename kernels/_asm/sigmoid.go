package main

// end is the largest |x| for which the exponential is taken: e^-87 is a normal
// float32, and 1 + e^-87 rounds to 1.
const end = 87

// sigmoid is 1/(1 + e^-x). Results below e^-87, which may be subnormal, are in doubt.
func sigmoid(m lanes) func(x f32) f32 {
	e, one, highest := newExponential(m), m.keep64(1), m.keep32(m.const32(end))
	return func(x f32) f32 {
		m.doubt(m.less32(x, m.const32(-end)))
		s, f := e.ofNegative(m.widen(m.min32(highest, x)))
		return m.round(m.div(one, m.mulAdd(s, f, one)))
	}
}

// sigmoidGrad is grad * ((1-y)*y).
func sigmoidGrad[V, M any](m arithmetic[V, M]) func(grad, y V) V {
	one := m.keep(m.constant(1))
	return func(grad, y V) V {
		return m.mul(grad, m.mul(m.sub(one, y), y))
	}
}
