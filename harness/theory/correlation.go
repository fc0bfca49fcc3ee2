package theory

import (
	"math"
	"slices"

	"actinit/harness/ops"
)

// A CorrelationMap says how two signals whose pre-activations have the same
// variance and correlation c correlate a layer later (Poole et al. 2016):
//
//	C(c) = (sw^2 E f(sqrt(q) u) f(sqrt(q) u') + sb^2) / V(q)
//
// with u, u' ~ N(0, 1) of correlation c. The expectation is Mehler's sum
// of Hermite coefficients where it has converged, else a quadrature in two
// dimensions; the error is below 1e-10. Maxout's is NaN.
type CorrelationMap struct {
	ensemble Ensemble
	q        float64
	next     float64 // V(q)
	second   float64 // E f^2, of a gated unit that of the gate

	squares [mehlerOrders]float64 // squared Hermite coefficients
	tail    float64               // sum of the squares that are left out
}

const (
	mehlerTolerance = 1e-10
	uncorrelated    = 1e-15 // what rounding leaves of the squared mean of an odd activation
)

// Correlations returns the correlation map at variance q > 0.
func (e Ensemble) Correlations(q float64) *CorrelationMap {
	m := &CorrelationMap{ensemble: e, q: q, next: e.Variance(q)}
	if e.Field.Row.Saved == ops.SavedPieces {
		m.next = math.NaN()
		return m
	}
	u, first, second := e.Field.samples(q)
	a := make([]float64, mehlerOrders)
	hermite(a, u, first)
	for _, y := range second {
		m.second += y
	}
	m.tail = m.second
	for k, a := range a {
		m.squares[k] = a * a
		m.tail -= a * a
	}
	m.tail = math.Max(m.tail, 0)
	return m
}

// At returns C(c) for -1 <= c <= 1.
func (m *CorrelationMap) At(c float64) float64 {
	g, _ := m.product(c, false)
	if m.ensemble.Field.Row.Saved == ops.SavedBoth {
		g *= c * m.q
	}
	return (m.ensemble.WeightVar*g + m.ensemble.BiasVar) / m.next
}

// Slope returns C'(c), at c = 1 and a fixed point chi_1. Of an activation that
// jumps, as threshold and hardshrink do, it is +Inf at c = 1, however small the
// derivative between the jumps: signals that differ at all part.
func (m *CorrelationMap) Slope(c float64) float64 {
	if m.ensemble.Field.jumps() {
		step := (1 - math.Abs(c)) / 1e4
		if step == 0 {
			return math.Inf(1)
		}
		return (m.At(c+step) - m.At(c-step)) / (2 * step)
	}
	g, slope := m.product(c, true)
	if m.ensemble.Field.Row.Saved == ops.SavedBoth {
		slope = m.q * (g + c*slope)
	}
	return m.ensemble.WeightVar * slope / m.next
}

// product returns E f f' and, if that is wanted, its derivative q E f' f' by c.
func (m *CorrelationMap) product(c float64, withSlope bool) (g, slope float64) {
	f := m.ensemble.Field
	left := m.tail * math.Pow(math.Abs(c), mehlerOrders)
	if withSlope {
		left *= mehlerOrders
	}
	switch {
	case left <= mehlerTolerance*m.second:
		for k := mehlerOrders - 1; k >= 0; k-- {
			slope = slope*c + g
			g = g*c + m.squares[k]
		}
		return g, slope
	case math.Abs(c) == 1:
		value, derivative := f.value(), f.slope()
		scale := math.Sqrt(m.q)
		f.integrate(m.q, func(u, weight, y float64) {
			g += weight * y * value(c*scale*u)
			slope += weight * derivative(scale*u) * derivative(c*scale*u)
		})
		return g, m.q * slope
	}
	value, derivative := f.value(), f.slope()
	scale := math.Sqrt(m.q)
	std := math.Sqrt((1 - c) * (1 + c)) // of u' where u is given
	f.integrateBetween(blurred(f.kinks(scale), c, std), m.q, func(u, weight, y float64) {
		mean := c * u
		inner, innerSlope := 0., 0.
		f.given(scale, mean, std, func(x, share float64) {
			inner += share * value(x)
			if withSlope {
				innerSlope += share * derivative(x)
			}
		})
		g += weight * y * inner
		if withSlope {
			slope += weight * derivative(scale*u) * innerSlope
		}
	})
	return g, m.q * slope
}

// blurred returns the places where the mean of f at c u + std w over w, as a function
// of u, has kinks blurred over a width of std/c, and the kinks themselves.
func blurred(kinks []float64, c, std float64) []float64 {
	all := slices.Clone(kinks)
	for _, kink := range kinks {
		for _, d := range []float64{-6, -3, -1.5, 0, 1.5, 3, 6} {
			all = append(all, (kink+d*std)/c)
		}
	}
	slices.Sort(all)
	return all
}

// given shows the nodes x and weights of a quadrature over x = scale * N(mean,
// std^2). Its panels end at the kinks and shrink towards x = 0.
func (f Field) given(scale, mean, std float64, add func(x, weight float64)) {
	kinks := f.kinks(scale)
	ends := make([]float64, 0, len(kinks)+len(bends))
	i := 0
	for _, bend := range bends {
		for ; i < len(kinks) && kinks[i] <= bend; i++ {
			ends = append(ends, (kinks[i]-mean)/std)
		}
		ends = append(ends, (bend-mean)/std)
	}
	for ; i < len(kinks); i++ {
		ends = append(ends, (kinks[i]-mean)/std)
	}
	for i := range panels {
		split(&panels[i], ends, func(p *panel) {
			for i, w := range p.nodes {
				add(scale*(mean+std*w), p.weights[i])
			}
		})
	}
}

// bends are the ends of the panels near 0.
var bends = func() (all []float64) {
	for _, p := range panels {
		if p.lo > -.5 && p.lo < .5 {
			all = append(all, p.lo)
		}
	}
	return all
}()

// FixedPoint returns the correlation to which the map leads, and its slope there.
// In the ordered phase that is 1 and chi_1. Where chi_1 > 1 it is the one fixed
// point below 1: C is convex on [0, 1] as a power series without negative coefficients.
func (m *CorrelationMap) FixedPoint() (c, slope float64) {
	chi := m.Slope(1)
	if math.IsNaN(chi) || regime(chi) != Chaotic {
		return 1, chi
	}
	excess := func(c float64) float64 { return m.At(c) - c }
	if excess(0) <= uncorrelated {
		return 0, m.Slope(0)
	}
	below := .5
	for excess(1-below) > 0 {
		if below /= 2; below < mehlerTolerance {
			return 1, chi
		}
	}
	c = root(excess, 0, 1-below)
	return c, m.Slope(c)
}
