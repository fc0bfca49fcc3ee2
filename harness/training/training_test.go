package training

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"actinit/harness/dense"
	"actinit/harness/network"
	"actinit/kernels/initializer"
)

func TestLossGradients(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	y, target, g, unused := dense.New[float64](4, 3), dense.New[float64](4, 3), dense.New[float64](4, 3), dense.New[float64](4, 3)
	for i := range 4 {
		for j := range 3 {
			y.Row(i)[j], target.Row(i)[j] = 3*rng.NormFloat64(), rng.NormFloat64()
		}
	}
	labels := []int{0, 2, 2, 1}
	for name, loss := range map[string]func(g dense.Matrix[float64]) float64{
		"cross-entropy": func(g dense.Matrix[float64]) float64 { l, _ := CrossEntropy(y, labels, g); return l },
		"squares":       func(g dense.Matrix[float64]) float64 { return Squares(y, target, g) },
	} {
		loss(g)
		for i := range 4 {
			for j := range 3 {
				const step = 1e-6
				at := &y.Row(i)[j]
				kept := *at
				*at = kept + step
				up := loss(unused)
				*at = kept - step
				down := loss(unused)
				*at = kept
				if want := (up - down) / (2 * step); math.Abs(g.Row(i)[j]-want) > 1e-8 {
					t.Errorf("%s: gradient %v at %d,%d, central difference %v", name, g.Row(i)[j], i, j, want)
				}
			}
		}
	}
}

func TestCrossEntropy(t *testing.T) {
	nan := float32(math.NaN())
	y := dense.Of(4, 2, []float32{1000, 0, 0, 0, -1000, 1000, nan, 1})
	g := dense.New[float32](4, 2)
	loss, right := CrossEntropy(y.RowRange(0, 3), []int{0, 1, 0}, g.RowRange(0, 3))
	if want := (0 + math.Ln2 + 2000) / 3; right != 1 || math.Abs(loss-want) > 1e-12 {
		t.Errorf("loss %v, %d right, want %v and 1: a tie goes to the first class", loss, right, want)
	}
	if loss, right := CrossEntropy(y.RowRange(3, 4), []int{1}, g.RowRange(3, 4)); right != 0 || !math.IsNaN(loss) {
		t.Errorf("of a NaN: loss %v, %d right", loss, right)
	}
}

// one is a net of a single weight.
func one(t *testing.T, w float64) *network.Net[float64] {
	t.Helper()
	n, err := network.New[float64](network.Description{Input: []int{1}, Layers: []network.Element{{Dense: 1}}}, nil, 1)
	if err != nil {
		t.Fatal(err)
	}
	n.Parameters()[0].Value.Data[0] = w
	return n
}

// descend minimises w^2 * curvature / 2 and returns the weights on the way.
func descend(t *testing.T, o Optimizer[float64], curvature float64, steps int) []float64 {
	n := one(t, 1)
	p := n.Parameters()[0]
	var path []float64
	for range steps {
		p.Gradient.Data[0] = curvature * p.Value.Data[0]
		o.Step(n.Parameters())
		path = append(path, p.Value.Data[0])
	}
	return path
}

func TestSGD(t *testing.T) {
	if got, want := descend(t, &SGD[float64]{Rate: .1}, 2, 3), []float64{.8, .64, .512}; !near(got, want) {
		t.Errorf("without momentum %v, want %v", got, want)
	}
	// v = 2, .9*2+1.6, .9*3.4+.92
	if got, want := descend(t, &SGD[float64]{Rate: .1, Momentum: .9}, 2, 3), []float64{.8, .46, .062}; !near(got, want) {
		t.Errorf("with momentum %v, want %v", got, want)
	}
	if got, want := descend(t, &SGD[float64]{Rate: .1, Decay: .5}, 0, 2), []float64{.95, .9025}; !near(got, want) {
		t.Errorf("with decay %v, want %v", got, want)
	}
}

// TestAdam: with a gradient that keeps its sign and size each step is Rate long.
func TestAdam(t *testing.T) {
	n := one(t, 1)
	a := &Adam[float64]{Rate: .01}
	for step := 1; step <= 5; step++ {
		n.Parameters()[0].Gradient.Data[0] = 3
		a.Step(n.Parameters())
		if got, want := n.Parameters()[0].Value.Data[0], 1-.01*float64(step); math.Abs(got-want) > 1e-9 {
			t.Errorf("step %d: %v, want %v", step, got, want)
		}
	}
	// Kingma & Ba's algorithm by hand for gradients 1 and -2.
	n = one(t, 0)
	a = &Adam[float64]{Rate: 1, Beta1: .5, Beta2: .75, Epsilon: 1e-300}
	for _, g := range []float64{1, -2} {
		n.Parameters()[0].Gradient.Data[0] = g
		a.Step(n.Parameters())
	}
	m, v := (.5*.5*1+.5*-2)/(1-.25), (.75*.25*1+.25*4)/(1-.5625)
	if got, want := n.Parameters()[0].Value.Data[0], -1-m/math.Sqrt(v); math.Abs(got-want) > 1e-12 {
		t.Errorf("two steps lead to %v, want %v", got, want)
	}
}

func near(got, want []float64) bool {
	return slices.EqualFunc(got, want, func(a, b float64) bool { return math.Abs(a-b) < 1e-12 })
}

// learn trains a small net on the digits and returns the losses on the way, and the
// accuracy on the digits kept for testing.
func learn(t *testing.T, workers int, o Optimizer[float32]) ([]float64, float64) {
	t.Helper()
	train, test, err := Digits(1)
	if err != nil {
		t.Fatal(err)
	}
	n, err := network.New[float32](network.Description{Input: []int{64}, Layers: []network.Element{
		{Dense: 64, Bias: true, Activation: "relu"}, {Dense: 10, Bias: true},
	}}, nil, workers)
	if err != nil {
		t.Fatal(err)
	}
	if err := n.Initialize(func(*network.Layer[float32]) initializer.Initializer {
		return initializer.KaimingNormal(initializer.FanIn, math.Sqrt2)
	}, 1); err != nil {
		t.Fatal(err)
	}
	var losses []float64
	err = Fit(context.Background(), n, train, Plan{
		Steps: 300, Batch: 60, Seed: 1, Optimizer: o,
		After: func(_ int, loss, _ float64) bool { losses = append(losses, loss); return true },
	})
	if err != nil {
		t.Fatal(err)
	}
	_, accuracy, err := Evaluate(context.Background(), n, test)
	if err != nil {
		t.Fatal(err)
	}
	return losses, accuracy
}

func TestDigitsAreLearnt(t *testing.T) {
	for name, o := range map[string]func() Optimizer[float32]{
		"SGD":  func() Optimizer[float32] { return &SGD[float32]{Rate: .05, Momentum: .9} },
		"Adam": func() Optimizer[float32] { return &Adam[float32]{Rate: .003} },
	} {
		losses, accuracy := learn(t, 1, o())
		if accuracy < .95 || losses[len(losses)-1] > .2 {
			t.Errorf("%s: %.1f%% right after training, loss %v", name, 100*accuracy, losses[len(losses)-1])
		}
		if again, _ := learn(t, 3, o()); !slices.Equal(losses, again) {
			t.Errorf("%s: three workers give other losses than one", name)
		}
	}
}

func TestDigitsSplit(t *testing.T) {
	train, test, err := Digits(7)
	if err != nil {
		t.Fatal(err)
	}
	if train.Examples() != 1437 || test.Examples() != 360 || train.X.Rows != 1437 || test.X.Rows != 360 {
		t.Errorf("%d and %d examples", train.Examples(), test.Examples())
	}
	other, _, err := Digits(8)
	if err != nil {
		t.Fatal(err)
	}
	if slices.Equal(train.Labels, other.Labels) {
		t.Error("another seed gives the same split")
	}
}

func TestSnapshot(t *testing.T) {
	n, err := network.New[float32](network.Description{Input: []int{3}, Layers: []network.Element{{Dense: 2, Bias: true}}}, nil, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range n.Parameters() {
		for i := range p.Value.Data {
			p.Value.Data[i] = float32(i + 1)
		}
	}
	before := Snapshot(n)
	n.Parameters()[0].Value.Data[1] = 99
	Restore(n, before)
	if got := n.Parameters()[0].Value.Data[1]; got != 2 {
		t.Errorf("the weight is %v after it was put back, want 2", got)
	}
}
