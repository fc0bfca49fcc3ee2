package main

// leakyReLU is x * d with d = 1 where x > 0 and the slope elsewhere.
func leakyReLU(m lanes) func(x f32) f32 {
	slope := m.param32()
	return func(x f32) f32 {
		return m.mul32(x, m.select32(m.greater32(x, m.const32(0)), m.const32(1), slope))
	}
}

// leakyReLUGrad is grad * d(x), NaN where x is.
func leakyReLUGrad(m lanes) func(grad, x f32) f32 {
	slope := m.param32()
	return func(grad, x f32) f32 {
		d := m.select32(m.greater32(x, m.const32(0)), m.const32(1), slope)
		return m.mul32(grad, m.or32(d, m.maskBits(m.unordered32(x, x))))
	}
}
