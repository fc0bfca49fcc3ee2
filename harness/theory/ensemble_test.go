package theory

import (
	"math"
	"math/rand/v2"
	"testing"

	"actinit/harness/ops"
)

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s: %.9g, want %.9g within %g", what, got, want, tolerance)
	}
}

// The phases of tanh that Poole et al. 2016 and Schoenholz et al. 2017 study.
func TestPhasesOfTanh(t *testing.T) {
	tanh := field(t, "tanh")
	for _, c := range []struct {
		weightStd, biasVar, q, chi float64
		regime                     Regime
	}{
		{1, .05, .193593, .759032, Ordered},
		{1.3, .09, .607047, .939807, Ordered},
		{2.5, .09, 4.079124, 1.585225, Chaotic},
		{4, .09, 12.60415, 2.367261, Chaotic},
	} {
		p := Ensemble{tanh, c.weightStd * c.weightStd, c.biasVar}.Phase()
		near(t, "q*", p.Q, c.q, 6e-6)
		near(t, "chi_1", p.Chi, c.chi, 6e-7)
		if p.Regime != c.regime || p.Fate != Settles {
			t.Errorf("%g, %g: %s and %s", c.weightStd, c.biasVar, p.Regime, p.Fate)
		}
		if c.weightStd == 1 {
			near(t, "gradient scale", p.GradientScale, 3.627, 6e-4)
		}
	}
}

func TestEdgeOfChaosOfTanh(t *testing.T) {
	tanh := field(t, "tanh")
	e, q, stable := tanh.EdgeOfChaos(.05)
	near(t, "critical weight variance", e.WeightVar, 1.760955, 6e-7)
	near(t, "q*", q, .570048, 6e-7)
	if p := e.Phase(); p.Regime != Critical || !stable {
		t.Errorf("%s, stable: %t", p.Regime, stable)
	}
	e, q, stable = tanh.EdgeOfChaos(0)
	near(t, "critical weight variance without biases", e.WeightVar, 1, 1e-12)
	if q != 0 || !stable {
		t.Errorf("without biases: q* %g, stable: %t", q, stable)
	}
}

// What the map of the tests below starts from.
func settled(t *testing.T, name string, weightVar, biasVar float64) (Ensemble, float64) {
	t.Helper()
	e := Ensemble{field(t, name), weightVar, biasVar}
	q, fate := e.FixedPoint(1)
	if fate != Settles {
		t.Fatalf("%s at %g, %g %s", name, weightVar, biasVar, fate)
	}
	return e, q
}

// A fixed point is where iteration of the map from the same start ends.
func TestFixedPointIsTheIterationsEnd(t *testing.T) {
	if testing.Short() {
		t.Skip("simulates for minutes under the race detector, and nothing in it is concurrent; make test runs it")
	}
	for _, row := range ops.All() {
		f, _ := Of(row.Name)
		for _, weightVar := range []float64{.5, 1.7, 6} {
			for _, biasVar := range []float64{0, .05} {
				e := Ensemble{f, weightVar, biasVar}
				q, fate := e.FixedPoint(1)
				iterated := 1.
				for range 1000 {
					before := iterated
					if iterated = e.Variance(iterated); !(iterated < loud && iterated > silent) || math.Abs(iterated-before) < 1e-9*iterated {
						break
					}
				}
				ok := false
				switch fate {
				case Settles:
					ok = math.Abs(iterated/q-1) < 1e-6
				case Vanishes:
					ok = iterated < 1e-3
				case Explodes:
					ok = iterated > 10
				case Unknown:
					ok = math.IsNaN(iterated)
				}
				if !ok {
					t.Errorf("%s at %g, %g: %s at %g, iteration ends at %g", row.Name, weightVar, biasVar, fate, q, iterated)
				}
			}
		}
	}
}

// Slopes by closed expectation against finite differences of the maps.
func TestSlopesAreDerivatives(t *testing.T) {
	for _, name := range []string{"tanh", "relu", "selu", "gelu", "silu", "softplus", "hardtanh", "sigmoid", "leakyrelu", "swiglu"} {
		e, q := Ensemble{field(t, name), 1.3, .05}, 1.2
		const step = 1e-5
		near(t, name+" V'", e.VarianceSlope(q), (e.Variance(q+step)-e.Variance(q-step))/(2*step), 1e-7)
		m := e.Correlations(q)
		for _, c := range []float64{-.6, 0, .3, .9} {
			near(t, name+" C'", m.Slope(c), (m.At(c+step)-m.At(c-step))/(2*step), 1e-6)
		}
	}
}

// At a fixed point the correlation map ends in (1, 1) with slope chi_1.
func TestCorrelationMapEndsInChi(t *testing.T) {
	for _, c := range []struct {
		name               string
		weightVar, biasVar float64
	}{{"tanh", 1.69, .09}, {"tanh", 6.25, .09}, {"relu", 1.5, .1}, {"hardtanh", 2, .05}, {"selu", 1, 0}, {"sigmoid", 4, .1}, {"swiglu", .9, .1}} {
		e, q := settled(t, c.name, c.weightVar, c.biasVar)
		m := e.Correlations(q)
		chi := e.Chi(q)
		near(t, c.name+" C(1)", m.At(1), 1, 1e-9)
		near(t, c.name+" C'(1)", m.Slope(1), chi, 1e-6*chi)
		const step = 1e-6 // a kink leaves a term in step^(3/2)
		near(t, c.name+" C' near 1", (1-m.At(1-step))/step, chi, 3e-3*chi)
	}
}

// The sum over Hermite coefficients and the quadrature in two dimensions agree.
func TestCorrelationMapBothWays(t *testing.T) {
	if testing.Short() {
		t.Skip("simulates for minutes under the race detector, and nothing in it is concurrent; make test runs it")
	}
	for _, name := range []string{"tanh", "relu", "gelu", "hardtanh"} {
		e := Ensemble{field(t, name), 1.5, .1}
		m := e.Correlations(30)
		plane := *m
		plane.tail = math.Inf(1)
		for _, c := range []float64{-.5, .2, .7} {
			near(t, name+" C", m.At(c), plane.At(c), 1e-11)
			near(t, name+" C'", m.Slope(c), plane.Slope(c), 1e-10)
		}
	}
}

// The fixed point of the correlation in the chaotic phase attracts.
func TestCorrelationFixedPoint(t *testing.T) {
	e, q := settled(t, "tanh", 6.25, .09)
	m := e.Correlations(q)
	want, slope := m.FixedPoint()
	for _, c := range []float64{0, .99} {
		for range 200 {
			c = m.At(c)
		}
		near(t, "iterated", c, want, 1e-9)
	}
	if !(slope > 0 && slope < 1) {
		t.Errorf("slope %g at the fixed point %g", slope, want)
	}
}

// The maps against random layers of 500 units, each with inputs of its own.
func TestMapsOfRandomLayers(t *testing.T) {
	const layers, n, q, c = 20, 500, 1.5, .6
	for _, name := range []string{"tanh", "relu", "gelu"} {
		e := Ensemble{field(t, name), 1.7, .2}
		f := e.Field.value()
		rng := rand.New(rand.NewPCG(1, 2))
		var xx, xy, yy float64
		for range layers {
			x, y := make([]float64, n), make([]float64, n)
			for i := range x {
				u, w := rng.NormFloat64(), rng.NormFloat64()
				x[i], y[i] = f(math.Sqrt(q)*u), f(math.Sqrt(q)*(c*u+math.Sqrt(1-c*c)*w))
			}
			for range n {
				a := math.Sqrt(e.BiasVar) * rng.NormFloat64()
				b := a
				for j := range x {
					w := math.Sqrt(e.WeightVar/n) * rng.NormFloat64()
					a, b = a+w*x[j], b+w*y[j]
				}
				xx, xy, yy = xx+a*a/(n*layers), xy+a*b/(n*layers), yy+b*b/(n*layers)
			}
		}
		near(t, name+" variance", (xx+yy)/2/e.Variance(q), 1, .06)
		near(t, name+" correlation", xy/math.Sqrt(xx*yy), e.Correlations(q).At(c), .03)
	}
}

// Every point of Edge is critical, and EdgeOfChaos is its inverse.
func TestEdge(t *testing.T) {
	for _, name := range []string{"tanh", "elu", "hardtanh", "selu", "softsign"} {
		f := field(t, name)
		for _, q := range []float64{.3, 1, 2.5} {
			e := f.Edge(q)
			if e.BiasVar < 0 {
				continue
			}
			near(t, name+" V(q)", e.Variance(q), q, 1e-12*q)
			near(t, name+" chi_1", e.Chi(q), 1, 1e-12)
			if e.VarianceSlope(q) > 1 {
				continue
			}
			back, at, stable := f.EdgeOfChaos(e.BiasVar)
			if !stable || back.VarianceSlope(at) > 1 {
				t.Errorf("%s: stable fixed point %g, found %g, stable: %t", name, q, at, stable)
			}
			near(t, name+" chi_1 found", back.Chi(at), 1, 1e-9)
		}
	}
	if _, q, stable := field(t, "relu").EdgeOfChaos(.05); stable || !math.IsNaN(q) {
		t.Errorf("ReLU with biases has no edge, but %g", q)
	}
	if e, q, stable := field(t, "gelu").EdgeOfChaos(.05); stable || !(e.VarianceSlope(q) > 1) {
		t.Errorf("GELU's edge at .05 is not stable, but %g is called so", q)
	}
}

// The diagram is that of single phases, with any number of goroutines, and the edge
// parts its regimes.
func TestDiagram(t *testing.T) {
	tanh := field(t, "tanh")
	weightVars, biasVars := []float64{.5, 1, 1.5, 2, 3}, []float64{.01, .05, .3}
	one, two := Diagram(tanh, weightVars, biasVars, 1), Diagram(tanh, weightVars, biasVars, 2)
	for r, biasVar := range biasVars {
		edge, _, _ := tanh.EdgeOfChaos(biasVar)
		for c, weightVar := range weightVars {
			if one[r][c] != two[r][c] {
				t.Errorf("two goroutines: %+v, one: %+v", two[r][c], one[r][c])
			}
			if chaotic := one[r][c].Regime == Chaotic; chaotic != (weightVar > edge.WeightVar) {
				t.Errorf("%g, %g is %s, the edge at %g", weightVar, biasVar, one[r][c].Regime, edge.WeightVar)
			}
		}
	}
}

func BenchmarkDiagram(b *testing.B) {
	tanh, _ := Of("tanh")
	var weightVars, biasVars []float64
	for i := range 40 {
		weightVars, biasVars = append(weightVars, .1*float64(i+1)), append(biasVars, .005*float64(i))
	}
	for b.Loop() {
		Diagram(tanh, weightVars, biasVars, 1)
	}
}

// Under an activation that jumps signals part although gradients vanish.
func TestActivationThatJumps(t *testing.T) {
	if testing.Short() {
		t.Skip("simulates for minutes under the race detector, and nothing in it is concurrent; make test runs it")
	}
	e, q := settled(t, "hardshrink", .9, .3)
	p := e.Phase()
	if !e.Field.jumps() || field(t, "softshrink").jumps() || field(t, "hardtanh").jumps() {
		t.Error("hardshrink jumps, softshrink and hardtanh do not")
	}
	if p.Regime != Ordered || !(p.Correlation < .999) {
		t.Errorf("%s, correlation %g", p.Regime, p.Correlation)
	}
	m := e.Correlations(q)
	near(t, "C(c*)", m.At(p.Correlation), p.Correlation, 1e-9)
	// Near c = 1 the distance goes as the root: a quarter of it makes half.
	near(t, "root", (1-m.At(1-1e-8))/(1-m.At(1-4e-8)), .5, .01)
}
