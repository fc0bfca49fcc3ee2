package doubledouble

import "math"

// GELU returns x*Phi(x), Phi being the standard normal distribution function:
// for negative x the density times x*M(-x), M being Mills' ratio, for others
// x*(1 - density*M(x)).
func GELU(x float64) Value {
	f, n := math.Frexp(x)
	switch {
	case math.Abs(x) < tinyArgument: // x/2 + (x^2 - x^4/6)/sqrt(2 pi)
		return tiny(f/2, f*f*invSqrt2Pi.Hi, n, n)
	case x < beyondGaussian:
		return vanished()
	case x < 0:
		y, k := density(x)
		return value(y.times(mills(-x)).timesFloat(f), k+n)
	case x > -beyondGaussian:
		return tiny(f, 0, 0, n)
	}
	y, k := density(x)
	y = y.times(mills(x))
	if k < negligible {
		return tiny(f, -f*y.Hi, k, n)
	}
	return value(one.minus(y.times2(k)).timesFloat(f), n)
}

// geluRoot is minus the root of GELU's derivative: there Mills' ratio is equal to
// its argument.
var geluRoot = triple{0x1.80ead197f00b4p-1, -0x1.13e74c58cada8p-56, -0x1.65d4b5b9cdd03p-111}

// geluRootRadius is how near to the root the series around it is used.
const geluRootRadius = 0.125

// geluRootSeries has the coefficients of M(t)/h at the root, h being t-root,
// without the one of M's value. With |h| <= 1/8 the first neglected term is
// below 2^-120.
var geluRootSeries = func() []Number {
	c := make([]Number, 30)
	at := geluRoot.number()
	expand(c, at, at)
	return c[1:]
}()

// GELUDerivative returns Phi(x) + x*phi(x), phi being the standard normal density:
// phi(x)*(M(-x)+x) for negative x and 1 - phi(x)*(M(x)-x) for others.
//
// Around the root M(t)-t, t being -x, is a series in h without a constant.
func GELUDerivative(x float64) Value {
	switch {
	case math.Abs(x) < tinyArgument: // 1/2 + (2x - 2x^3/3)/sqrt(2 pi)
		return nearHalf(2*invSqrt2Pi.Hi, x)
	case x < beyondGaussian:
		return vanished()
	case x > -beyondGaussian:
		return tiny(1, 0, 0, 0)
	}
	y, k := density(x)
	if x < 0 {
		if math.Abs(-x-geluRoot.hi) < geluRootRadius {
			h := geluRoot.from(-x)
			rest := evaluate(geluRootSeries, h, 18).plusFloat(-1).times(h)
			return value(y.times(rest), k)
		}
		return value(y.times(mills(-x).plusFloat(x)), k)
	}
	y = y.times(mills(x).plusFloat(-x))
	if k < negligible {
		return tiny(1, -y.Hi, k, 0)
	}
	return value(one.minus(y.times2(k)), 0)
}
