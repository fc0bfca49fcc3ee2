package reference

import "math"

// Errors of Mish's functions, see the package comment.
const (
	MishULP           = 6
	MishDerivativeULP = 12
)

// Mish returns x*tanh(ln(1+e^x)). With n = e^x*(e^x+2) the hyperbolic tangent is
// n/(n+2), and with e = e^-x it is (1+2e)/(1+2e+2e^2).
//
// Mish(±0) = ±0, Mish(-Inf) = -0.
func Mish(x float64) float64 {
	switch {
	case x < mishUnderflow:
		return math.Copysign(0, -1)
	case x < -700: // e^x would lose bits, or be 0, before x brings it back
		e, k := splitExp(x)
		return math.Ldexp(x*e, k)
	case x < 0:
		e := exp(x)
		n := e * (e + 2)
		return x * (n / (n + 2))
	}
	e := exp(-x)
	n := 1 + 2*e
	return x * (n / (n + 2*e*e))
}

// MishDerivative returns t + x*(1-t^2)*s for t = tanh(ln(1+e^x)) and s =
// Sigmoid(x). With e = e^x and n = e*(e+2) that is
// e*((e+2)*(n+2) + 4x*(1+e))/(n+2)^2, and with e = e^-x, n = 1+2e and d = n+2e^2
// it is n/d + 4x*e^2*(1+e)/d^2. Near its root at -1.1924 it is the Taylor series
// around that root.
//
// MishDerivative(0) = .6, MishDerivative(-Inf) = -0, MishDerivative(+Inf) = 1.
func MishDerivative(x float64) float64 {
	switch {
	case x < mishUnderflow:
		return math.Copysign(0, -1)
	case x < -700:
		e, k := splitExp(x)
		return math.Ldexp((1+x)*e, k)
	case mishRoot.near(x):
		return mishRoot.at(x)
	case x < 0:
		e := exp(x)
		d := e*(e+2) + 2
		return e * ((e+2)*d + 4*x*(1+e)) / (d * d)
	case x > 750: // e = 0, and x*e would be NaN at +Inf
		return 1
	}
	e := exp(-x)
	n := 1 + 2*e
	d := n + 2*e*e
	return (n*d + 4*x*e*e*(1+e)) / (d * d)
}

// Below mishUnderflow, |x*e^x| is less than 2^-1075: Mish and its derivative
// round to -0.
const mishUnderflow = siluUnderflow

// mishRoot is the derivative around its root, -1.1924312145154952121....
// The Taylor coefficients of t = tanh(ln(1+e^x)) are those of its differential
// equation t' = (1-t^2)*s, with s' = s*(1-s).
var mishRoot = newRoot(-0x1.31432c0d12d84p+0, -0x1.bf319154da210p-55, func(r float64) (t series) {
	var s, open series // the sigmoid, and 1-t^2
	e := exp(r)
	s[0] = Sigmoid(r)
	t[0] = e * (e + 2) / (e*(e+2) + 2)
	for n := range len(t) - 1 {
		open[n] = -t.squareAt(n)
		if n == 0 {
			open[0]++
		}
		s[n+1] = (s[n] - s.squareAt(n)) / float64(n+1)
		t[n+1] = open.timesAt(&s, n) / float64(n+1)
	}
	return t
})
