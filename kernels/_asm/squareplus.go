package main

// squareplusTerms are a = |x| and r = sqrt(x^2+b) as h = a+r and r, and where x < 0.
func squareplusTerms(m lanes, x f32, b f64) (h, r f64, negative mask64) {
	z := m.widen(x)
	r = m.sqrt(m.add(m.mul(z, z), b))
	return m.add(m.and(z, m.constBits64(1<<63-1)), r), r, m.less(z, m.const64(0))
}

// squareplus is h/2, and (b/2)/h where x < 0. Where that is subnormal, x is in doubt.
func squareplus(m lanes) func(x f32) f32 {
	b := m.param64()
	half := m.mul(b, m.const64(.5))
	return func(x f32) f32 {
		m.doubt(m.less32(x, m.const32(-0x1p100)))
		h, _, negative := squareplusTerms(m, x, b)
		return m.round(m.choose(negative, m.div(half, h), m.mul(h, m.const64(.5))))
	}
}

// squareplusGrad is grad * d with d = (h/2)/r, and (b/2)/(h*r) where x < 0. Where d is
// subnormal or x infinite, x is in doubt.
func squareplusGrad(m lanes) func(grad, x f32) f32 {
	b := m.param64()
	half := m.mul(b, m.const64(.5))
	return func(grad, x f32) f32 {
		m.doubt(m.greater32(m.and32(x, m.constBits(signBit-1)), m.const32(0x1p50)))
		h, r, negative := squareplusTerms(m, x, b)
		over := m.choose(negative, half, m.mul(h, m.const64(.5)))
		under := m.choose(negative, m.mul(h, r), r)
		return m.mul32(grad, m.round(m.div(over, under)))
	}
}
