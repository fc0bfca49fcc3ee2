package main

// relu is max(0, x), and x where x is -0 or NaN.
func relu(m lanes) func(x f32) f32 {
	zero := m.keep32(m.const32(0))
	return func(x f32) f32 {
		// Adding -0 makes a NaN quiet and changes nothing else.
		return m.max32(zero, m.add32(x, m.constBits(signBit)))
	}
}

// reluGrad is grad where x > 0, 0 where x <= 0, and NaN where one of them is NaN.
func reluGrad(m lanes) func(grad, x f32) f32 {
	return func(grad, x f32) f32 {
		passed := m.and32(grad, m.maskBits(m.greater32(x, m.const32(0))))
		return m.or32(passed, m.maskBits(m.unordered32(grad, x)))
	}
}
