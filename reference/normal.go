package reference

import "math"

// 1/sqrt(2) = invSqrt2 + invSqrt2Low.
const (
	invSqrt2    float64 = 0x1.6a09e667f3bcdp-1
	invSqrt2Low float64 = -0x1.bdd3413b26456p-55
)

// density returns the standard normal density e^(-x^2/2)/sqrt(2 pi) for
// |x| < 1e150. x^2 is taken exactly, in two parts.
func density(x float64) float64 {
	const scale = 0x1.9884533d43651p-2 // 1/sqrt(2 pi)
	square := float64(x * x)
	low := math.FMA(x, x, -square)
	e := math.Exp(-square / 2)
	return scale * math.FMA(e, -low/2, e)
}

// timesDensity returns factor*density(x). Far out it multiplies by the density's
// square root twice, because the density is subnormal or 0 there and would have
// lost its bits before the factor brings it back.
func timesDensity(factor, x float64) float64 {
	if math.Abs(x) < 37 {
		return factor * density(x)
	}
	const scale = 0x1.43638953eaed2p-1 // (2 pi)^(-1/4)
	square := float64(x * x)
	low := math.FMA(x, x, -square)
	e := math.Exp(-square / 4)
	root := scale * math.FMA(e, -low/4, e)
	return factor * root * root
}

// cumulative returns the standard normal distribution function
// erfc(-x/sqrt 2)/2 for |x| < 20.
func cumulative(x float64) float64 {
	// The rounding error d of the argument u changes erfc(u) by -d*2/sqrt(pi)*e^-u^2,
	// which is 2u^2 times as much in relative terms. It is known, so take it out.
	u := -x * invSqrt2
	d := math.FMA(-x, invSqrt2, -u) - x*invSqrt2Low
	return 0.5*math.Erfc(u) - d*math.Exp(-u*u)/math.SqrtPi
}

// mills returns Mills' ratio of the standard normal distribution, upper tail
// over density, at t >= 4: Laplace's continued fraction 1/(t+1/(t+2/(t+3/...))).
func mills(t float64) float64 {
	tail := t
	for n := 32.0; n >= 1; n-- {
		tail = t + n/tail
	}
	return 1 / tail
}

// millsFrom is where the continued fraction has converged to float64.
const millsFrom = 5

// gaussianUnderflow: beyond it x^2*e^(-x^2/2) is less than 2^-1075.
const gaussianUnderflow = -38.8
