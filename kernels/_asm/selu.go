package main

// SELU's parameters, as in package kernels: lambda, and lambda*alpha as a sum.
const (
	seluLambda    = 1.0507009873554805
	seluScale     = 0x1.c212cc640f03p+0
	seluScaleRest = 0x1.092dbf6372048p-54
)

// selu is lambda*x where x > 0 and lambda*alpha*(e^x - 1) elsewhere: the sum of
// both, as one of them is zero. Tiny x, but not zero, are in doubt.
func selu(m lanes) func(x f32) f32 {
	return func(x f32) f32 {
		z := m.widen(x)
		above := m.mul(m.max(m.const64(0), z), m.const64(seluLambda))
		_, minus1, under := newSignedPower(m, m.max(m.const64(-end), m.min(m.const64(0), z)), 1).minus1()
		below := m.ratio(m.mul(minus1, m.const64(seluScale)), under)
		y := m.add(above, below)
		m.doubt(m.tiny32(x, tinyBits))
		return m.round(y)
	}
}

// seluGrad is grad * d(y) with d = lambda where y > 0 and y + lambda*alpha elsewhere,
// correctly rounded.
func seluGrad(m lanes) func(grad, y f32) f32 {
	lambda := m.keep32(m.const32(seluLambda))
	return func(grad, y f32) f32 {
		d := m.round(m.add(m.add(m.widen(y), m.const64(seluScale)), m.const64(seluScaleRest)))
		return m.mul32(grad, m.select32(m.greater32(y, m.const32(0)), lambda, d))
	}
}

// selu64 is lambda*x where x > 0 and lambda*alpha*(u+ul) with u+ul = e^x - 1 elsewhere.
func selu64(m lanes) func(x f64) f64 {
	e, scale := newExponential64(m), m.const64(seluScale)
	return func(x f64) f64 {
		u, ul := e.expMinus1(m.max(m.const64(-40), m.min(m.const64(0), x)))
		y := m.addMul(m.addMul(m.mul(u, m.const64(seluScaleRest)), ul, scale), u, scale)
		y = m.or(y, m.and(m.constBits64(1<<63), m.again(x)))
		return m.choose(m.less(m.const64(0), m.again(x)), m.mul(m.const64(seluLambda), m.again(x)), y)
	}
}

// seluGrad64 is grad * d(y) with d = lambda where y > 0 and y + lambda*alpha elsewhere.
// The sum's rounding error is NaN at -Inf, and nothing far below 0.
func seluGrad64(m lanes) func(grad, y f64) f64 {
	return func(grad, y f64) f64 {
		hi, lo := twoSum(m, y, m.const64(seluScale))
		d := m.add(m.add(lo, m.const64(seluScaleRest)), hi)
		d = m.choose(m.less(y, m.const64(-0x1p60)), hi, d)
		return m.mul(grad, m.choose(m.greater(y, m.const64(0)), m.const64(seluLambda), d))
	}
}
