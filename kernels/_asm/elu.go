package main

// Where |x| is below the float32 with these bits, 2^-100, alpha*x may be subnormal
// for the alpha that elu is used with, |alpha| >= 2^-20.
const tinyBits = (127 - 100) << 23

// elu is x where x > 0 and alpha * (e^x - 1) elsewhere. Negative x near zero are in doubt.
func elu(m lanes) func(x f32) f32 {
	lowest, alpha := m.keep64(-end), m.param64()
	return func(x f32) f32 {
		_, minus1, under := newSignedPower(m, m.max(lowest, m.min(m.const64(0), m.widen(x))), 1).minus1()
		y := m.ratio(m.mul(minus1, alpha), under)
		m.doubt(m.negativeTiny32(x, tinyBits))
		return m.select32(m.greater32(x, m.const32(0)), x, m.round(y))
	}
}

// eluGrad is grad where y > 0 and grad * (y+alpha) elsewhere.
func eluGrad[V, M any](m arithmetic[V, M]) func(grad, y V) V {
	alpha := m.param()
	return func(grad, y V) V {
		d := m.add(y, alpha)
		return m.mul(grad, m.choose(m.greater(y, m.constant(0)), m.constant(1), d))
	}
}

// elu64 is x where x > 0 and alpha*(u+ul) with u+ul = e^x - 1 elsewhere. The sum loses the sign of -0.
func elu64(m lanes) func(x f64) f64 {
	e, alpha := newExponential64(m), m.param64()
	return func(x f64) f64 {
		u, ul := e.expMinus1(m.max(m.const64(-40), m.min(m.const64(0), x)))
		y := m.addMul(m.mul(ul, alpha), alpha, u)
		y = m.or(y, m.and(m.constBits64(1<<63), m.again(x)))
		return m.choose(m.greater(m.again(x), m.const64(0)), m.again(x), y)
	}
}
