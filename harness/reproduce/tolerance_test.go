package reproduce

import (
	"math"
	"testing"

	"actinit/harness/theory"
)

// near tells of a constant that is not what it says, beyond its last digit.
func near(t *testing.T, what string, stated, computed, digit float64) {
	t.Helper()
	if !(math.Abs(stated-computed) <= digit) {
		t.Errorf("%s is stated as %v, theory has %v", what, stated, computed)
	}
}

func kappa(m theory.Moments) float64 { return m.DerivativeFourth / (m.Derivative * m.Derivative) }

// The standard deviations that tolerances are made of are those of theory.
func TestTolerances(t *testing.T) {
	tanh := fieldOf("tanh")
	for _, net := range lectureNets {
		v := theory.Uniform(tanh, lectureDepth, lectureWidth, net.std).LogVariance(1, lectureBatch)
		near(t, net.name+", layer 1", net.logs[0], math.Sqrt(v[1]), 5e-6)
		near(t, net.name+", layer 6", net.logs[1], math.Sqrt(v[lectureDepth]), 5e-6)
	}
	gain := theory.Uniform(tanh, gainDepth, gainWidth, 5./3/math.Sqrt(gainWidth))
	near(t, "gain 5/3, log", gainLogStd, math.Sqrt(gain.LogVariance(1, lectureBatch)[gainDepth]), 5e-6)
	near(t, "gain 5/3, kappa", gainKappa, kappa(tanh.At(gainRMS.Published*gainRMS.Published*25/9)), 5e-4)

	first, last := 0., 0.
	for _, net := range glorotNets {
		v := theory.Uniform(tanh, glorotDepth, glorotWidth, math.Sqrt(net.variance/glorotWidth)).LogVariance(glorotInput*glorotInput, glorotBatch)
		first, last = max(first, math.Sqrt(v[1])), max(last, math.Sqrt(v[glorotDepth]))
	}
	near(t, "Glorot, layer 1", glorotFirstStd, first, 5e-5)
	near(t, "Glorot, layer 5", glorotLastStd, last, 5e-5)

	relu := theory.Uniform(fieldOf("relu"), varianceDepth, varianceWidth, math.Sqrt(2./varianceWidth))
	near(t, "He", varianceLogStd, math.Sqrt(relu.LogVariance(1, 1)[varianceDepth]), 5e-5)

	one := fieldOf("selu")
	near(t, "SELU, kappa", seluKappa, kappa(one.At(1)), 5e-5)
	near(t, "SELU, log", seluLogStd, math.Sqrt(theory.Uniform(one, seluDepth, seluWidth, 1./32).LogVariance(1, seluBatch)[seluDepth]), 5e-5)
	near(t, "SELU, gradient", seluGrowth.Published, one.At(1).Derivative, 5e-7)

	for _, p := range fieldPoints {
		e := theory.Ensemble{Field: tanh, WeightVar: p.weightStd * p.weightStd, BiasVar: p.biasStd * p.biasStd}
		at := e.Phase()
		m := tanh.At(at.Q)
		near(t, p.String()+", kappa", p.kappa, kappa(m), 5e-5)
		near(t, p.String()+", fourth moment", p.fourth, m.Fourth/(m.Second*m.Second), 5e-5)
		near(t, p.String()+", slope", p.slope, at.QSlope, 5e-6)
		near(t, p.String()+", q*", p.q.Published, at.Q, 5e-6)
		near(t, p.String()+", chi_1", p.chi.Published, at.Chi, 5e-7)
	}
	near(t, "depth scale", fieldScale, theory.DepthScale(fieldOrdered.chi.Published), 5e-4)

	edge, q, _ := tanh.EdgeOfChaos(edgeBiasVar)
	near(t, "edge", edgeVariance.Published, edge.WeightVar, 5e-7)
	near(t, "edge, kappa", edgeKappa, kappa(tanh.At(q)), 5e-5)
	near(t, "edge, slope", edgeSlope, (logChi(t, tanh, edge.WeightVar+.01, edgeBiasVar)-logChi(t, tanh, edge.WeightVar-.01, edgeBiasVar))/.02, 5e-5)
}

func logChi(t *testing.T, f theory.Field, weightVar, biasVar float64) float64 {
	t.Helper()
	e := theory.Ensemble{Field: f, WeightVar: weightVar, BiasVar: biasVar}
	q, fate := e.FixedPoint(1)
	if fate != theory.Settles {
		t.Fatalf("%v, %v: %s", weightVar, biasVar, fate)
	}
	return math.Log(e.Chi(q))
}

// The bounds of the phase diagram's tolerances hold on all of its grid and edge.
func TestPhaseTolerances(t *testing.T) {
	tanh := fieldOf("tanh")
	grid := math.Pow(phasePoint, 2) * phaseWidth * (phaseDepth - phaseSettled)
	edge := phaseEdge * math.Sqrt(phaseWidth*(phaseDepth-phaseSettled))
	for _, b := range phaseBiasStds {
		for _, w := range phaseWeightStds {
			e := theory.Ensemble{Field: tanh, WeightVar: w * w, BiasVar: b * b}
			q, _ := e.FixedPoint(1)
			if k := kappa(tanh.At(q)); 3*k-1 > grid {
				t.Errorf("(%v, %v): kappa %v", w, b, k)
			}
		}
		e, q, _ := tanh.EdgeOfChaos(b * b)
		w := math.Sqrt(e.WeightVar)
		slope := (logChi(t, tanh, (w+.01)*(w+.01), b*b) - logChi(t, tanh, (w-.01)*(w-.01), b*b)) / .02
		if x := math.Sqrt(3*kappa(tanh.At(q))-1) / slope; x > edge {
			t.Errorf("edge at sigma_b %v: %v", b, x)
		}
	}
}

// One layer moves a correlation by what correlationStd says, found by simulation of one layer of
// pairs: the formula of the file against another way to the same number.
func TestCorrelationStd(t *testing.T) {
	if testing.Short() {
		t.Skip("simulates 400 layers of 1024 units: too slow for -short, which the race detector runs with, and nothing in it is concurrent")
	}
	var first []float64
	for seed := range uint64(400) {
		w := normalBatch(correlationWidth, 2, seed, streamInput)
		ab, aa, bb := 0., 0., 0.
		for i := range w.Rows {
			a, b := max(0, float64(w.Row(i)[0])), max(0, float64(w.Row(i)[1]))
			ab, aa, bb = ab+a*b, aa+a*a, bb+b*b
		}
		first = append(first, ab/math.Sqrt(aa*bb))
	}
	mean, variance := 0., 0.
	for _, c := range first {
		mean += c / 400
	}
	for _, c := range first {
		variance += (c - mean) * (c - mean) / 399
	}
	// The standard deviation of 400 is known to 3.5%.
	near(t, "one pair, layer 1", correlationStd[1]*4.9, math.Sqrt(variance), .15*math.Sqrt(variance))
}

// Pairs have the cosine that was asked for.
func TestCorrelatedPairs(t *testing.T) {
	for _, c := range []float64{0, .5, .99} {
		m := correlatedPairs(4, 100, c, 3)
		near(t, "cosine", c, meanCosine(m), 1e-6)
		near(t, "parting", 1-c, meanParting(m), 1e-6)
	}
}

func TestCrossing(t *testing.T) {
	near(t, "crossing", 2.25, crossing([]float64{1, 2, 3, 4}, []float64{-5, -1, 3, -2}), 1e-15)
	if c := crossing([]float64{1, 2}, []float64{1, 2}); !math.IsNaN(c) {
		t.Errorf("crossing of nothing: %v", c)
	}
}
