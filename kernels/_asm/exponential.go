package main

// beyondFloat32 is an x whose e^x is beyond the largest float32.
const beyondFloat32 = 100

// exp is e^x. Results that may be subnormal are in doubt.
func exp(m lanes) func(x f32) f32 {
	lowest, highest := m.keep64(-end), m.keep64(beyondFloat32)
	return func(x f32) f32 {
		over, under := newPower(m, m.limit(m.max, lowest, m.limit(m.min, highest, m.widen(x))), 1).quotient()
		return m.roundNormal(m.ratio(over, under), x, -end, -normal, 0)
	}
}

// expGrad is grad * y.
func expGrad[V, M any](m arithmetic[V, M]) func(grad, y V) V {
	return func(grad, y V) V { return m.mul(grad, y) }
}
