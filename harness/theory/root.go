package theory

import "math"

// root returns a zero of f between a and b, where f has different signs, to the
// last digits (Chandrupatla 1997: inverse quadratic interpolation where that is
// safe, else bisection).
func root(f func(float64) float64, a, b float64) float64 {
	const steps = 200 // bisection alone needs no more than the exponents and digits that float64 has
	fa, fb := f(a), f(b)
	switch 0. {
	case fa:
		return a
	case fb:
		return b
	}
	c, fc := a, fa
	t := .5
	for range steps {
		x := a + t*(b-a)
		fx := f(x)
		if math.Signbit(fx) == math.Signbit(fa) {
			c, fc = a, fa
		} else {
			c, b, fc, fb = b, a, fb, fa
		}
		a, fa = x, fx
		best, fbest := a, fa
		if math.Abs(fb) < math.Abs(fa) {
			best, fbest = b, fb
		}
		tolerance := 4 * 0x1p-53 * math.Abs(best)
		limit := tolerance / math.Abs(b-a)
		if fbest == 0 || limit > .5 {
			return best
		}
		xi, phi := (a-b)/(c-b), (fa-fb)/(fc-fb)
		t = .5
		if phi*phi < xi && (1-phi)*(1-phi) < 1-xi {
			t = fa/(fb-fa)*fc/(fb-fc) + (c-a)/(b-a)*fa/(fc-fa)*fb/(fc-fb)
		}
		t = math.Min(math.Max(t, limit), 1-limit)
	}
	return a
}
