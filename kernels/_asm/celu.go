package main

// celu is x where x > 0 and alpha * (e^(x/alpha) - 1) elsewhere, x/alpha being the
// product with 1/alpha: its two roundings change the result by 2^-52 at most, relative.
// Negative x near zero are in doubt, as in elu.
func celu(m lanes) func(x f32) f32 {
	alpha := m.param64()
	inverse := m.div(m.const64(1), alpha)
	return func(x f32) f32 {
		q := m.mul(m.min(m.const64(0), m.widen(x)), inverse)
		_, minus1, under := newSignedPower(m, m.max(m.const64(-end), q), 1).minus1()
		y := m.ratio(m.mul(minus1, alpha), under)
		m.doubt(m.negativeTiny32(x, tinyBits))
		return m.select32(m.greater32(x, m.const32(0)), x, m.round(y))
	}
}

// celuGrad is grad where y > 0 and grad * ((y+alpha)/alpha) elsewhere.
func celuGrad[V, M any](m arithmetic[V, M]) func(grad, y V) V {
	alpha := m.param()
	return func(grad, y V) V {
		d := m.div(m.add(y, alpha), alpha)
		return m.mul(grad, m.choose(m.greater(y, m.constant(0)), m.constant(1), d))
	}
}

// celu64 is x where x > -alpha*2^-60 and alpha*(u+ul) with u+ul = e^(x/alpha) - 1 elsewhere, x/alpha a
// sum of two.
func celu64(m lanes) func(x f64) f64 {
	e, alpha := newExponential64(m), m.param64()
	inverse := m.div(m.const64(1), alpha)
	return func(x f64) f64 {
		z := m.max(m.mul(alpha, m.const64(-40)), m.min(m.const64(0), x))
		q := m.mul(z, inverse)
		ql := m.mul(m.subMul(z, q, alpha), inverse)
		s, exact, rest := e.split(q)
		p, pl := e.long(exact, m.add(rest, ql))
		minus, low := fastTwoSum(m, m.const64(-1), s)
		u, ul := plusScaled(m, minus, low, s, p, pl)
		y := m.addMul(m.mul(ul, alpha), alpha, u)
		return m.choose(m.greater(m.again(x), m.mul(alpha, m.const64(-0x1p-60))), m.again(x), y)
	}
}
