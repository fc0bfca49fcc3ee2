package layers

import (
	"context"
	"math"
	"testing"

	"actinit/harness/ops"
	"actinit/harness/result"
	"actinit/kernels"
	"actinit/kernels/initializer"
)

// TestLecture is the lecture's experiment at full size: tanh, 6 layers of 4096
// units, unit-variance input, here of 8 examples. The RMS of each layer's
// activations is within 3% of the published infinite-width values.
func TestLecture(t *testing.T) {
	if testing.Short() {
		t.Skip("three nets of 100 million weights each: too slow for -short, which the race detector runs with")
	}
	m := NewMachine(2)
	var rows []result.Layer
	for _, c := range []struct {
		initializer string
		rms         []float64
		verdict     string
	}{
		{Normal01, []float64{.492, .289, .179, .113, .072, .046}, "activations and gradients vanish"},
		{Normal05, []float64{.872, .853, .850, .849, .849, .849}, "activations hold, gradients explode, 52% saturated"},
		{XavierLecture, []float64{.628, .486, .408, .358, .322, .294}, "activations and gradients hold"},
	} {
		got, err := m.Measure(context.Background(), cell("tanh", c.initializer, DataN01, 6, 4096, 8))
		if err != nil {
			t.Fatal(err)
		}
		for l, want := range c.rms {
			if rms := pick(got, l+1, Activation).RMS; math.Abs(rms/want-1) > .03 {
				t.Errorf("%s, layer %d: RMS %.4f, want %.3f within 3%%", c.initializer, l+1, rms, want)
			}
		}
		if c.initializer == Normal05 {
			if share := pick(got, 6, Activation).SaturatedShare; math.Abs(share-.44) > .01 {
				t.Errorf("%s: %.3f of the top layer saturated, want .44", c.initializer, share)
			}
		}
		for _, s := range Stories(got) {
			t.Log(s)
		}
		rows = append(rows, got...)
	}
	comparisons := Lecture(rows)
	if len(comparisons) != 3 {
		t.Fatalf("%d comparisons", len(comparisons))
	}
	for _, c := range comparisons {
		t.Log(c)
		if !c.Agrees || c.Deviation > baseTolerance {
			t.Error(c)
		}
	}
}

// experiment runs a net on an input of standard deviation inputStd.
func experiment(t *testing.T, activation string, init initializer.Initializer, depth, width, batch int, inputStd float32) []result.Layer {
	t.Helper()
	row, ok := ops.Find(activation)
	if !ok {
		t.Fatalf("no %s in the table", activation)
	}
	c := cell(activation, "", "", depth, width, batch)
	m := NewMachine(2)
	x := m.space.Matrix("x", 0, batch, width)
	for i := range x.Rows {
		kernels.Normal(x.Row(i), 1, streamInput, uint64(i*x.Cols), 0, inputStd)
	}
	rows, err := m.measure(context.Background(), c, row, byRule(init), x)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// He et al. 2015: through thirty ReLU layers the second moment falls to 2^-30 =
// 9.3e-10 of its start with Xavier's weights (simulations at 512 units: .45 to
// 1.4e-9) and stays of the order of 1 with He's (.46 to 1.3).
func TestThirtyReLULayers(t *testing.T) {
	const depth, width, batch = 30, 512, 32
	ratio := func(std float64) float64 {
		rows := experiment(t, "relu", initializer.Normal(0, std), depth, width, batch, 1)
		r := pick(rows, depth, Activation).RMS / pick(rows, 0, Activation).RMS
		return r * r
	}
	xavier, he := ratio(math.Sqrt(1./width)), ratio(math.Sqrt(2./width))
	t.Logf("second moment after %d layers: Xavier %.3g, He %.3g of the start", depth, xavier, he)
	if !(xavier > .3e-9 && xavier < 2.2e-9) {
		t.Errorf("Xavier: %.3g, want about 9.3e-10", xavier)
	}
	if !(he > .3 && he < 2.2) {
		t.Errorf("He: %.3g, want about 1", he)
	}
	// The weights differ by a factor only, and the ReLU is homogeneous.
	if r := he / xavier / math.Ldexp(1, depth); math.Abs(r-1) > 1e-3 {
		t.Errorf("He / Xavier is %g x 2^30", r)
	}
}

// Glorot & Bengio 2010, the standard initialisation U(-1/sqrt(n), 1/sqrt(n)): n * Var(w) = 1/3. Five tanh
// layers of 1000 units, input of standard deviation .1. The activations'
// variance falls to .331 .110 .0368 .0123 .0041 of the input's, the gradients'
// mirrors it, and the weight gradients' is the same in all layers.
func TestGlorotsFiveLayers(t *testing.T) {
	const depth, width, batch = 5, 1000, 64
	rows := experiment(t, "tanh", initializer.Uniform(-1/math.Sqrt(width), 1/math.Sqrt(width)), depth, width, batch, .1)
	variance := func(l int, quantity string) float64 {
		std := pick(rows, l, quantity).Std
		return std * std
	}
	for l, want := range []float64{1, .331, .110, .0368, .0123, .0041} {
		if got := variance(l, Activation) / variance(0, Activation); math.Abs(got/want-1) > .05 {
			t.Errorf("activation, layer %d: variance %.4g of the input's, want %.4g", l, got, want)
		}
		if got := variance(depth-l, Gradient) / variance(depth, Gradient); math.Abs(got/want-1) > .05 {
			t.Errorf("gradient, layer %d: variance %.4g of the top's, want about %.4g", depth-l, got, want)
		}
	}
	top := pick(rows, depth, WeightGradient).Std
	for l := 1; l <= depth; l++ {
		if got := pick(rows, l, WeightGradient).Std / top; math.Abs(got-1) > .05 {
			t.Errorf("weight gradient, layer %d: std %.3f of the top's, want 1", l, got)
		}
	}
}

// Biases and the two pre-activations of a gated unit are in the theory too.
func TestLectureWithBiasesAndGates(t *testing.T) {
	m := NewMachine(1)
	for _, c := range []Cell{
		{Activation: "tanh", BiasStd: .5},
		{Activation: "maxout", BiasStd: .5},
		{Activation: "glu"},
		{Activation: "swiglu", BiasStd: .5},
	} {
		c.Initializer, c.Data, c.Depth, c.Width, c.Batch, c.Seed = "xavier (lecture)", DataN01, 3, 300, 64, 3
		rows, err := m.Measure(context.Background(), c)
		if err != nil {
			t.Fatal(err)
		}
		all := Lecture(rows)
		if len(all) != 1 || !all[0].Agrees || all[0].Deviation > .15 {
			t.Errorf("%v: %v", c, all)
		}
	}
}
