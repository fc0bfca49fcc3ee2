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

// squareplusEnd64 is the largest |x| of the float64 kernels that is not in doubt.
const squareplusEnd64 = 0x1p200

// squareplusTerms64 are h+hl = |x| + r+rl, r+rl = sqrt(x^2+b), and 1/(h*r) nearly.
func squareplusTerms64(m lanes, x, b f64) (h, hl, r, rl, inverse f64) {
	p := m.mul(x, x)
	s, sl := twoSum(m, p, b)
	sl = m.add(m.mulSub(x, x, p), sl)
	r = m.sqrt(s)
	h, hl = fastTwoSum(m, r, m.and(x, m.constBits64(1<<63-1)))
	inverse = m.div(m.const64(1), m.mul(h, r))
	rl = m.mul(m.add(m.subMul(s, r, r), sl), m.mul(m.mul(inverse, h), m.const64(.5)))
	h, hl = fastTwoSum(m, h, m.add(rl, hl))
	return h, hl, r, rl, inverse
}

// squareplus64 is h/2, and (b/2)/(h+hl) where x < 0. Large x are in doubt.
func squareplus64(m lanes) func(x f64) f64 {
	b := m.param64()
	half := m.mul(b, m.const64(.5))
	return func(x f64) f64 {
		m.doubt64(m.greater(m.and(x, m.constBits64(1<<63-1)), m.const64(squareplusEnd64)))
		h, hl, r, _, inverse := squareplusTerms64(m, x, b)
		y := quotient(m, m.copy(half), nil, h, hl, m.mul(inverse, r))
		return m.choose(m.less(x, m.const64(0)), y, m.mul(h, m.const64(.5)))
	}
}

// squareplusGrad64 is grad * d with d = (h/2)/r, and (b/2)/(h*r) where x < 0. Large x are in doubt.
func squareplusGrad64(m lanes) func(grad, x f64) f64 {
	b := m.param64()
	half := m.mul(b, m.const64(.5))
	return func(grad, x f64) f64 {
		m.doubt64(m.greater(m.and(x, m.constBits64(1<<63-1)), m.const64(squareplusEnd64)))
		h, hl, r, rl, inverse := squareplusTerms64(m, x, b)
		negative := m.less(x, m.const64(0))
		product := m.mul(h, r)
		pl := m.addMul(m.addMul(m.mulSub(h, r, m.copy(product)), h, rl), hl, r)
		n := m.choose(negative, half, m.mul(h, m.const64(.5)))
		nl := m.choose(negative, m.const64(0), m.mul(hl, m.const64(.5)))
		d, dl := m.choose(negative, product, r), m.choose(negative, pl, rl)
		return m.mul(quotient(m, n, nl, d, dl, m.choose(negative, inverse, m.mul(inverse, h))), m.again(grad))
	}
}
