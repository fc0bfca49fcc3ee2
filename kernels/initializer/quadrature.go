package initializer

import (
	"math"

	"actinit/kernels"
)

// Nodes and weights of Gauss and Legendre's rule with eight points on [-1, 1], of
// which these four are mirrored: exact for polynomials of degree 15.
var (
	legendreNodes   = [4]float64{.18343464249564980, .52553240991632899, .79666647741362674, .96028985649753623}
	legendreWeights = [4]float64{.36268378337836198, .31370664587788729, .22238103445337447, .10122853629037626}
)

// A quadrature is a rule for integrals of functions that are smooth between the
// limits of its panels.
type quadrature struct{ nodes, weights []float64 }

// panels returns the rule with eight points between each two limits, which ascend.
func panels(limits []float64) quadrature {
	var q quadrature
	for i := range limits[1:] {
		low, high := float64(limits[i]/2), float64(limits[i+1]/2)
		middle, half := low+high, high-low
		for side := -1.; side <= 1; side += 2 {
			for k, node := range legendreNodes {
				q.nodes = append(q.nodes, middle+float64(side*half*node))
				q.weights = append(q.weights, half*legendreWeights[k])
			}
		}
	}
	return q
}

// integral returns the integral of what has the given values at the nodes. Its bits
// are the same on every target.
func (q quadrature) integral(values []float64) (sum float64) {
	for i, v := range values {
		sum += float64(q.weights[i] * v)
	}
	return sum
}

// gaussian returns e^(-(z-origin)(z+origin)/2) at the nodes: the standard normal
// density over that at the origin.
func (q quadrature) gaussian(origin float64) []float64 {
	density := make([]float64, len(q.nodes))
	for i, z := range q.nodes {
		density[i] = -(z - origin) * (z + origin) / 2
	}
	kernels.Exp(density, density)
	return density
}

// cut returns the probability that a standard normal variable is in [low, high],
// low < high, and its mean and standard deviation on that condition. They are found by
// quadrature, which also serves far tails and narrow intervals, where closed forms cancel;
// relative errors are below 1e-12.
func cut(low, high float64) (probability, mean, std float64) {
	if low == -2 && high == 2 { // what JAX and Keras cut at
		return .95449973610364158, 0, truncatedStd
	}
	nearest := math.Max(low, math.Min(0, high)) // the most probable point
	if math.Abs(nearest) > 38 {                 // the probability is below 2^-1022, or NaN
		return 0, nearest, 0
	}
	// Beyond these the density is below e^-40 of the largest.
	reach := math.Sqrt(float64(nearest*nearest) + 80)
	low, high = math.Max(low, -reach), math.Min(high, reach)
	const pieces = 64
	limits := make([]float64, pieces+1)
	for i := range limits {
		limits[i] = low + float64((high-low)*(float64(i)/pieces))
	}
	q := panels(limits)
	density := q.gaussian(nearest)
	mass := q.integral(density)
	first, second := make([]float64, len(density)), make([]float64, len(density))
	for i, z := range q.nodes {
		first[i] = (z - nearest) * density[i]
	}
	offset := q.integral(first) / mass
	for i, z := range q.nodes {
		d := z - nearest - offset
		second[i] = float64(d*d) * density[i]
	}
	return densityAt0 * exp(-nearest*nearest/2) * mass, nearest + offset, math.Sqrt(q.integral(second) / mass)
}

const densityAt0 = .3989422804014327 // of the standard normal distribution, 1/sqrt(2 pi)
