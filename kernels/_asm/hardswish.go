package main

import "math"

// tieBreak is that of package kernels.
const tieBreak = 0x1p-178

// hardswish is x*(x+3)/6 of the x that is nearest in [-3, 3], and x above that, with x's
// sign. Its float64 is on a tie of float32 only where that is exact.
func hardswish(m lanes) func(x f32) f32 {
	factor := m.keep64(sixth)
	return func(x f32) f32 {
		z := m.widen(m.min32(m.const32(3), m.max32(m.const32(-3), x)))
		y := m.narrow(m.mulAdd(m.mul(z, m.add(z, m.const64(3))), factor, m.const64(tieBreak)))
		y = m.or32(y, m.and32(x, m.constBits(signBit)))
		return m.select32(m.greater32(x, m.const32(3)), x, y)
	}
}

// hardswishGrad is grad * d(x) with d = 1 where x >= 3 and (2x+3)/6 below, and 0 where
// x <= -3.
func hardswishGrad(m lanes) func(grad, x f32) f32 {
	return func(grad, x f32) f32 {
		z := m.widen(m.min32(m.const32(3), m.max32(m.const32(-3), x)))
		d := m.narrow(m.mul(m.add(m.add(z, z), m.const64(3)), m.const64(sixth)))
		below3 := m.const32(math.Nextafter32(3, 0))
		p := m.mul32(grad, m.select32(m.greater32(x, below3), m.const32(1), d))
		p = m.and32(p, m.maskBits(m.greater32(x, m.const32(-3))))
		return m.or32(p, m.maskBits(m.unordered32(grad, x)))
	}
}

// hardswish64 is the product in two parts, divided by 6.
func hardswish64(m lanes) func(x f64) f64 {
	sign, magnitude := m.const64(math.Copysign(0, -1)), m.constBits64(1<<63-1)
	minus6 := m.keep64(-6)
	return func(x f64) f64 {
		z := m.min(m.const64(3), m.max(m.const64(-3), x))
		s, rest := plus(m, z, m.const64(3))
		p := m.mul(z, s)
		error := m.subMul(m.copy(p), z, s) // p - z*s, exactly
		y := over6(m, minus6, p, m.sub(m.mul(z, rest), error))
		y = m.or(m.and(y, magnitude), m.and(x, sign))
		return m.choose(m.greater(x, m.const64(3)), x, y)
	}
}

// hardswishGrad64 is hardswishGrad with the sum in two parts.
func hardswishGrad64(m lanes) func(grad, x f64) f64 {
	minus6 := m.keep64(-6)
	return func(grad, x f64) f64 {
		z := m.min(m.const64(3), m.max(m.const64(-3), x))
		s, rest := plus(m, m.add(z, z), m.const64(3))
		d := over6(m, minus6, s, rest)
		below3 := m.const64(math.Nextafter(3, 0))
		p := m.mul(grad, m.choose(m.greater(x, below3), m.const64(1), d))
		p = m.and(p, m.bits(m.greater(x, m.const64(-3))))
		return m.or(p, m.bits(m.unordered(grad, x)))
	}
}
