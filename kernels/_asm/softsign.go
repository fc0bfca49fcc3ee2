package main

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
