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

// Variance is the length map (Poole et al. 2016, equation 3): the variance of the
// next layer's pre-activations where this layer's have variance q,
//
//	V(q) = sw^2 E f(sqrt(q) u)^2 + sb^2
func (e Ensemble) Variance(q float64) float64 { return e.WeightVar*e.Field.second(q) + e.BiasVar }

// VarianceSlope is V'(q) = sw^2 E[f f' u] / sqrt(q). Where the activation jumps it
// leaves out the jumps; of maxout and gated units it is a finite difference.
func (e Ensemble) VarianceSlope(q float64) float64 {
	q = math.Max(q, smallest)
	if e.Field.Row.Pieces > 1 {
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
// layer multiplies the mean square of the gradient, and a small angle between two
// signals squared (Schoenholz et al. 2017, equation 5). At q = 0 it is the limit
// from above.
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

// A Phase is what an ensemble does to deep signals, at its fixed point. What has no
// value there is NaN.
type Phase struct {
	WeightVar, BiasVar float64
	Fate               Fate
	Regime             Regime

	Q                float64 // q*, from variance 1
	QSlope           float64 // V'(q*)
	QScale           float64 // layers in which q comes nearer to q* by e, xi_q = 1/|ln V'|
	Chi              float64 // chi_1
	GradientScale    float64 // layers in which the gradient's mean square changes by e, 1/|ln chi_1|
	Correlation      float64 // c*, of two inputs after many layers
	CorrelationSlope float64 // slope of the correlation map there
	CorrelationScale float64 // layers in which c comes nearer to c* by e, xi_c
}

// A Regime is the side of the edge of chaos that an ensemble is on.
type Regime string

const (
	Ordered  Regime = "ordered"  // chi_1 < 1: signals grow alike and gradients vanish
	Critical Regime = "critical" // chi_1 = 1 within 1e-9
	Chaotic  Regime = "chaotic"  // chi_1 > 1: like signals part and gradients explode
)

// regime returns the regime at chi_1, none for NaN.
func regime(chi float64) Regime {
	const tolerance = 1e-9
	switch {
	case math.Abs(chi-1) <= tolerance:
		return Critical
	case chi < 1:
		return Ordered
	case chi > 1:
		return Chaotic
	}
	return ""
}

// DepthScale returns 1/|ln rate|, the layers in which what changes by the factor
// rate a layer changes by e (Schoenholz et al. 2017): +Inf for rate 1, 0 for rate 0.
func DepthScale(rate float64) float64 { return 1 / math.Abs(math.Log(math.Abs(rate))) }
