package reference

import "math"

// Gain returns the factor by which a layer's weights are scaled to make up for
// its activation, as torch.nn.init.calculate_gain has it: 1 for linear and
// sigmoid, 5/3 for tanh, sqrt(2) for relu, sqrt(2/(1+slope^2)) for leakyrelu and
// prelu, 3/4 for selu. slope is used by the two that have one. ok is false for
// an activation to which torch gives no gain.
func Gain(activation string, slope float64) (gain float64, ok bool) {
	switch activation {
	case "linear", "sigmoid":
		return 1, true
	case "tanh":
		return 5.0 / 3, true
	case "relu":
		return math.Sqrt2, true
	case "leakyrelu", "prelu":
		return math.Sqrt(2 / (1 + slope*slope)), true
	case "selu":
		return 0.75, true
	}
	return 0, false
}

// GainQuadrature returns 1/sqrt(E f(z)^2) for z ~ N(0,1): the gain that keeps
// the second moment of a wide layer whose preactivations have variance 1.
//
// Simpson's rule on each side of 0, where most activations have their kink,
// out to 14 standard deviations. For activations smooth on both sides and
// growing no faster than linearly its relative error is below 1e-12.
func GainQuadrature(f func(z float64) float64) float64 {
	return 1 / math.Sqrt(gaussianMean(func(z float64) float64 { return f(z) * f(z) }))
}

// gaussianMean returns E g(z) for z ~ N(0,1).
func gaussianMean(g func(z float64) float64) (mean float64) {
	const (
		reach     = 14
		intervals = 1 << 13
		step      = float64(reach) / intervals
	)
	for _, sign := range []float64{-1, 1} {
		for i := range intervals + 1 {
			weight := 2.0
			switch {
			case i == 0 || i == intervals:
				weight = 1
			case i%2 == 1:
				weight = 4
			}
			z := sign * float64(i) * step
			mean += weight * step / 3 * g(z) * density(z)
		}
	}
	return mean
}
