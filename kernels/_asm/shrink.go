package main

import "math"

// hardshrink is x where |x| > lambda and 0 with x's sign elsewhere.
func hardshrink[V, M any](m arithmetic[V, M]) func(x V) V {
	lambda := m.param()
	return func(x V) V {
		kept := m.or(m.bits(m.greater(m.magnitude(x), lambda)), m.constant(math.Copysign(0, -1)))
		return orNaN(m, m.and(x, kept), x, x)
	}
}

// softshrink is |x|-lambda where |x| > lambda and 0 elsewhere, with x's sign.
func softshrink[V, M any](m arithmetic[V, M]) func(x V) V {
	lambda := m.param()
	return func(x V) V {
		a := m.magnitude(x)
		y := m.and(m.sub(a, lambda), m.bits(m.greater(a, lambda)))
		return orNaN(m, m.or(y, m.and(x, m.constant(math.Copysign(0, -1)))), x, x)
	}
}

// shrinkGrad is grad where |x| > lambda and 0 elsewhere.
func shrinkGrad[V, M any](m arithmetic[V, M]) func(grad, x V) V {
	lambda := m.param()
	return func(grad, x V) V {
		return orNaN(m, m.and(grad, m.bits(m.greater(m.magnitude(x), lambda))), grad, x)
	}
}
