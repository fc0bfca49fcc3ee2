package main

// silu is x/(1 + e^-x). Results that may be subnormal are in doubt.
func silu(m lanes) func(x f32) f32 {
	lowest, highest := m.keep64(-siluEnd), m.keep64(siluEnd)
	return func(x f32) f32 {
		z := m.max(lowest, m.widen(x))
		over, under := newPower(m, m.min(highest, z), -1).quotient()
		y := m.div(m.mul(z, under), m.add(over, under))
		m.doubt(m.between32(x, -siluEnd, -normal))
		m.doubt(m.tiny32(x, halfBits))
		return m.round(y)
	}
}

// halfBits are those of 2^-125, below whose |x| x/2 may be subnormal.
const halfBits = 2 << 23

// siluEnd is an |x| for which x*e^-|x| rounds to 0.
const siluEnd = 115

// The zero of SiLU's derivative, as in package kernels.
const (
	siluZero     = -0x1.474973c84120bp+0
	siluZeroRest = -0x1.f8d74bc9ac154p-54
	expZero      = 0x1.1d25cf210482ep-2
)

// siluGrad is grad * d(x). With t = x - siluZero, w = expZero and e^x = v = w*e^t,
//
//	d = v * (t + w*(e^t-1)) / (1+v)^2
//
// of which e^t = over/under makes one quotient. d that may be subnormal are in doubt.
func siluGrad(m lanes) func(grad, x f32) f32 {
	lowest, highest := m.const64(-siluEnd), m.const64(end)
	return func(grad, x f32) f32 {
		t := m.sub(m.sub(m.max(lowest, m.min(highest, m.widen(x))), m.const64(siluZero)), m.const64(siluZeroRest))
		over, minus1, under := newPower(m, t, 1).minus1()
		d := atZero(m, t, over, minus1, under, expZero)
		m.doubt(m.between32(x, -siluEnd, -normal))
		return m.mul32(grad, m.round(d))
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

// atZero is v * (t + w*(e-1)) / (1+v)^2 with v = w*e, e = over/under and
// e-1 = minus1/under. It consumes over and minus1.
func atZero(m lanes, t, over, minus1, under f64, w float64) f64 {
	v := m.mul(over, m.const64(w)) // times under
	sum := m.mulAdd(minus1, m.copy(m.const64(w)), m.mul(t, under))
	below := m.add(under, v)
	return m.div(m.mul(v, sum), m.mul(below, below))
}
