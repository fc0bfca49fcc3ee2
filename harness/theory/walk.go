package theory

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

// A Walk is one step of the random walk that the logarithm of a gradient's squared
// norm takes over the layers of one random net (Sussillo & Abbott 2014): the mean
// and variance of ln(|g_{l-1}|^2 / |g_l|^2) over weights of variance 1/units,
// without gain. Steps are independent.
type Walk struct{ Mean, Variance float64 }

// LinearWalk returns the walk of linear layers: the ratio is chi-squared with n
// degrees of freedom over n, so with psi the digamma function
//
//	Mean = psi(n/2) - ln(n/2) = -1/n - ..        Variance = psi'(n/2) = 2/n + ..
func LinearWalk(units int) Walk { return SampleWalk(2, units) }

// SampleWalk returns the walk by means over n independent draws of what has a relative variance
// r > 0, such as E f^4/(E f^2)^2 - 1 for the square of f, as if the means were gamma-distributed
// with shape n/r: exact for squares of normal values, which have r = 2, and within .06 of both
// figures for the r = 5 of ReLU layers of 16 units or more. Without variance it stands still.
func SampleWalk(r float64, n int) Walk {
	if r <= 0 {
		return Walk{}
	}
	x := float64(n) / r
	return Walk{mathext.Digamma(x) - math.Log(x), trigamma(x)}
}

// ReLUWalk returns the walk of ReLU layers: of n units each is active with
// probability 1/2, and given that k > 0 are, the ratio is chi-squared with k
// degrees of freedom over n. A layer without active units ends the walk and is left out.
func ReLUWalk(units int) Walk {
	n := float64(units)
	logAll, _ := math.Lgamma(n + 1)
	logActive := math.Log1p(-math.Exp2(-n))
	var w Walk
	mean := func(k float64) float64 { return mathext.Digamma(k/2) + math.Log(2/n) }
	eachActive := func(add func(k, probability float64)) {
		for k := 1.; k <= n; k++ {
			in, _ := math.Lgamma(k + 1)
			out, _ := math.Lgamma(n - k + 1)
			add(k, math.Exp(logAll-in-out-n*math.Ln2-logActive))
		}
	}
	eachActive(func(k, p float64) { w.Mean += p * mean(k) })
	eachActive(func(k, p float64) {
		d := mean(k) - w.Mean
		w.Variance += p * (trigamma(k/2) + d*d)
	})
	return w
}

// trigamma is the derivative of the digamma function, a Hurwitz zeta function.
func trigamma(x float64) float64 { return mathext.Zeta(2, x) }

// FittedReLUWalk returns the paper's fit to simulations of ReLU layers (Sussillo &
// Abbott 2014):
//
//	Mean = -ln 2 - 2.4/(max(n,6) - 2.4)        Variance = 5/(max(n,6) - 4)
func FittedReLUWalk(units int) Walk {
	n := math.Max(float64(units), 6)
	return Walk{-math.Ln2 - 2.4/(n-2.4), 5 / (n - 4)}
}

// Gain returns the factor g on the weights with which the walk is unbiased, e^(-Mean/2):
// sqrt(2) e^(1.2/(n-2.4)) for the fit of ReLU layers, about e^(1/(2n)) for linear ones.
func (w Walk) Gain() float64 { return math.Exp(-w.Mean / 2) }

// After returns the mean and the standard deviation of the logarithm of the squared
// norm after depth layers with a gain, relative to the start. With the gain
// that makes it unbiased it grows as sqrt(depth) does, with any other as depth.
func (w Walk) After(depth int, gain float64) (mean, std float64) {
	d := float64(depth)
	return d * (w.Mean + 2*math.Log(gain)), math.Sqrt(d * w.Variance)
}

// Then returns the walk that goes on with another step, which takes what came before to
// the power slope: 1 where a layer keeps a factor, less where it saturates.
func (w Walk) Then(slope float64, next Walk) Walk {
	return Walk{slope*w.Mean + next.Mean, slope*slope*w.Variance + next.Variance}
}
