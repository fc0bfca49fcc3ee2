package main

import "math/big"

// expSteps is the number of powers in an octave: as many as a table holds.
const expSteps = 8

// shift rounds t to an integer in t+shift-shift, and leaves that integer in the
// low bits of t+shift.
const shift = 0x1.8p52

func inverseFactorial(k int) *big.Float {
	product := newFloat(1)
	for i := 2; i <= k; i++ {
		product.Mul(product, newFloat(float64(i)))
	}
	return quo(newFloat(1), product)
}

// polynomial evaluates Horner's scheme, which saves an operation if the last coefficient is 1.
func polynomial(m lanes, x f64, coefficients []float64) f64 {
	last := len(coefficients) - 1
	y := m.const64(coefficients[last])
	if coefficients[last] == 1 {
		last--
		y = m.add(x, m.const64(coefficients[last]))
	}
	for i := last - 1; i >= 0; i-- {
		y = m.mulAdd(y, x, m.const64(coefficients[i]))
	}
	return y
}

// exp64 is s + s*p. Results that may be subnormal or infinite are in doubt.
func exp64(m lanes) func(x f64) f64 {
	e := newExponential64(m)
	return func(x f64) f64 {
		m.doubt64(m.greater(m.and(x, m.constBits64(1<<63-1)), m.const64(708)))
		s, exact, rest := e.split(m.copy(x))
		return m.addMul(m.copy(s), s, e.short(exact, rest))
	}
}
