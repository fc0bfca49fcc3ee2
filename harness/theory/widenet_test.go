package theory

import (
	"math"
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
