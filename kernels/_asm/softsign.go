package main

import "math"

// softsign is x/(1+|x|) of the x that is nearest in [-2^60, 2^60].
func softsign(m lanes) func(x f32) f32 {
	return func(x f32) f32 {
		z := m.widen(m.min32(m.const32(0x1p60), m.max32(m.const32(-0x1p60), x)))
		s := m.add(m.and(z, m.constBits64(1<<63-1)), m.const64(1))
		return m.round(m.div(z, s))
	}
}

// softsignGrad is grad/(1+|x|)^2, the factor rounded. Where that is subnormal, x is in
// doubt.
func softsignGrad(m lanes) func(grad, x f32) f32 {
	one := m.keep64(1)
	return func(grad, x f32) f32 {
		a := m.and32(x, m.constBits(signBit-1))
		m.doubt(m.greater32(a, m.const32(0x1p62)))
		s := m.add(m.widen(a), one)
		return m.mul32(grad, m.round(m.div(one, m.mul(s, s))))
	}
}

// softsign64 is the quotient and its correction, and x where that is tiny.
func softsign64(m lanes) func(x f64) f64 {
	return func(x f64) f64 {
		z := m.min(m.const64(0x1p60), m.max(m.const64(-0x1p60), x))
		a := m.and(z, m.constBits64(1<<63-1))
		s, rest := plus(m, a, m.const64(1))
		q := m.div(z, s)
		left := m.sub(m.subMul(m.copy(z), q, s), m.mul(q, rest)) // z - q*(s+rest)
		y := m.add(q, m.div(left, s))
		return m.choose(m.less(a, m.const64(math.Nextafter(0x1p-60, 1))), z, y)
	}
}

// softsignGrad64 is grad times the quotient and its correction. Where |x| is large, x is
// in doubt.
func softsignGrad64(m lanes) func(grad, x f64) f64 {
	one := m.keep64(1)
	return func(grad, x f64) f64 {
		a := m.and(x, m.constBits64(1<<63-1))
		m.doubt64(m.greater(a, m.const64(math.Nextafter(0x1p400, 0))))
		s, rest := plus(m, a, m.const64(1))
		p := m.mul(s, s)
		error := m.subMul(m.copy(p), s, s) // p - s*s, exactly
		low := m.sub(m.mul(m.add(s, s), rest), error)
		q := m.div(one, p)
		left := m.sub(m.subMul(m.copy(one), q, p), m.mul(q, low))
		return m.mul(grad, m.add(q, m.div(left, p)))
	}
}
