package main

// logSigmoid is min(x, 0) - ln(1+w) with w = e^-|x|, as softplus. Results that may be
// subnormal are in doubt.
func logSigmoid(m lanes) func(x f32) f32 {
	highest := m.keep64(end)
	return func(x f32) f32 {
		z := m.widen(x)
		over, under := newPower(m, m.min(highest, m.and(z, m.constBits64(1<<63-1))), -1).quotient()
		s := m.ratio(over, m.add(over, m.add(under, under)))
		q := polynomial(m, m.mul(s, s), atanhCoefficients)
		return m.roundNormal(m.subMul(m.min(m.const64(0), z), s, q), m.sub32(m.const32(0), x), -end, -normal, 0)
	}
}

// logSigmoidGrad is grad * 1/(1 + e^x). Derivatives that may be subnormal are in doubt.
func logSigmoidGrad(m lanes) func(grad, x f32) f32 {
	lowest, highest := m.keep64(-end), m.keep64(end)
	return func(grad, x f32) f32 {
		over, under := newPower(m, m.limit(m.max, lowest, m.min(highest, m.widen(x))), 1).quotient()
		d := m.ratio(under, m.add(over, under))
		return m.mul32(grad, m.roundNormal(d, m.sub32(m.const32(0), x), -end, -normal, 0))
	}
}

// positiveBetween is normal <= x <= end.
func positiveBetween(m lanes, x f32) mask {
	return m.between32(m.sub32(m.const32(0), x), -end, -normal)
}

// logSigmoid64 is -(max(-x, 0) + q + tail), as softplus64.
func logSigmoid64(m lanes) func(x f64) f64 {
	e := newExponential64(m)
	return func(x f64) f64 {
		m.doubt64(m.greater(x, m.const64(end64)))
		q, tail := e.logOnePlus(m.min(m.const64(end64), m.and(x, m.constBits64(1<<63-1))))
		hi, lo := twoSum(m, q, m.sub(m.const64(0), m.min(m.const64(0), m.again(x))))
		y := m.add(m.add(lo, tail), hi)
		m.doubt64(m.unordered(y, y))
		return m.xor(y, m.constBits64(1<<63))
	}
}

// logSigmoidGrad64 is grad/(d+dl) with d+dl = 1 + e^x, the quotient 1/(d+dl) rounded.
func logSigmoidGrad64(m lanes) func(grad, x f64) f64 {
	e, one, lowest := newExponential64(m), m.keep64(1), m.keep64(-60)
	return func(grad, x f64) f64 {
		m.doubt64(m.greater(x, m.const64(end64)))
		s, exact, rest := e.split(m.max(lowest, x))
		d, dl := e.onePlus(s, e.short(exact, rest))
		return m.mul(inverse(m, one, d, dl), m.again(grad))
	}
}

// logSigmoidFused is LogSigmoid and its derivative, as softplusFused.
func logSigmoidFused(m lanes) func(x f32) (y, d f32) {
	return func(x f32) (y, d f32) {
		over, series, s, other, inverse := logarithm(m, x)
		falling := m.choose(m.less(m.widen(x), m.const64(0)), other, over)
		y = m.round(m.subMul(m.min(m.const64(0), m.widen(x)), s, series))
		m.doubt(positiveBetween(m, x))
		return y, m.round(m.mul(falling, inverse))
	}
}
