package reference

import "math"

// NormalQuantileULP is the error of NormalQuantile, see the package comment.
const NormalQuantileULP = 5

// NormalQuantile returns the x with Phi(x) = p, Phi being the standard normal
// distribution function: a first approximation, and Newton steps whose
// residual is computed from the smaller of the two tails, or from the centre.
//
// NormalQuantile(0) = -Inf, NormalQuantile(1/2) = 0, NormalQuantile(1) = +Inf.
// The result is NaN outside [0, 1].
func NormalQuantile(p float64) float64 {
	switch {
	case !(p >= 0 && p <= 1):
		return math.NaN()
	case p == 0:
		return math.Inf(-1)
	case p == 0.5:
		return 0
	case p > 0.5:
		return -lowerQuantile(1 - p) // the difference is exact
	}
	return lowerQuantile(p)
}

// lowerQuantile is NormalQuantile for 0 < p < 1/2.
func lowerQuantile(p float64) float64 {
	if p < 0x1p-20 {
		return tailQuantile(p)
	}
	// Erfinv is good to some 2^-50, and 2p-1 to 2^-54: after one step the error,
	// squared, is far below the last bit.
	x := math.Sqrt2 * math.Erfinv(2*p-1)
	if p > 0.25 { // p-1/2 is exact and small, so is erf(x/sqrt 2)/2
		return x - (0.5*math.Erf(x*invSqrt2)-(p-0.5))/density(x)
	}
	return x - (cumulative(x)-p)/density(x)
}

// tailQuantile solves ln Phi(x) = ln p by Newton's iteration, with
// Phi(x) = phi(x)*mills(-x) and the derivative 1/mills(-x).
func tailQuantile(p float64) float64 {
	const lnSqrt2Pi = 0.91893853320467274178
	fraction, exponent := math.Frexp(p) // math.Log of a subnormal number is wrong on amd64
	lnP := math.Log(fraction) + float64(float64(exponent)*math.Ln2)
	x := -math.Sqrt(-2 * lnP)
	for range 5 {
		ratio := mills(-x)
		x -= (-x*x/2 - lnSqrt2Pi + math.Log(ratio) - lnP) * ratio
	}
	return x
}
