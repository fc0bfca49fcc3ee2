package reference

import "math"

const (
	invSqrt2   float64 = 0x1.6a09e667f3bcdp-1 // 1/sqrt(2)
	invSqrt2Pi float64 = 0x1.9884533d43651p-2 // 1/sqrt(2 pi)
)

// density returns the standard normal density e^(-x^2/2)/sqrt(2 pi).
func density(x float64) float64 { return timesDensity(1, x) }

// timesDensity returns factor*density(x) for |x| < 1e150. x^2 is taken exactly, in two
// parts. Far out the density alone would be subnormal or 0 and have lost its
// bits before the factor brings it back, so its power of two comes last.
func timesDensity(factor, x float64) float64 {
	square := float64(x * x)
	low := math.FMA(x, x, -square)
	if math.Abs(x) < 37 {
		e := exp(-square / 2)
		return factor * (invSqrt2Pi * math.FMA(e, -low/2, e))
	}
	e, k := splitExp(-square / 2)
	return math.Ldexp(factor*(invSqrt2Pi*math.FMA(e, -low/2, e)), k)
}

// cumulative returns the standard normal distribution function Phi(x): near 0
// its Taylor series, elsewhere from the density and Mills' ratio.
func cumulative(x float64) float64 {
	switch {
	case math.Abs(x) < 0.25:
		s := x * x
		return 0.5 + x*invSqrt2Pi*(1-s*(1./6-s*(1./40-s*(1./336-s*(1./3456-s*(1./42240-s*(1./599040-s/9676800)))))))
	case x < 0:
		return timesDensity(mills(-x), x)
	}
	return 1 - timesDensity(mills(x), x)
}

// mills returns Mills' ratio M(t) of the standard normal distribution, upper
// tail over density, for t >= 0: a Taylor series around the nearest multiple of
// 1/8, and far out Laplace's continued fraction 1/(t+1/(t+2/(t+3/...))).
func mills(t float64) float64 {
	if !(t <= 12) {
		tail := t
		for n := 14.0; n >= 1; n-- {
			tail = t + n/tail
		}
		return 1 / tail
	}
	node := int(8*t + 0.5)
	h := t - float64(node)/8
	c := &millsSeries[node]
	square := h * h
	var even, odd float64 // powers, side by side: half the time
	for n := len(c) - 1; n > 1; n -= 2 {
		odd = (odd + c[n]) * square
		even = (even + c[n-1]) * square
	}
	return c[0] + (even + (odd+c[1])*h)
}

// millsSeries[i] has the Taylor coefficients of Mills' ratio at i/8. M' = t*M - 1, and so
// (n+1)*c[n+1] = t*c[n] + c[n-1] for n > 0. With |h| <= 1/16 the first
// neglected term is below 2^-60.
var millsSeries = func() (series [len(millsTable)][12]float64) {
	for i := range series {
		t, c := float64(i)/8, &series[i]
		c[0] = millsTable[i]
		c[1] = math.FMA(t, c[0], -1)
		for n := 1; n+1 < len(c); n++ {
			c[n+1] = math.FMA(t, c[n], c[n-1]) / float64(n+1)
		}
	}
	return series
}()

// gaussianUnderflow: beyond it x^2*e^(-x^2/2) is less than 2^-1075.
const gaussianUnderflow = -38.8
