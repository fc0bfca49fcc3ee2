package theory

import "math"

// Gain returns 1/sqrt(E f(z)^2), z ~ N(0, 1): the factor on weights of variance
// 1/fan-in with which pre-activations keep variance 1 (He et al. 2015, section
// 2.2, for any activation). ReLU's is sqrt(2), tanh's 1.5925; package initializer
// has the same by its own quadrature.
func (f Field) Gain() float64 { return 1 / math.Sqrt(f.second(1)) }

// MeanVariance returns the mean and the variance of f(z) for z ~ N(mean,
// variance): the map whose fixed point a self-normalising net has (Klambauer et
// al. 2017, equations 4 and 5). Of maxout and gated units it is NaN.
func (f Field) MeanVariance(mean, variance float64) (m, v float64) {
	if f.Row.Pieces > 1 {
		return math.NaN(), math.NaN()
	}
	value := f.value()
	std := math.Sqrt(variance)
	f.given(1, mean, std, func(x, weight float64) { m += weight * value(x) })
	f.given(1, mean, std, func(x, weight float64) {
		d := value(x) - m
		v += weight * d * d
	})
	return m, v
}
