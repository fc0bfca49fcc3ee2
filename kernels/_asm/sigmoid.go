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

// end64 is the float64 kernels' end, as in package kernels: what is below e^-700 is in doubt.
const end64 = 700

// sigmoid64 is 1/(d+dl) with d+dl = 1 + e^-x.
func sigmoid64(m lanes) func(x f64) f64 {
	e, one, highest := newExponential64(m), m.keep64(1), m.keep64(60)
	return func(x f64) f64 {
		m.doubt64(m.less(x, m.const64(-end64)))
		d, dl := e.onePlusExp(m.min(highest, x))
		y := m.div(one, d)
		return m.mulAdd(remainder(m, m.copy(one), nil, d, dl, y), y, y)
	}
}
