package main

// mish is x*n/(n+2) with n = w*(w+2) and w = e^x = over/under, of which over and under make
// one quotient. Its relative error is that of w at most, and some roundings. Results
// that may be subnormal are in doubt.
func mish(m lanes) func(x f32) f32 {
	lowest, highest := m.keep64(-siluEnd), m.keep64(end)
	return func(x f32) f32 {
		z := m.max(lowest, m.widen(x))
		over, under := newPower(m, m.min(highest, z), 1).quotient()
		n := m.mul(over, m.add(over, m.add(under, under)))
		d := m.add(n, m.mul(under, m.add(under, under)))
		y := m.div(m.mul(z, n), d)
		m.doubt(m.between32(x, -siluEnd, -normal))
		m.doubt(m.tiny32(x, 2*halfBits))
		return m.round(y)
	}
}

// The zero of Mish's derivative and what follows from it, as in package kernels.
const (
	mishZero     = -0x1.31432c0d12d84p+0
	mishZeroRest = -0x1.bf319154da210p-55
	mishExpZero  = 0x1.36c4202fc3eccp-2
	mishConstant = 0x1.44a5b49f64236p+1
	mish4AndZero = 0x1.136c4202fc3edp+2
)

// mishGrad is grad * d(x). With t = x - mishZero, g = mishExpZero*(e^t-1) and
// w = mishExpZero*e^t = e^x,
//
//	d = w * (4t*(1+w) + g*(mishConstant + w*(mish4AndZero + w))) / (w*(w+2) + 2)^2
//
// of which e^t = over/under makes one quotient: w and g become v/under and g/under. From 40
// on d rounds to 1. d that may be subnormal are in doubt.
func mishGrad(m lanes) func(grad, x f32) f32 {
	return func(grad, x f32) f32 {
		over, g, under := newPower(m, fromMishZero(m, x), 1).minus1()
		v := m.mul(over, m.const64(mishExpZero))
		g = m.mul(g, m.const64(mishExpZero))
		sum := m.mul(m.add(m.mul(under, m.const64(mish4AndZero)), v), v)
		square := m.mul(under, under)
		sum = m.mul(m.addMul(sum, square, m.copy(m.const64(mishConstant))), g)
		t4 := m.mul(fromMishZero(m, x), m.const64(4)) // again: it would take up registers
		sum = m.addMul(sum, m.mul(t4, square), m.add(under, v))
		below := m.mulAdd(m.add(v, m.add(under, under)), v, m.add(square, square))
		d := m.div(m.mul(v, sum), m.mul(below, below))
		m.doubt(m.between32(x, -siluEnd, -normal))
		return m.mul32(grad, m.round(d))
	}
}

// fromMishZero is t, with x cut off.
func fromMishZero(m lanes, x f32) f64 {
	z := m.max(m.const64(-siluEnd), m.min(m.const64(40), m.widen(x)))
	return m.sub(m.sub(z, m.const64(mishZero)), m.const64(mishZeroRest))
}

// mishFused is Mish and its derivative of mishGrad's parts. One reciprocal makes both.
func mishFused(m lanes) func(x f32) (y, d f32) {
	return func(x f32) (y, d f32) {
		over, g, under := newPower(m, fromMishZero(m, x), 1).minus1()
		v := m.mul(over, m.const64(mishExpZero))
		g = m.mul(g, m.const64(mishExpZero))
		sum := m.mul(m.add(m.mul(under, m.const64(mish4AndZero)), v), v)
		square := m.mul(under, under)
		sum = m.mul(m.addMul(sum, square, m.copy(m.const64(mishConstant))), g)
		t4 := m.mul(fromMishZero(m, x), m.const64(4))
		sum = m.addMul(sum, m.mul(t4, square), m.add(under, v))
		n := m.mul(m.add(v, m.add(under, under)), v)
		inverse := m.div(m.const64(1), m.add(n, m.add(square, square)))
		d = m.round(m.mul(m.mul(v, inverse), m.mul(sum, inverse)))
		y = m.round(m.mul(m.max(m.const64(-siluEnd), m.widen(x)), m.mul(n, inverse)))
		m.doubt(m.between32(x, -siluEnd, -normal))
		m.doubt(m.tiny32(x, 2*halfBits))
		return y, d
	}
}
