package main

// silu is x/(1 + e^-x). Results below those of -87, and of x below 2^-125, may be
// subnormal and are in doubt.
func silu(m lanes) func(x f32) f32 {
	e, highest := newExponential(m), m.keep64(end)
	return func(x f32) f32 {
		m.doubt(m.less32(x, m.const32(-end)))
		m.doubt(m.tiny32(x, (127-125)<<23))
		z := m.widen(x)
		s, f := e.ofNegative(m.min(highest, z))
		return m.round(m.div(z, m.mulAdd(s, f, m.const64(1))))
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
	e, highest := newExponential(m), m.keep64(end)
	return func(grad, x f32) f32 {
		m.doubt(m.less32(x, m.const32(-end)))
		t := m.sub(m.sub(m.min(highest, m.widen(x)), m.const64(siluZero)), m.const64(siluZeroRest))
		s, p := e.of(m.copy(t))
		t = m.addMul(t, m.addMul(m.sub(s, m.const64(1)), s, p), m.const64(expZero))
		v := m.mul(m.addMul(s, s, p), m.const64(expZero))
		d := m.add(v, m.const64(1))
		return m.mul32(grad, m.round(m.div(m.mul(v, t), m.mul(d, d))))
	}
}

// silu64 is x/(d+dl) with d+dl = 1 + e^-x. Infinities are in doubt, and so is NaN.
func silu64(m lanes) func(x f64) f64 {
	e, highest := newExponential64(m), m.keep64(60)
	return func(x f64) f64 {
		m.doubt64(m.less(x, m.const64(-end64)))
		z := m.away(x)
		d, dl := e.onePlusExp(m.min(highest, x))
		y := quotient(m, m.copy(z), nil, d, dl, m.div(m.const64(1), d))
		m.doubt64(m.unordered(y, y))
		return m.or(y, m.and(z, m.constBits64(1<<63)))
	}
}
