package main

// tanh is (e^2x - 1)/(e^2x + 1). Beyond 10 it rounds to 1.
func tanh(m lanes) func(x f32) f32 {
	lowest, highest := m.keep64(-10), m.keep64(10)
	return func(x f32) f32 {
		over, minus1, under := newSignedPower(m, m.max(lowest, m.min(highest, m.widen(x))), 2).minus1()
		return m.round(m.ratio(minus1, m.add(over, under)))
	}
}

const signBit = 1 << 31

// tanhGrad is grad * ((1-y)*(1+y)).
func tanhGrad[V, M any](m arithmetic[V, M]) func(grad, y V) V {
	one := m.keep(m.constant(1))
	return func(grad, y V) V {
		return m.mul(grad, m.mul(m.sub(one, y), m.add(one, y)))
	}
}

// tanh64 is u/(u+2) with u = e^2|x| - 1, and the sign of x.
func tanh64(m lanes) func(x f64) f64 {
	e := newExponential64(m)
	return func(x f64) f64 {
		a := m.min(m.const64(20), m.and(x, m.constBits64(1<<63-1)))
		s, exact, rest := e.split(m.add(a, a))
		p, pl := e.long(exact, rest)
		plus := m.add(s, m.const64(1))
		minus := m.sub(plus, m.const64(2))
		u := m.addMul(m.copy(minus), s, p)
		ul := m.addMul(m.addMul(m.sub(minus, u), s, p), s, pl)
		d := m.addMul(m.copy(plus), s, p)
		dl := m.addMul(m.sub(plus, d), s, p)
		y := quotient(m, u, ul, d, dl, m.div(m.const64(1), d))
		return m.or(y, m.and(m.constBits64(1<<63), m.again(x)))
	}
}
