package main

// end is the largest |x| for which the exponential of x alone is taken: e^-105 rounds to 0,
// and 1 + e^-105 to 1.
const end = 105

// normal is an |x| up to which e^-|x| is a normal float32.
const normal = 87

// sigmoid is 1/(1 + e^-x). Results that may be subnormal, whose ties lie elsewhere
// than round looks, are in doubt.
func sigmoid(m lanes) func(x f32) f32 {
	lowest, highest := m.keep64(-end), m.keep64(end)
	return func(x f32) f32 {
		over, under := newPower(m, m.max(lowest, m.limit(m.min, highest, m.widen(x))), -1).quotient()
		return m.roundNormal(m.ratio(under, m.add(over, under)), x, -end, -normal, 0)
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
		return inverse(m, one, d, dl)
	}
}
