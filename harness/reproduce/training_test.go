package reproduce

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"actinit/harness/dense"
	"actinit/harness/network"
	"actinit/harness/theory"
	"actinit/harness/training"
	"actinit/kernels"
	"actinit/kernels/initializer"
)

func TestSmoothedLosses(t *testing.T) {
	var losses []float64
	for i := range 3 * lossWindow {
		losses = append(losses, float64(3*lossWindow-i))
	}
	means := smoothed(losses)
	if got, want := means[1], 59.5; got != want {
		t.Errorf("mean of the first two %v, want %v", got, want)
	}
	// The window that ends with step 40 has the losses 40 .. 21.
	if got, want := means[39], 30.5; got != want {
		t.Errorf("after 40 steps %v, want %v", got, want)
	}
	if got := stepsUntil(losses, 30.6, -1); got != 40 {
		t.Errorf("%d steps until 30.6, want 40", got)
	}
	if got := stepsUntil(losses, 1, -1); got != -1 {
		t.Errorf("%d steps until 1, which the mean never is below", got)
	}
	if got := stepsUntil([]float64{0}, 1, -1); got != -1 {
		t.Errorf("%d steps of less than a window", got)
	}
}

func TestOneSignedRows(t *testing.T) {
	m := dense.Of(5, 3, []float32{1, 2, 3, -1, -2, -3, 1, -1, 1, 0, 1, 1, 0, 0, 0})
	if got := oneSignedRows(m); got != 2 {
		t.Errorf("%d rows, want the first two: a 0 has no sign", got)
	}
}

// Each derivative by the kernel is the reference's at points where both are smooth.
func TestDerivatives(t *testing.T) {
	x := []float32{-10, -2, 2, 10}
	s := func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
	for name, want := range map[string]func(x float64) float64{
		"sigmoid":   func(x float64) float64 { return s(x) * s(-x) },
		"tanh":      func(x float64) float64 { return 1 / (math.Cosh(x) * math.Cosh(x)) },
		"relu":      func(x float64) float64 { return map[bool]float64{true: 1}[x > 0] },
		"leakyrelu": func(x float64) float64 { return map[bool]float64{true: 1, false: .01}[x > 0] },
		"elu":       func(x float64) float64 { return math.Exp(math.Min(0, x)) },
	} {
		for i, got := range derivatives(name, x) {
			// What y was rounded by, 2^-25 near 1, is all that is lost.
			if math.Abs(got-want(float64(x[i]))) > 1e-7 {
				t.Errorf("%s at %v: %v, want %v", name, x[i], got, want(float64(x[i])))
			}
		}
	}
}

func TestSteepest(t *testing.T) {
	if got, err := steepest(t.Context(), 3); err != nil || got != 1./64 {
		t.Errorf("%v of the gradient behind three sigmoids, want 1/64; %v", got, err)
	}
}

// With one input that is always 1 and another that is always 0 the walk is known: the
// first weight goes straight to its goal, the second never moves.
func TestWalk(t *testing.T) {
	p := walk(.5, func(dst, _ []float64) {
		for i := range dst {
			dst[i] = float64(1 - i%2)
		}
	}, 1, 1)
	if got := p.w[3]; got != [2]float64{.875, 0} {
		t.Errorf("after three halvings at %v", got)
	}
	if want := 1 / math.Sqrt2; math.Abs(p.length-want) > 1e-12 {
		t.Errorf("length %v, want %v of the straight line", p.length, want)
	}
	// Steps of a walk whose inputs are positive have one sign.
	p = walk(zigzagDrawn, kernels.Sigmoid[float64], 1, 1)
	for i := 1; i < len(p.w); i++ {
		if a, b := p.w[i][0]-p.w[i-1][0], p.w[i][1]-p.w[i-1][1]; a*b < 0 {
			t.Fatalf("step %d moves the weights by %v and %v", i, a, b)
		}
	}
}

// One layer of ReLU units with biases that put the first below 0 and the second above for
// every image.
func TestDeadAndSaturated(t *testing.T) {
	for _, c := range []struct {
		activation      string
		bias            []float32
		dead, saturated float64
	}{
		{"relu", []float32{-1, 1}, .5, .5},
		{"leakyrelu", []float32{-1, 1}, 0, 0},
		{"tanh", []float32{-4, 1}, 0, .5},
		{"elu", []float32{-200, 1}, .5, .5}, // e^-200 is no float32
		{"sigmoid", []float32{-7, 6}, 0, 1}, // s'(6) = .00247
		{"sigmoid", []float32{-7, 5}, 0, .5},
	} {
		n, err := newNet(network.Description{Input: []int{3}, Layers: []network.Element{
			{Dense: 2, Bias: true, Activation: c.activation}, {Dense: 2},
		}}, every(initializer.Zeros()), 1)
		if err != nil {
			t.Fatal(err)
		}
		copy(n.Layers[0].Bias.Value.Row(0), c.bias)
		dead, saturated, err := deadAndSaturated(t.Context(), n, dense.New[float32](4, 3))
		if err != nil || dead != c.dead || saturated != c.saturated {
			t.Errorf("%s %v: %v dead and %v saturated, want %v and %v; %v", c.activation, c.bias, dead, saturated, c.dead, c.saturated, err)
		}
	}
}

func TestModeReaches(t *testing.T) {
	m := modes{u: [][]float64{{0}, {.2}, {.6}}}
	if got := m.reaches(0, .4); math.Abs(got-1.5*saxeRate) > 1e-12 {
		t.Errorf("reaches .4 at %v, want halfway between two steps", got)
	}
	if got := m.reaches(0, .7); !math.IsInf(got, 1) {
		t.Errorf("reaches .7 at %v", got)
	}
	// A mode that is its closed form deviates from it by nothing.
	m = modes{starts: []float64{.01, .02, .01, .03}}
	for step := range 100 {
		var u []float64
		for mode, s := range saxeStrengths {
			u = append(u, saxeMode(s, m.starts[mode]).At(float64(step)*saxeRate))
		}
		m.u = append(m.u, u)
	}
	if got := m.deviation(); got != 0 {
		t.Errorf("deviates by %v from itself", got)
	}
	m.u[50][3] += .05
	if got := m.deviation(); math.Abs(got-.1) > 1e-12 {
		t.Errorf("deviates by %v, want a tenth of s = .5", got)
	}
}

// A net whose starts are aligned begins with saxeStart in every mode.
func TestModesStart(t *testing.T) {
	m, err := learnModes(t.Context(), 1, 5*saxeRate, true)
	if err != nil {
		t.Fatal(err)
	}
	if len(m.u) != 6 {
		t.Fatalf("%d strengths of five steps", len(m.u))
	}
	for mode, u := range m.u[0] {
		if math.Abs(u-saxeStart) > 1e-12 || math.Abs(m.starts[mode]-saxeStart) > 1e-12 {
			t.Errorf("mode %d begins at %v, by its vectors at %v", mode, u, m.starts[mode])
		}
	}
}

func TestPruning(t *testing.T) {
	n, err := newNet(lenet(), every(initializer.GlorotNormal()), 1)
	if err != nil {
		t.Fatal(err)
	}
	full := fullMask(n)
	if full.left() != 1 {
		t.Fatalf("the full mask keeps %v", full.left())
	}
	m := full.prune(n, lotteryPruned).prune(n, lotteryPruned)
	for i, l := range n.Layers {
		kept, largest, smallest := 0, 0., math.Inf(1)
		for j, keep := range m[i] {
			v := math.Abs(float64(l.Weight.Value.Row(j / l.FanIn)[j%l.FanIn]))
			if keep {
				kept, smallest = kept+1, math.Min(smallest, v)
			} else {
				largest = math.Max(largest, v)
			}
		}
		if want := float64(len(m[i])) * math.Pow(1-lotteryPruned[i], 2); math.Abs(float64(kept)-want) > 1 {
			t.Errorf("layer %d keeps %d, want %v", i+1, kept, want)
		}
		if largest > smallest {
			t.Errorf("layer %d: %v is pruned and %v kept", i+1, largest, smallest)
		}
	}
	shuffled := m.shuffle(rand.New(rand.NewPCG(1, 1)))
	if shuffled.left() != m.left() || slices.Equal(shuffled[0], m[0]) {
		t.Error("a shuffled mask keeps as many, elsewhere")
	}
}

// What is pruned stays 0 through training, the rest moves, and rewinding brings the first
// weights back to the bit.
func TestMaskHolds(t *testing.T) {
	data, err := lotteryData(1)
	if err != nil {
		t.Fatal(err)
	}
	n, err := newNet(lenet(), every(initializer.GlorotNormal()), 1)
	if err != nil {
		t.Fatal(err)
	}
	first := training.Snapshot(n)
	m := fullMask(n).prune(n, []float64{.5, .5, .5})
	tk, err := data.train(context.Background(), n, m, 1, 2*lotteryEvery)
	if err != nil {
		t.Fatal(err)
	}
	if tk.stop < lotteryEvery || tk.accuracy < 30 || math.Abs(tk.left-.5) > 1e-3 {
		t.Errorf("%+v after %d steps", tk, 2*lotteryEvery)
	}
	moved := 0
	for i, l := range n.Layers {
		for j, keep := range m[i] {
			now := l.Weight.Value.Row(j / l.FanIn)[j%l.FanIn]
			if !keep && now != 0 {
				t.Fatalf("layer %d: a pruned weight is %v", i+1, now)
			}
			if keep && now != first[2*i].Row(j / l.FanIn)[j%l.FanIn] {
				moved++
			}
		}
	}
	if moved < 20000 {
		t.Errorf("%d of 25000 weights moved", moved)
	}
	training.Restore(n, first)
	for i, p := range n.Parameters() {
		for r := range p.Value.Rows {
			if !slices.Equal(p.Value.Row(r), first[i].Row(r)) {
				t.Fatalf("%s is not what it was at first", p.Name)
			}
		}
	}
}

// A short lottery has its tickets and controls, the same ones each time.
func TestDrawLots(t *testing.T) {
	draw := func() lotteryResult {
		r, err := drawLots(t.Context(), 1, 2, lotteryEvery, []int{2})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	r := draw()
	if len(r.winning) != 3 || r.reinit[2].left != r.winning[2].left || r.shuffled[2].left != r.winning[2].left {
		t.Fatalf("%+v", r)
	}
	if r.reinit[2] == r.winning[2] {
		t.Errorf("other weights come to the same: %+v", r.reinit[2])
	}
	if again := draw(); !slices.Equal(again.winning, r.winning) || again.reinit[2] != r.reinit[2] {
		t.Error("a second lottery differs from the first")
	}
}

// The claims' numbers that come from theory are what theory says.
func TestTrainingClaims(t *testing.T) {
	layers := theory.Uniform(fieldOf("sigmoid"), slopeDepth, slopeWidth, 1/math.Sqrt(slopeWidth)).Layers()
	near(t, "gradient behind ten sigmoids", slopeNet.Published, math.Sqrt(layers[0].Gradient), 5e-11)

	for i, depth := range saxeDepths {
		mode := theory.Mode{Strength: 1, Start: saxeDepthStart, Depth: depth, Tau: 1}
		steps, ok := mode.StepsTo(.99, saxeDepthRate/float64(depth), 1000)
		if !ok || math.Abs(float64(steps)-saxeSteps[i]) > 1 {
			t.Errorf("%d layers: stated are %v steps, theory has %d", depth, saxeSteps[i], steps)
		}
	}
	near(t, "mode at 2", saxeAtTwo.Published, saxeMode(3, saxeStart).At(2), 5e-7)
	near(t, "time to 99%", saxeArrival.Published, saxeMode(3, saxeStart).Time(.99*3), 5e-6)

	weights := []int{digitsInputs * 300, 300 * 100, 100 * digitsClasses}
	near(t, "weights left, 3 rounds", 51.63, 100*theory.WeightsLeft(weights, lotteryPruned, 3), 5e-3)
	near(t, "weights left, 7 rounds", 21.51, 100*theory.WeightsLeft(weights, lotteryPruned, 7), 5e-3)
	near(t, "weights left, 12 rounds", 7.30, 100*theory.WeightsLeft(weights, lotteryPruned, 12), 5e-3)

	// The midpoint rule on both normal inputs.
	const steps, end = 400, 6.
	z, weight := make([]float64, steps), make([]float64, steps)
	for i := range z {
		z[i] = end * (2*(float64(i)+.5)/steps - 1)
		weight[i] = math.Exp(-z[i]*z[i]/2) / math.Sqrt(2*math.Pi) * 2 * end / steps
	}
	variances := map[string]float64{}
	for k, c := range []Claim{zigzagSigmoid, zigzagNormal, zigzagTanh} {
		x := make([]float64, steps)
		zigzagInputs[k].of(x, z)
		length, squares := 0., 0.
		for i, a := range x {
			for j, b := range x {
				along := math.Abs(a-b) / math.Sqrt2
				length += weight[i] * weight[j] * along * math.Hypot(a, b)
				squares += weight[i] * weight[j] * along * along
			}
		}
		near(t, c.Statement, c.Published, length/squares, 2e-3)
		variances[zigzagInputs[k].name] = squares
	}
	near(t, zigzagSlower.Statement, zigzagSlower.Published, variances["tanh"]/variances["sigmoid"], 1e-4)
}

func TestEachSeed(t *testing.T) {
	told := 0.
	e := &Env{Seed: 7, Workers: 3, experiment: Experiment{Seeds: 5}, step: func(share float64) { told += share }}
	got, err := eachSeed(t.Context(), e, func(_ context.Context, seed uint64) (float64, error) { return float64(seed), nil })
	if err != nil || !slices.Equal(got, []float64{7, 8, 9, 10, 11}) {
		t.Errorf("measured %v, %v", got, err)
	}
	if math.Abs(told-1) > 1e-12 {
		t.Errorf("%v of the work is told to be done", told)
	}
	stop := errors.New("stop")
	if _, err := eachSeed(t.Context(), e, func(context.Context, uint64) (int, error) { return 0, stop }); !errors.Is(err, stop) {
		t.Errorf("error %v, want %v", err, stop)
	}
}

// An experiment whose training is cancelled ends with the context's error.
func TestTrainingIsCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, x := range []Experiment{sigmoidProblems, activationProblems, saxe, heTraining, isometryTraining, fixup, lottery} {
		if _, _, err := Measure(ctx, x, 1, 2, nil); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", x.Name, err)
		}
	}
}
