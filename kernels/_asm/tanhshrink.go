package main

// Lambert's continued fraction of the hyperbolic tangent as far as 15 is
// x*lambertTanh(s)/lambertDenominator(s), s = x^2, and x less that is
// x*s*lambertShrink(s)/lambertDenominator(s), for |x| <= 1 with an error of 2^-45.
var (
	lambertTanh        = []float64{2027025, 270270, 6930, 36}
	lambertShrink      = []float64{675675, 45045, 594, 1}
	lambertDenominator = []float64{2027025, 945945, 51975, 630, 1}
)

// tanhEnd is an |x| whose tanh is 1 or -1 to 2^-56.
const tanhEnd = 20

// tanhshrink is, for |x| <= 1, Lambert's quotient and else (x*(e+1) + (e-1))/(e+1) with
// e = e^-2x: the quotient of what is chosen. x from 2^24 on, whose results are ties, and
// those that give subnormal results are in doubt.
func tanhshrink(m lanes) func(x f32) f32 {
	return func(x f32) f32 {
		z := m.widen(x)
		over, minus1, under := newPower(m, m.max(m.const64(-tanhEnd), m.min(m.const64(tanhEnd), z)), -2).minus1()
		divisor := m.add(over, under)
		dividend := m.addMul(minus1, z, divisor)
		s := m.mul(z, z)
		near := m.mul(m.mul(z, s), polynomial(m, s, lambertShrink))
		far := m.greater(s, m.const64(1))
		dividend = m.choose(far, dividend, near)
		y := m.div(dividend, m.choose(far, divisor, polynomial(m, s, lambertDenominator)))
		m.doubt(m.tiny32(x, (127-41)<<23))
		m.doubt(m.greater32(m.and32(x, m.constBits(1<<31-1)), m.const32(1<<24-1)))
		return m.round(y)
	}
}

// tanhshrinkGrad is grad * tanh(x)^2. The square doubles the relative error. Derivatives that
// may be subnormal are in doubt.
func tanhshrinkGrad(m lanes) func(grad, x f32) f32 {
	return func(grad, x f32) f32 {
		z := m.widen(x)
		over, dividend, under := newPower(m, m.max(m.const64(-tanhEnd), m.min(m.const64(tanhEnd), z)), 2).minus1()
		divisor := m.add(over, under)
		s := m.mul(z, z)
		far := m.greater(s, m.const64(1))
		dividend = m.choose(far, dividend, m.mul(z, polynomial(m, s, lambertTanh)))
		t := m.div(dividend, m.choose(far, divisor, polynomial(m, s, lambertDenominator)))
		m.doubt(m.tiny32(x, (127-62)<<23))
		return m.mul32(grad, m.round(m.mul(t, t)))
	}
}

// tanhshrinkFused is Tanhshrink and its derivative: two quotients with one divisor.
func tanhshrinkFused(m lanes) func(x f32) (y, d f32) {
	return func(x f32) (y, d f32) {
		z := m.widen(x)
		over, minus1, under := newPower(m, m.max(m.const64(-tanhEnd), m.min(m.const64(tanhEnd), z)), 2).minus1()
		divisor := m.add(over, under)
		s := m.mul(z, z)
		far := m.greater(s, m.const64(1))
		distant := m.sub(m.mul(m.widen(x), divisor), minus1)
		inverse := m.div(m.const64(1), m.choose(far, divisor, polynomial(m, s, lambertDenominator)))
		near := m.mul(m.mul(m.widen(x), s), polynomial(m, s, lambertShrink))
		y = m.round(m.mul(m.choose(far, distant, near), inverse))
		tangent := m.choose(far, minus1, m.mul(m.widen(x), polynomial(m, s, lambertTanh)))
		t := m.mul(tangent, inverse)
		d = m.round(m.mul(t, t))
		m.doubt(m.tiny32(x, (127-41)<<23))
		m.doubt(m.greater32(m.and32(x, m.constBits(1<<31-1)), m.const32(1<<24-1)))
		return y, d
	}
}
