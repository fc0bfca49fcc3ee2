package theory

import "math"

// overlapOrders is the number of terms of the expansions below. The sums are
// over c^k with correlations c of the first layers of a net, well below 1.
const overlapOrders = 48

// expansions returns the coefficients of f(sqrt(v) u) and of its square in the
// orthonormal Hermite polynomials He_k(u) / sqrt(k!). For two standard normal u
// of correlation c, by Mehler's formula,
//
//	E f f' = sum_k a_k^2 c^k        Cov(f^2, f'^2) = sum_{k>0} b_k^2 c^k
func (f Field) expansions(v float64) (a, b [overlapOrders]float64) {
	u, first, second := f.samples(v)
	hermite(a[:], u, first)
	hermite(b[:], u, second)
	return a, b
}

// powerSum returns sum_{k >= first} x_k^2 c^k and its first two derivatives by c.
func powerSum(x *[overlapOrders]float64, c float64, first int) (sum, slope, curvature float64) {
	for k := overlapOrders - 1; k >= 0; k-- {
		curvature = curvature*c + 2*slope
		slope = slope*c + sum
		sum *= c
		if k >= first {
			sum += x[k] * x[k]
		}
	}
	return sum, slope, curvature
}

// LogVariance returns, for layer 0 .. depth, the variance that the finite width
// leaves in the logarithm of the mean square of the activations of a batch,
// whose inputs are independent and have mean square q0. It is NaN for residual nets.
//
// One example's mean square is a mean over units, with relative variance
// (E f^4 / (E f^2)^2 - 1) / units: 2/n for a linear net, 5/n for a ReLU net. Of
// the batch's mean, a share 1/batch of it remains as long as the examples'
// pre-activations are uncorrelated, as they stay under an odd f, and more as
// they grow alike, as under the ReLU. Uncorrelated does not mean orthogonal: the
// overlap of two examples scatters with variance 1/units, more after each layer,
// and a batch larger than the width cannot do better than the width. Every
// layer hands on what it received times (d ln q_l / d ln q_{l-1})^2.
//
// The pieces of maxout and of gated units have no such expansion: their figure is
// that of one example.
func (w WideNet) LogVariance(q0 float64, batch int) []float64 {
	const step = 1e-4
	variance := make([]float64, len(w.Std)+1)
	if w.Residual {
		for l := range variance {
			variance[l] = math.NaN()
		}
		return variance
	}
	if w.Field.Row.Pieces > 1 {
		batch = 1
	}
	q, correlation := q0, 0.
	scatter := 1 / float64(w.FanIn[0]) // variance of the correlation of two examples
	for l := 1; l < len(variance); l++ {
		v := w.variance(l, q)
		m := w.Field.At(v)
		slope := (math.Log(w.Field.second(w.variance(l, q*(1+step)))) - math.Log(w.Field.second(w.variance(l, q*(1-step))))) / (2 * step)
		signal := w.gain(l) * q / v // share of v that the bias has not
		correlation = signal*correlation + 1 - signal
		scatter *= signal * signal
		q = m.Second
		spread := m.Fourth - q*q
		shared := 1.
		if batch > 1 {
			a, b := w.Field.expansions(v)
			alone := 1 / float64(batch)
			shared = alone
			if spread > 0 {
				together, _, curvature := powerSum(&b, correlation, 1)
				shared += (1 - alone) * min(1, (together+curvature/2*scatter)/spread)
			}
			product, slope, _ := powerSum(&a, correlation, 0)
			correlation = product / q
			independent := 1 - correlation*correlation
			scatter = slope*slope/(q*q)*scatter + independent*independent/float64(w.Units)
		}
		variance[l] = slope*slope*variance[l-1] + shared*spread/(q*q)/float64(w.Units)
	}
	return variance
}
