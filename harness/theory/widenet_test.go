package theory

import (
	"math"
	"math/rand/v2"
	"testing"
)

func field(t *testing.T, name string) Field {
	t.Helper()
	f, ok := Of(name)
	if !ok {
		t.Fatalf("no %s in the table", name)
	}
	return f
}

// The quadrature of E f(z)^2 and E f'(z)^2 for z ~ N(0,1) against published or
// closed-form values.
func TestExpectations(t *testing.T) {
	for _, c := range []struct {
		name               string
		second, derivative float64
	}{
		{"relu", .5, .5},
		{"leakyrelu", .500050, .50005},
		{"prelu", .531250, .53125},
		{"elu", .644945, .668102},
		{"selu", 1, 1.071575},
		{"gelu", .425221, .455851},
		{"silu", .355776, .379482},
		{"tanh", .394294, .464403},
		{"sigmoid", .293379, .044836},
		{"maxout", 1, 1}, // max^2 + min^2 = z1^2 + z2^2, and one piece takes the gradient
	} {
		e := field(t, c.name).At(1)
		if math.Abs(e.Second-c.second) > 1e-6 {
			t.Errorf("%s: E f^2 = %.7f, want %.6f", c.name, e.Second, c.second)
		}
		if math.Abs(e.Derivative-c.derivative) > 1e-6 {
			t.Errorf("%s: E f'^2 = %.7f, want %.6f", c.name, e.Derivative, c.derivative)
		}
	}
}

// Expectations whose value is known for any variance: the ReLU is homogeneous,
// and a tanh of a huge argument is a sign.
func TestExpectationsAtExtremes(t *testing.T) {
	relu, tanh := field(t, "relu"), field(t, "tanh")
	for _, v := range []float64{1e-30, 1e-6, 1, 1e6, 1e30} {
		e := relu.At(v)
		if math.Abs(e.Second/(v/2)-1) > 1e-12 || math.Abs(e.Fourth/(1.5*v*v)-1) > 1e-12 || math.Abs(e.Derivative-.5) > 1e-12 {
			t.Errorf("ReLU at variance %g: %+v", v, e)
		}
	}
	if e := tanh.At(1e-20); math.Abs(e.Second/1e-20-1) > 1e-12 || math.Abs(e.Derivative-1) > 1e-12 {
		t.Errorf("tanh of small arguments: %+v", e)
	}
	// E f^2 = 1 - E sech^2 -> 1 - 2 phi(0)/s, E f'^2 = E sech^4 -> (4/3) phi(0)/s for large s.
	const s = 1000
	phi := 1 / math.Sqrt(2*math.Pi)
	if e := tanh.At(s * s); math.Abs((1-e.Second)/(2*phi/s)-1) > 1e-5 || math.Abs(e.Derivative/(4./3*phi/s)-1) > 1e-5 {
		t.Errorf("tanh of large arguments: 1 - E f^2 = %g, E f'^2 = %g", 1-e.Second, e.Derivative)
	}
}

// The lecture's three tanh nets.
func TestTheoryOfTheLecture(t *testing.T) {
	for _, c := range []struct {
		std float64
		rms []float64
	}{
		{.01, []float64{.492, .289, .179, .113, .072, .046}},
		{.05, []float64{.872, .853, .850, .849}},
		{1 / math.Sqrt(4096), []float64{.628, .486, .408, .358, .322, .294}},
	} {
		all := Uniform(field(t, "tanh"), 6, 4096, c.std).Layers()
		for l, want := range c.rms {
			if got := math.Sqrt(all[l+1].Activation); math.Abs(got-want) > .0006 {
				t.Errorf("std %g, layer %d: RMS %.4f, want %.3f", c.std, l+1, got, want)
			}
		}
	}
}

// With the gain 5/3 tanh has the fixed point RMS .65135, where a gradient's
// mean square grows by 1.2098 a layer.
func TestTheoryOfTanhGain(t *testing.T) {
	const depth = 60
	all := Uniform(field(t, "tanh"), depth, 1000, 5./3/math.Sqrt(1000)).Layers()
	if got := math.Sqrt(all[depth].Activation); math.Abs(got-.65135) > 5e-6 {
		t.Errorf("fixed point %.6f, want .65135", got)
	}
	if got := all[depth-1].Gradient / all[depth].Gradient; math.Abs(got-1.2098) > 5e-5 {
		t.Errorf("chi_1 %.5f, want 1.2098", got)
	}
}

func TestTheoryOfReLU(t *testing.T) {
	relu := field(t, "relu")
	const depth, width = 30, 512
	he := Uniform(relu, depth, width, math.Sqrt(2./width)).Layers()
	variance := Uniform(relu, depth, width, math.Sqrt(2./width)).LogVariance(1, 1)
	xavier := Uniform(relu, depth, width, math.Sqrt(1./width)).Layers()
	for l := range depth + 1 {
		if got := he[l].Activation; math.Abs(got-1) > 1e-12 {
			t.Errorf("He, layer %d: second moment %g, want 1", l, got)
		}
		if got, want := xavier[l].Activation, math.Ldexp(1, -l); math.Abs(got/want-1) > 1e-12 {
			t.Errorf("Xavier, layer %d: second moment %g, want %g", l, got, want)
		}
		if got, want := variance[l], 5*float64(l)/width; math.Abs(got-want) > 1e-6 {
			t.Errorf("layer %d: variance of the log second moment %g, want 5 l/n = %g", l, got, want)
		}
	}
}

func TestGroupedKeepsTheMean(t *testing.T) {
	x := []float64{5, 1, 4, 2, 3, 6}
	got := grouped(x, 3)
	want := []float64{1.5, 3.5, 5.5}
	for i := range want {
		if math.Abs(got[i]-want[i]) > 1e-15 {
			t.Fatalf("grouped into %v, want %v", got, want)
		}
	}
	if len(grouped(x, 6)) != 6 || len(x) != 6 || x[0] != 5 {
		t.Errorf("small sets must stay as they are: %v", x)
	}
}

// Moments with closed forms: of ReLU, of the larger of two, and of a product.
func TestMoments(t *testing.T) {
	const v = 1.7
	relu, maxout, bilinear := field(t, "relu").At(v), field(t, "maxout").At(v), field(t, "bilinear").At(v)
	near(t, "E relu", relu.Mean, math.Sqrt(v/(2*math.Pi)), 1e-14)
	near(t, "E relu'^4", relu.DerivativeFourth, .5, 1e-14)
	near(t, "E max", maxout.Mean, math.Sqrt(v/math.Pi), 1e-14)
	near(t, "E max^4", maxout.Fourth, 3*v*v, 1e-13)
	near(t, "E (ab)^2", bilinear.Second, v*v, 1e-13)
	near(t, "E (ab)^4", bilinear.Fourth, 9*math.Pow(v, 4), 1e-11)
	near(t, "E a^2+b^2", bilinear.Derivative, 2*v, 1e-13)
	near(t, "E a^4+b^4", bilinear.DerivativeFourth, 6*v*v, 1e-12)
}

// A measured net is one random net's mean squares, by layer.
type measured struct{ z, h, gradient, weightGradient []float64 }

// measure runs a square net with biases on one input of N(0, 1) values.
func measure(rng *rand.Rand, w WideNet) measured {
	n, depth := w.Units, len(w.Std)
	value, slope := w.Field.value(), w.Field.slope()
	square := func(x []float64) (sum float64) {
		for _, v := range x {
			sum += v * v / float64(len(x))
		}
		return sum
	}
	weights := make([][]float64, depth)
	z, h := make([][]float64, depth), make([][]float64, depth+1)
	h[0] = make([]float64, n)
	for i := range h[0] {
		h[0][i] = rng.NormFloat64()
	}
	m := measured{[]float64{0}, []float64{square(h[0])}, make([]float64, depth+1), make([]float64, depth+1)}
	for l := range depth {
		weights[l], z[l], h[l+1] = make([]float64, n*n), make([]float64, n), make([]float64, n)
		for i := range n {
			z[l][i] = w.BiasStd[l] * rng.NormFloat64()
			for k, x := range h[l] {
				weights[l][i*n+k] = w.Std[l] * rng.NormFloat64()
				z[l][i] += weights[l][i*n+k] * x
			}
			h[l+1][i] = value(z[l][i])
			if w.Residual {
				h[l+1][i] += h[l][i]
			}
		}
		m.z, m.h = append(m.z, square(z[l])), append(m.h, square(h[l+1]))
	}
	g := make([]float64, n)
	for i := range g {
		g[i] = rng.NormFloat64()
	}
	for l := depth - 1; l >= 0; l-- {
		m.gradient[l+1] = square(g)
		below, dz := make([]float64, n), make([]float64, n)
		for i := range n {
			dz[i] = g[i] * slope(z[l][i])
			for k := range below {
				below[k] += dz[i] * weights[l][i*n+k]
			}
			if w.Residual {
				below[i] += g[i]
			}
		}
		m.weightGradient[l+1] = square(dz) * m.h[l]
		g = below
	}
	m.gradient[0] = square(g)
	return m
}

// Random nets with biases, with and without residual connections, against the theory.
func TestLayersOfRandomNets(t *testing.T) {
	if testing.Short() {
		t.Skip("simulates for minutes under the race detector, and nothing in it is concurrent; make test runs it")
	}
	const n, depth, nets = 60, 5, 150
	for _, c := range []struct {
		name     string
		residual bool
		std      float64
	}{{"tanh", false, 1.2}, {"gelu", false, 1.5}, {"tanh", true, .5}, {"relu", true, .6}, {"sigmoid", true, 1}} {
		w := Uniform(field(t, c.name), depth, n, c.std/math.Sqrt(n))
		w.Residual = c.residual
		for range depth {
			w.BiasStd = append(w.BiasStd, .3)
		}
		expected := w.Layers()
		rng := rand.New(rand.NewPCG(11, 12))
		seen := make([]Layer, depth+1)
		for range nets {
			m := measure(rng, w)
			for l := range seen {
				seen[l].Preactivation += m.z[l] / nets
				seen[l].Activation += m.h[l] / nets
				seen[l].Gradient += m.gradient[l] / nets
				seen[l].WeightGradient += m.weightGradient[l] / nets
			}
		}
		for l := range seen {
			near(t, c.name+" h", seen[l].Activation/expected[l].Activation, 1, .1)
			near(t, c.name+" g", seen[l].Gradient/expected[l].Gradient, 1, .13)
			if l > 0 {
				near(t, c.name+" z", seen[l].Preactivation/expected[l].Preactivation, 1, .1)
				near(t, c.name+" dW", seen[l].WeightGradient/expected[l].WeightGradient, 1, .15)
			}
		}
	}
}

// What a finite width leaves to chance in nets with biases.
func TestLogVarianceWithBiases(t *testing.T) {
	const n, depth, nets = 50, 4, 400
	w := Uniform(field(t, "relu"), depth, n, 1/math.Sqrt(n))
	w.BiasStd = []float64{.7, .7, .7, .7}
	rng := rand.New(rand.NewPCG(13, 14))
	var sum, squares [depth + 1]float64
	for range nets {
		for l, q := range measure(rng, w).h {
			x := math.Log(q)
			sum[l] += x / nets
			squares[l] += x * x / nets
		}
	}
	expected := w.LogVariance(1, 1)
	for l := 1; l <= depth; l++ {
		// The inputs' own mean square, of variance 2/n, comes on top of the theory's.
		near(t, "standard deviation", math.Sqrt((squares[l]-sum[l]*sum[l])/expected[l]), 1, .25)
	}
	w.Residual = true
	if got := w.LogVariance(1, 1)[1]; !math.IsNaN(got) {
		t.Errorf("a residual net's variance is not known, but %g", got)
	}
}
