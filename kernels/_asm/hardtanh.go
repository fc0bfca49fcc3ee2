package main

import "math"

// clamp is lo where x < lo, hi where x > hi and x between, and x where that is NaN.
// A limit of NaN is none.
func clamp[V, M any](m arithmetic[V, M]) func(x V) V {
	lo, hi := m.param(), m.second()
	return func(x V) V {
		return m.min(hi, m.max(lo, quiet(m, x)))
	}
}

// clampGrad is grad where lo < x < hi and 0 elsewhere.
func clampGrad[V, M any](m arithmetic[V, M]) func(grad, x V) V {
	lo, hi := m.param(), m.second()
	return func(grad, x V) V {
		passed := m.and(m.and(grad, m.bits(m.greater(x, lo))), m.bits(m.less(x, hi)))
		return orNaN(m, passed, grad, x)
	}
}

// quiet is x, and a quiet NaN for any NaN: adding -0 changes nothing else.
func quiet[V, M any](m arithmetic[V, M], x V) V { return m.add(x, m.constant(math.Copysign(0, -1))) }

// orNaN is y, and NaN where a or b is.
func orNaN[V, M any](m arithmetic[V, M], y, a, b V) V { return m.or(y, m.bits(m.unordered(a, b))) }
