package theory

import (
	"math"

	"actinit/kernels"
)

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

// Phase returns what the ensemble does to deep signals that start from variance 1.
func (e Ensemble) Phase() Phase {
	nan := math.NaN()
	p := Phase{
		WeightVar: e.WeightVar, BiasVar: e.BiasVar, QSlope: nan, QScale: nan, Chi: nan, GradientScale: nan,
		Correlation: nan, CorrelationSlope: nan, CorrelationScale: nan,
	}
	p.Q, p.Fate = e.FixedPoint(1)
	switch p.Fate {
	case Settles:
		p.Chi = e.Chi(p.Q)
		p.Correlation, p.CorrelationSlope = 1, p.Chi
		if regime(p.Chi) == Chaotic || e.Field.jumps() {
			p.Correlation, p.CorrelationSlope = e.Correlations(p.Q).FixedPoint()
		}
		p.CorrelationScale = DepthScale(p.CorrelationSlope)
		p.QSlope = e.VarianceSlope(p.Q)
		p.QScale = DepthScale(p.QSlope)
	case Vanishes:
		p.Chi = e.Chi(0)
		p.QSlope = e.VarianceSlope(0)
		p.QScale = DepthScale(p.QSlope)
	case Explodes:
		p.Chi = e.Chi(loud)
	}
	p.Regime = regime(p.Chi)
	p.GradientScale = DepthScale(p.Chi)
	return p
}

// Diagram returns the phase diagram of an activation, one row of phases for each
// bias variance and one column for each weight variance. The result does not depend on
// the number of goroutines.
func Diagram(f Field, weightVars, biasVars []float64, workers int) [][]Phase {
	rows := make([][]Phase, len(biasVars))
	for i := range rows {
		rows[i] = make([]Phase, len(weightVars))
	}
	kernels.ParallelRange(workers, len(biasVars)*len(weightVars), 1, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			r, c := i/len(weightVars), i%len(weightVars)
			rows[r][c] = Ensemble{f, weightVars[c], biasVars[r]}.Phase()
		}
	})
	return rows
}

// Edge returns the point of the edge of chaos at which signals have variance q > 0:
// of all ensembles with that fixed point the one with chi_1 = 1,
//
//	sw^2 = 1 / E f'^2        sb^2 = q - E f^2 / E f'^2
//
// A negative biasVar says that there is none. Over all q this is the curve that
// parts order from chaos (Poole et al. 2016).
func (f Field) Edge(q float64) Ensemble {
	m := f.At(q)
	return Ensemble{f, 1 / m.Derivative, q - m.Second/m.Derivative}
}

// EdgeOfChaos returns the ensemble with the given bias variance that is on the edge
// of chaos and its fixed point, which is 0 for an activation with f(0) = 0, f'(0) != 0 and no
// biases. Where there are several it is that with the smallest stable fixed point, and
// stable is true. Near 0 GELU and SiLU have unstable ones only, which
// signals leave slowly. Where there is no fixed point below 1e6 the results are NaN.
func (f Field) EdgeOfChaos(biasVar float64) (e Ensemble, q float64, stable bool) {
	const largest, stride = 1e6, 1.5
	e, q = Ensemble{f, math.NaN(), biasVar}, math.NaN()
	if slope := f.At(smallest).Derivative; biasVar == 0 && f.value()(0) == 0 && slope > silent {
		e.WeightVar, q = 1/slope, 0
		if e.Variance(silent)/silent <= 1+neutral && e.Variance(1) <= 1+neutral {
			return e, q, true
		}
	}
	excess := func(q float64) float64 { return f.Edge(q).BiasVar - biasVar }
	before := silent
	for atBefore := excess(before); before < largest; {
		next := before * stride
		atNext := excess(next)
		if (atNext < 0) != (atBefore < 0) {
			at := root(excess, before, next)
			found := Ensemble{f, f.Edge(at).WeightVar, biasVar}
			if found.VarianceSlope(at) <= 1 {
				return found, at, true
			}
			if math.IsNaN(q) {
				e, q = found, at
			}
		}
		before, atBefore = next, atNext
	}
	return e, q, false
}
