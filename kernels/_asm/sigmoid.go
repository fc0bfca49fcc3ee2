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
func sigmoidGrad(m lanes) func(grad, y f32) f32 {
	one := m.keep32(m.const32(1))
	return func(grad, y f32) f32 {
		return m.mul32(grad, m.mul32(m.sub32(one, y), y))
	}
}
