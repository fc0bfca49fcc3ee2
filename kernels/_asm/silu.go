package main

// silu is x/(1 + e^-x). Results below those of -87, and of x below 2^-125, may be
// subnormal and are in doubt.
func silu(m lanes) func(x f32) f32 {
	e, highest := newExponential(m), m.keep32(m.const32(end))
	return func(x f32) f32 {
		m.doubt(m.less32(x, m.const32(-end)))
		m.doubt(m.tiny32(x, (127-125)<<23))
		s, p := e.ofNegative(m.widen(m.min32(highest, x)))
		return m.round(m.div(m.widen(x), m.addMul(m.add(s, m.const64(1)), s, p)))
	}
}

// The zero of SiLU's derivative, as in package kernels.
const (
	siluZero     = -0x1.474973c84120bp+0
	siluZeroRest = -0x1.f8d74bc9ac154p-54
	expZero      = 0x1.1d25cf210482ep-2
)

// siluGrad is grad * d(x). With t = x - siluZero, w = expZero and v = w*e^t = e^x,
// d = v * (t + w*(e^t-1)) / (1+v)^2.
func siluGrad(m lanes) func(grad, x f32) f32 {
	e, highest := newExponential(m), m.keep32(m.const32(end))
	return func(grad, x f32) f32 {
		m.doubt(m.less32(x, m.const32(-end)))
		t := m.sub(m.sub(m.widen(m.min32(highest, x)), m.const64(siluZero)), m.const64(siluZeroRest))
		s, p := e.of(m.copy(t))
		u := m.addMul(m.sub(s, m.const64(1)), s, p)
		t = m.addMul(t, u, m.const64(expZero))
		v := m.addMul(s, s, p)
		v = m.mul(v, m.const64(expZero))
		y := m.mul(v, t)
		v = m.add(v, m.const64(1))
		return m.mul32(grad, m.round(m.div(y, m.mul(v, v))))
	}
}
