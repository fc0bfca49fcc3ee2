package theory

import "math"

// SELUConstants returns the alpha and lambda with which the map of SELU has its
// fixed point at mean 0 and variance 1, in closed form (Klambauer et al. 2017):
// 1.67326... and 1.05070...
func SELUConstants() (alpha, lambda float64) {
	root := math.Erfc(1/math.Sqrt2) * math.Sqrt(math.E)
	alpha = math.Sqrt(2/math.Pi) / (1 - root)
	inner := 2*math.Erfc(math.Sqrt2)*math.E*math.E + math.Pi*root*root - 2*(2+math.Pi)*root + math.Pi + 2
	lambda = (1 - root) * math.Sqrt(2*math.Pi/inner)
	return alpha, lambda
}

// SELUMap returns the mean and the variance that SELU gives to a layer's units
// where its inputs have the given ones, in closed form (Klambauer et al. 2017,
// equations 4 and 5, whose omega and tau are the sum of a unit's weights and of
// their squares).
func SELUMap(mean, variance, omega, tau float64) (m, v float64) {
	m, second := seluMoments(mean*omega, variance*tau)
	return m, second - m*m
}

// seluMoments returns E f and E f^2 for z ~ N(mu, nu).
func seluMoments(mu, nu float64) (first, second float64) {
	alpha, lambda := SELUConstants()
	p := seluParts(mu, nu)
	first = lambda / 2 * (mu*math.Erf(mu/math.Sqrt(2*nu)) + alpha*p.once - alpha*p.below + 2*math.Sqrt(nu)*p.density + mu)
	second = lambda * lambda / 2 * ((mu*mu+nu)*(2-p.below) + alpha*alpha*(p.twice-2*p.once+p.below) + 2*mu*math.Sqrt(nu)*p.density)
	return first, second
}

// seluIntegrals are what SELU's moments and their derivatives are made of.
type seluIntegrals struct {
	below       float64 // 2 P(z < 0)
	once, twice float64 // 2 E[e^z; z < 0] and 2 E[e^2z; z < 0]
	density     float64 // of z/sqrt(nu) at 0
}

func seluParts(mu, nu float64) seluIntegrals {
	s := math.Sqrt(2 * nu)
	return seluIntegrals{
		below:   math.Erfc(mu / s),
		once:    math.Exp(mu+nu/2) * math.Erfc((mu+nu)/s),
		twice:   math.Exp(2*(mu+nu)) * math.Erfc((mu+2*nu)/s),
		density: math.Exp(-mu*mu/(2*nu)) / math.Sqrt(2*math.Pi),
	}
}

// SELUJacobian returns the derivatives of [SELUMap]'s mean (row 0) and variance
// (row 1) by the inputs' mean and variance, in closed form (Klambauer et al. 2017,
// appendix). At mean 0, variance 1, omega 0 and tau 1 they are
// (0, .088835) and (0, .782648), whose norm .7877 below 1 makes the fixed point attract.
func SELUJacobian(mean, variance, omega, tau float64) [2][2]float64 {
	alpha, lambda := SELUConstants()
	mu, nu := mean*omega, variance*tau
	p := seluParts(mu, nu)
	m, _ := seluMoments(mu, nu)
	a2 := alpha * alpha
	byMean := [2]float64{
		lambda / 2 * omega * (alpha*p.once + 2 - p.below),
		lambda * lambda * omega * (a2*(p.twice-p.once) + mu*(2-p.below) + 2*math.Sqrt(nu)*p.density),
	}
	byVariance := [2]float64{
		lambda / 4 * tau * (alpha*p.once - (alpha-1)*2*p.density/math.Sqrt(nu)),
		lambda * lambda / 2 * tau * (a2*(2*p.twice-p.once) + 2 - p.below),
	}
	return [2][2]float64{
		{byMean[0], byVariance[0]},
		{byMean[1] - 2*m*byMean[0], byVariance[1] - 2*m*byVariance[0]},
	}
}
