package distribution

import (
	"math"

	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat/distuv"
)

// normalBeyond returns the probability that a standard normal variable is at
// least as far from 0 as z.
func normalBeyond(z float64) float64 { return math.Erfc(math.Abs(z) / math.Sqrt2) }

// poissonBeyond returns twice the probability of a count as small as n, or as
// large, whichever is less: exact for shares so small that counts are Poisson's.
func poissonBeyond(n, expected float64) float64 {
	const large = 1e5 // the normal limit from here on: 7% off at five standard errors
	if expected > large {
		return normalBeyond((n - expected) / math.Sqrt(expected))
	}
	atMost := mathext.GammaIncRegComp(n+1, expected) // P(X <= n)
	atLeast := 1.0
	if n > 0 {
		atLeast = mathext.GammaIncReg(n, expected) // P(X >= n)
	}
	return min(1, 2*min(atMost, atLeast))
}

// Mean and standard deviation of sqrt(n) times the Kolmogorov-Smirnov distance,
// and of the Anderson-Darling statistic (mean 1), for many draws:
// sqrt(pi/2)*ln 2, sqrt(pi^2/12 - mean^2) and sqrt(2*(pi^2-9)/3).
var (
	kolmogorovMean = math.Sqrt(math.Pi/2) * math.Ln2
	kolmogorovStd  = math.Sqrt(math.Pi*math.Pi/12 - kolmogorovMean*kolmogorovMean)
	andersonStd    = math.Sqrt(2 * (math.Pi*math.Pi - 9) / 3)
)

// kolmogorovAbove returns the probability of a distance above x/sqrt(n) for many
// draws, by whichever of Kolmogorov's two series converges faster.
func kolmogorovAbove(x float64) float64 {
	if x <= 0 {
		return 1
	}
	if x < 1 {
		sum := 0.0
		for k := 1.0; k <= 20; k++ {
			sum += math.Exp(-(2*k - 1) * (2*k - 1) * math.Pi * math.Pi / (8 * x * x))
		}
		return 1 - math.Sqrt(2*math.Pi)/x*sum
	}
	sum, sign := 0.0, 1.0
	for k := 1.0; k <= 20; k++ {
		sum += sign * math.Exp(-2*k*k*x*x)
		sign = -sign
	}
	return 2 * sum
}

// andersonAbove returns the probability of an Anderson-Darling statistic above a
// for many draws, by the approximation of Marsaglia and Marsaglia ("Evaluating the
// Anderson-Darling distribution", 2004), whose error is below .000002. Beyond that
// error the tail falls like exp(-a), up to a factor that varies slowly.
func andersonAbove(a float64) float64 {
	switch {
	case a <= 0:
		return 1
	case a < 2:
		return 1 - math.Exp(-1.2337141/a)/math.Sqrt(a)*
			(2.00012+(.247105-(.0649821-(.0347962-(.011672-.00168691*a)*a)*a)*a)*a)
	case a < 10:
		return -math.Expm1(-math.Exp(1.0776 - (2.30695-(.43424-(.082433-(.008056-.0003146*a)*a)*a)*a)*a))
	}
	// 10 is where the polynomial above ends to be meant for.
	return andersonAbove(math.Nextafter(10, 0)) * math.Exp(10-a)
}

// chiSquareAbove returns the probability of a chi-square value above x.
func chiSquareAbove(x, freedom float64) float64 { return distuv.ChiSquared{K: freedom}.Survival(x) }
