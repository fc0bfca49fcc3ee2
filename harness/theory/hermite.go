package theory

import "math"

// mehlerOrders is the number of Hermite coefficients that are taken at most.
const mehlerOrders = 256

// hermiteStep[k] makes the orthonormal Hermite polynomial of degree k+1 from those
// of degrees k and k-1: u He_k/sqrt(k+1) - sqrt(k/(k+1)) He_{k-1}.
var hermiteStep = func() (step [mehlerOrders]struct{ up, down float64 }) {
	for k := range step {
		step[k].up = 1 / math.Sqrt(float64(k+1))
		step[k].down = math.Sqrt(float64(k) / float64(k+1))
	}
	return step
}()

// hermite fills a with the coefficients sum_i t_i He_k(u_i) / sqrt(k!) of the
// function whose values at the nodes u, times the quadrature's weights, are t.
func hermite(a, u, t []float64) {
	const lanes = nodesPerPanel // independent recurrences at once
	for i := 0; i < len(u); i += lanes {
		var x, he, before [lanes]float64
		copy(x[:], u[i:])
		copy(he[:], t[i:])
		for k := range a {
			up, down := hermiteStep[k].up, hermiteStep[k].down
			sum := 0.
			for j, h := range he {
				sum += h
				he[j], before[j] = up*x[j]*h-down*before[j], h
			}
			a[k] += sum
		}
	}
}

// samples returns the nodes of the quadrature for variance v, and the
// activation there times the weights and its square times the weights.
func (f Field) samples(v float64) (u, first, second []float64) {
	f.integrate(v, func(node, weight, y float64) {
		u = append(u, node)
		first = append(first, weight*y)
		second = append(second, weight*y*y)
	})
	return u, first, second
}
