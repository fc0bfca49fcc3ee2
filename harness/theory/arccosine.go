package theory

import "math"

// ArcCosine returns the arc-cosine kernel of degree 0 or 1 of two inputs with
// correlation c, as a correlation (Cho & Saul 2009):
//
//	degree 0   1 - theta/pi                                    cos theta = c
//	degree 1   (sin theta + (pi - theta) cos theta) / pi
//
// Degree 1 is the correlation map of ReLU without biases, and degree 0 its derivative,
// that of the step function.
func ArcCosine(degree int, c float64) float64 {
	theta := math.Acos(c)
	switch degree {
	case 0:
		return 1 - theta/math.Pi
	case 1:
		return (math.Sqrt((1-c)*(1+c)) + (math.Pi-theta)*c) / math.Pi
	}
	panic("theory: arc-cosine kernel of a degree other than 0 and 1")
}

// LeakyCorrelation returns the correlation after a layer of leaky ReLUs without
// biases of two inputs of correlation c: a leaky ReLU is slope*x +
// (1-slope)*ReLU(x), so
//
//	C(c) = (2 slope c + (1-slope)^2 J_1(c)) / (1 + slope^2)
//
// with J_1 that of [ArcCosine].
func LeakyCorrelation(c, slope float64) float64 {
	return (2*slope*c + (1-slope)*(1-slope)*ArcCosine(1, c)) / (1 + slope*slope)
}
