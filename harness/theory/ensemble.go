package theory

import "math"

// An Ensemble is the random nets of Poole et al. 2016: fully connected layers of
// one activation whose weights have variance WeightVar/fan-in and whose biases
// have variance BiasVar, the papers' sigma_w^2 and sigma_b^2.
type Ensemble struct {
	Field     Field
	WeightVar float64
	BiasVar   float64
}

// Variance is the length map (Poole et al. 2016): the variance of the
// next layer's pre-activations where this layer's have variance q,
//
//	V(q) = sw^2 E f(sqrt(q) u)^2 + sb^2
func (e Ensemble) Variance(q float64) float64 { return e.WeightVar*e.Field.second(q) + e.BiasVar }

// VarianceSlope is V'(q) = sw^2 E[f f' u] / sqrt(q), of an activation that jumps and of
// maxout and gated units by a finite difference. At q = 0 it is the limit from above.
func (e Ensemble) VarianceSlope(q float64) float64 {
	q = math.Max(q, smallest)
	if e.Field.Row.Pieces > 1 || e.Field.jumps() {
		const step = 1e-4
		return (e.Variance(q*(1+step)) - e.Variance(q*(1-step))) / (2 * step * q)
	}
	slope := e.Field.slope()
	scale := math.Sqrt(q)
	sum := 0.
	e.Field.integrate(q, func(u, weight, y float64) { sum += weight * y * slope(scale*u) * u })
	return e.WeightVar * sum / scale
}

// Chi is sw^2 E f'(sqrt(q) u)^2, at a fixed point chi_1: the factor by which a
// layer multiplies the mean square of the gradient, and the small distance
// between the signals of two inputs (Schoenholz et al. 2017), unless the activation
// jumps. At q = 0 it is the limit from above.
func (e Ensemble) Chi(q float64) float64 {
	return e.WeightVar * e.Field.At(math.Max(q, smallest)).Derivative
}

// Limits of the search for fixed points.
const (
	smallest = 1e-24 // stands for 0 where a limit from above is asked for
	silent   = 1e-12 // variances below it have vanished
	loud     = 1e10  // variances above it have exploded
	neutral  = 1e-13 // a change by less, relative to the variance, is rounding
)

// A Fate is what becomes of the variance in a deep net.
type Fate string

const (
	Settles  Fate = "settles"  // at a fixed point
	Vanishes Fate = "vanishes" // goes to 0
	Explodes Fate = "explodes" // grows beyond all bounds
	Unknown  Fate = "unknown"  // the map is NaN
)

// FixedPoint returns the variance to which the length map leads from variance q0,
// and whether it settles there: 0 if it vanishes, +Inf if it explodes. It is found as
// a root of V(q) - q, the nearest in the direction in which the map moves,
// since near the edge of chaos iteration takes as many steps as a signal
// goes deep. Where V(q) = q for every q, as under ReLU with He's weights, it is q0.
func (e Ensemble) FixedPoint(q0 float64) (q float64, fate Fate) {
	const stride = 2.
	excess := func(q float64) float64 { return e.Variance(q)/q - 1 }
	lo, hi := q0, q0
	switch x := excess(q0); {
	case math.IsNaN(x):
		return x, Unknown
	case math.Abs(x) <= neutral:
		return q0, Settles
	case x > 0:
		for x > -neutral {
			if lo, hi = hi, hi*stride; hi > loud {
				return math.Inf(1), Explodes
			}
			if x = excess(hi); math.IsNaN(x) {
				return x, Unknown
			}
		}
	default:
		for x < neutral {
			if hi, lo = lo, lo/stride; lo < silent {
				return 0, Vanishes
			}
			x = excess(lo)
		}
	}
	return root(excess, lo, hi), Settles
}
