package main

import "math/big"

// GELUTanh is x/(1 + e^-v), v = 2u(x) = x (K1 + K3 x^2); numbers as in package kernels.
const (
	geluTanhK1 = 0x1.9884533d43651p+00
	geluTanhK3 = 0x1.2444f2a4d8b4bp-04

	// geluTanhNormal is an |x| up to which results at -|x| are normal float32,
	// geluTanhEnd one from which they round to 0.
	geluTanhNormal, geluTanhEnd = 10, 11

	// The zero of the derivative is at -(geluTanhRoot + geluTanhRootRest).
	geluTanhRoot     = 0x1.81429f9e97e4dp-01
	geluTanhRootRest = -0x1.3ce60c9e3b279p-55
)

// geluTanh is x/(1 + e^-v). Results that may be subnormal are in doubt.
func geluTanh(m lanes) func(x f32) f32 {
	return func(x f32) f32 {
		z := m.max(m.const64(-geluTanhEnd), m.widen(x))
		a := m.min(m.const64(geluTanhEnd), z)
		v := m.mul(m.mulAdd(m.mul(a, a), m.copy(m.const64(geluTanhK3)), m.const64(geluTanhK1)), a)
		over, under := newPower(m, v, -1).quotient()
		y := m.div(m.mul(z, under), m.add(over, under))
		m.doubt(m.between32(x, -geluTanhEnd, -geluTanhNormal))
		m.doubt(m.tiny32(x, halfBits))
		return m.round(y)
	}
}

// geluTanhAtRoot is e^v at the derivative's zero x0, where 1 + e^v + x0 v'(x0) = 0.
var geluTanhAtRoot = func() float64 {
	root := new(big.Float).Add(newFloat(geluTanhRoot), newFloat(geluTanhRootRest))
	slope := new(big.Float).Add(newFloat(geluTanhK1), mul(mul(newFloat(3), newFloat(geluTanhK3)), mul(root, root)))
	w, _ := sub(mul(root, slope), newFloat(1)).Float64()
	return w
}()

// geluTanhGrad is grad * d(x), d = e (1 + e + x v') / (1+e)^2 with e = e^v. Around its zero x0
// the sum would cancel. With t = x - x0, w = e^v(x0), e = w e^dv and S = x^2 + x x0 + x0^2
//
//	dv = v(x) - v(x0) = t (K1 + K3 S)
//	1 + e + x v' = t (K1 + 3 K3 S) + w (e^dv - 1)
//
// whose terms have one sign. d that may be subnormal are in doubt.
func geluTanhGrad(m lanes) func(grad, x f32) f32 {
	return func(grad, x f32) f32 {
		z := m.max(m.const64(-geluTanhEnd), m.min(m.const64(geluTanhEnd), m.widen(x)))
		t := m.add(m.add(z, m.const64(geluTanhRoot)), m.const64(geluTanhRootRest))
		s := m.mulAdd(m.sub(z, m.const64(geluTanhRoot)), z, m.const64(geluTanhRoot*geluTanhRoot))
		cubic := m.mul(s, m.const64(geluTanhK3))
		linear := m.add(cubic, m.const64(geluTanhK1))
		rise := m.mul(m.add(m.add(cubic, cubic), linear), t)
		over, minus1, under := newPower(m, m.mul(linear, t), 1).minus1()
		d := atZero(m, rise, over, minus1, under, geluTanhAtRoot)
		m.doubt(m.between32(x, -geluTanhEnd, -geluTanhNormal))
		return m.mul32(grad, m.round(d))
	}
}

// geluTanhFused is GELUTanh and its derivative of geluTanhGrad's parts: GELUTanh is x*e/(1+e).
func geluTanhFused(m lanes) func(x f32) (y, d f32) {
	return func(x f32) (y, d f32) {
		z := m.max(m.const64(-geluTanhEnd), m.min(m.const64(geluTanhEnd), m.widen(x)))
		t := m.add(m.add(z, m.const64(geluTanhRoot)), m.const64(geluTanhRootRest))
		s := m.mulAdd(m.sub(z, m.const64(geluTanhRoot)), z, m.const64(geluTanhRoot*geluTanhRoot))
		cubic := m.mul(s, m.const64(geluTanhK3))
		linear := m.add(cubic, m.const64(geluTanhK1))
		rise := m.mul(m.add(m.add(cubic, cubic), linear), t)
		over, minus1, under := newPower(m, m.mul(linear, t), 1).minus1()
		part, slope := atZeroFused(m, rise, over, minus1, under, geluTanhAtRoot)
		m.doubt(m.between32(x, -geluTanhEnd, -geluTanhNormal))
		m.doubt(m.tiny32(x, halfBits))
		y = m.round(m.mul(m.max(m.const64(-geluTanhEnd), m.widen(x)), part))
		return y, m.round(slope)
	}
}
