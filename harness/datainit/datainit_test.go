package datainit

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	"actinit/harness/dense"
	"actinit/harness/network"
	"actinit/harness/training"
	"actinit/kernels"
	"actinit/kernels/initializer"
)

var background = context.Background()

func netOf(t *testing.T, workers int, input []int, layers ...network.Element) *network.Net[float32] {
	t.Helper()
	n, err := network.New[float32](network.Description{Input: input, Layers: layers}, nil, workers)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// digits are a batch of the shipped images.
func digits(t *testing.T, examples int) dense.Matrix[float32] {
	t.Helper()
	train, _, err := training.Digits(1)
	if err != nil {
		t.Fatal(err)
	}
	return train.X.RowRange(0, examples)
}

func start(t *testing.T, name string, settings initializer.Settings, n *network.Net[float32], x dense.Matrix[float32]) Report {
	t.Helper()
	k, err := New(name, settings)
	if err != nil {
		t.Fatal(err)
	}
	report, err := k.Apply(background, n, x, 3)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// stack is a net of equal dense layers.
func stack(activation string, depth, width int, bias bool) []network.Element {
	return slices.Repeat([]network.Element{{Dense: width, Activation: activation, Bias: bias}}, depth)
}

// A watch keeps what the layers' pre-activations are like in a pass.
type watch struct {
	layers [][2]float64 // mean and variance of all elements
	worst  float64      // largest |mean - beta| or |variance - 1| of a channel
	beta   float64
}

func (w *watch) See(q network.Quantity, l int, z dense.Matrix[float32]) {
	if q != network.Preactivation {
		return
	}
	var sum, square float64
	for k := range z.Cols {
		var mean, variance float64
		for i := range z.Rows {
			v := float64(z.Row(i)[k])
			mean += v / float64(z.Rows)
			sum += v
			square += v * v
		}
		for i := range z.Rows {
			d := float64(z.Row(i)[k]) - mean
			variance += d * d / float64(z.Rows)
		}
		w.worst = max(w.worst, math.Abs(mean-w.beta), math.Abs(variance-1))
	}
	count := float64(z.Rows * z.Cols)
	w.layers = append(w.layers, [2]float64{sum / count, square/count - sum/count*sum/count})
}

func look(t *testing.T, n *network.Net[float32], x dense.Matrix[float32], beta float64) *watch {
	t.Helper()
	w := &watch{beta: beta}
	if _, err := n.Forward(background, x, w); err != nil {
		t.Fatal(err)
	}
	return w
}

// images is a net of convolutions and dense layers for the digits.
func images() []network.Element {
	return []network.Element{
		{Conv: 8, Kernel: 3, Padding: 1, Bias: true, Activation: "relu"}, {Conv: 12, Kernel: 3, Stride: 2, Padding: 1, Bias: true, Activation: "relu"},
		{Dense: 60, Bias: true, Activation: "relu"}, {Dense: 10, Bias: true},
	}
}

func TestLSUVMakesVariancesOne(t *testing.T) {
	x := digits(t, 256)
	nets := map[string]*network.Net[float32]{
		"convolutions": netOf(t, 2, []int{1, 8, 8}, network.Element{Conv: 6, Kernel: 3, Padding: 1, Activation: "relu"}, network.Element{Conv: 4, Kernel: 2, Stride: 2, Activation: "elu"}, network.Element{Dense: 10}),
		"residual":     netOf(t, 2, []int{64}, network.Element{Dense: 20, Activation: "relu"}, network.Element{Residual: stack("relu", 2, 20, true), Activation: "relu"}, network.Element{Dense: 10}),
	}
	for _, activation := range []string{"tanh", "sigmoid", "relu", "leakyrelu", "elu", "gelu", "maxout", "swiglu"} {
		nets[activation] = netOf(t, 2, []int{64}, stack(activation, 5, 40, true)...)
	}
	for name, n := range nets {
		report := start(t, "lsuv", nil, n, x)
		if !report.Converged {
			t.Errorf("%s: not converged: %+v", name, report)
		}
		for l, moments := range look(t, n, x, 0).layers {
			v := moments[1]
			if math.Abs(v-1) >= .1 {
				t.Errorf("%s, layer %d: variance %v", name, l+1, v)
			}
			if report.Rounds[l] > 1 {
				t.Errorf("%s, layer %d: %d rounds, and without biases one is exact", name, l+1, report.Rounds[l])
			}
		}
		if last := report.Steps[len(report.Steps)-1]; last.Layer != len(n.Layers) || last.Factor != 1 {
			t.Errorf("%s: the last step is %+v", name, last)
		}
	}
}

// One correction makes the variance 1 to rounding, because z is linear in W.
func TestLSUVsCorrectionIsExact(t *testing.T) {
	x := digits(t, 100)
	n := netOf(t, 1, []int{64}, stack("relu", 3, 30, false)...)
	report := start(t, "lsuv", nil, n, x)
	for l, moments := range look(t, n, x, 0).layers {
		v := moments[1]
		if report.Rounds[l] == 1 && math.Abs(v-1) > 1e-5 {
			t.Errorf("layer %d: variance %v after one correction", l+1, v)
		}
	}
	if report.Rounds[1] != 1 {
		t.Errorf("orthonormal weights behind a ReLU halve the variance, and no correction was made: %+v", report)
	}
}

func TestKraehenbuehlWithinLayers(t *testing.T) {
	x := digits(t, 100)
	residual := []network.Element{
		{Dense: 20, Bias: true, Activation: "relu"},
		{Residual: stack("relu", 2, 20, true), Activation: "relu"}, {Residual: stack("tanh", 3, 20, true)}, {Dense: 10, Bias: true},
	}
	for _, c := range []struct {
		input  []int
		layers []network.Element
	}{
		{[]int{1, 8, 8}, images()}, {[]int{64}, residual}, {[]int{64}, stack("maxout", 3, 15, true)},
		{[]int{64}, stack("sigmoid", 4, 30, true)},
	} {
		for _, name := range []string{"kraehenbuehl_gaussian", "kraehenbuehl_pca", "kraehenbuehl_kmeans"} {
			for i, beta := range []float64{0, .1} {
				if i == 1 && name != "kraehenbuehl_gaussian" {
					continue // beta does not depend on the directions
				}
				n := netOf(t, 2, c.input, c.layers...)
				report := start(t, name, initializer.Settings{"rounds": 0, "beta": beta}, n, x)
				if w := look(t, n, x, beta); w.worst > 1e-4 {
					t.Errorf("%s, %v, beta %v: a channel's mean or variance is off by %v", name, c.layers, beta, w.worst)
				}
				if len(report.Steps) != len(n.Layers) || !report.Converged || report.Steps[0].Measure != Variance {
					t.Errorf("%s: %+v", name, report)
				}
			}
		}
	}
}

func TestKraehenbuehlMakesRatesEqual(t *testing.T) {
	x := digits(t, 150)
	for _, c := range [][2]string{
		{"relu", "kraehenbuehl_gaussian"}, {"relu", "kraehenbuehl_pca"}, {"relu", "kraehenbuehl_kmeans"}, {"leakyrelu", "kraehenbuehl_pca"},
		{"elu", "kraehenbuehl_kmeans"}, {"tanh", "kraehenbuehl_pca"}, {"sigmoid", "kraehenbuehl_gaussian"}, {"maxout", "kraehenbuehl_kmeans"},
	} {
		activation, name := c[0], c[1]
		layers := images()
		for i := range layers[:3] {
			layers[i].Activation = activation
		}
		n := netOf(t, 2, []int{1, 8, 8}, layers...)
		report := start(t, name, nil, n, x)
		low, high, product := math.Inf(1), 0., 1.
		for _, s := range report.Steps[len(report.Steps)-4:] {
			low, high = math.Min(low, s.Measured), math.Max(high, s.Measured)
		}
		if !report.Converged || high/low-1 > .01 {
			t.Errorf("%s, %s: rates from %v to %v, %+v", name, activation, low, high, report.Steps)
		}
		for _, s := range report.Steps[4:] { // behind those within the layers
			product *= s.Factor
		}
		if math.Abs(product-1) > 1e-9 {
			t.Errorf("%s, %s: the factors' product is %v", name, activation, product)
		}
	}
}

// Of ReLUs the output does not change when the rates are made equal.
func TestRatesKeepTheOutput(t *testing.T) {
	x := digits(t, 50)
	output := func(rounds int) []float32 {
		n := netOf(t, 1, []int{64}, stack("relu", 4, 30, true)...)
		report := start(t, "kraehenbuehl_gaussian", initializer.Settings{"rounds": rounds}, n, x)
		if rounds > 0 && (!report.Converged || report.Rounds[0] < 2) {
			t.Fatalf("%+v", report)
		}
		y, err := n.Forward(background, x, nil)
		if err != nil {
			t.Fatal(err)
		}
		return y.Row(7)
	}
	want := output(0)
	for j, v := range output(10) {
		if math.Abs(float64(v-want[j])) > 1e-4 {
			t.Errorf("output %d was %v and is %v", j, want[j], v)
		}
	}
}

// blocks is a residual net as Fixup's figure has it.
func blocks(count, width int) []network.Element {
	layers := []network.Element{}
	for range count {
		layers = append(layers, network.Element{Multiplier: true, Residual: []network.Element{
			{Dense: width, Activation: "relu", ScalarBias: true}, {Dense: width, ScalarBias: true},
		}})
	}
	return layers
}

// With 20 blocks of 256 units He's rule multiplies the signal's mean square by 1.9e9 or so (3^20
// is the mean of all draws, and their logarithm's deviation is about .5), and Fixup
// leaves it as it is.
func TestFixup(t *testing.T) {
	const width, count = 256, 20
	x := dense.New[float32](32, width)
	for i := range x.Rows {
		kernels.Normal(x.Row(i), 1, 0, uint64(i*width), 0, 1)
	}
	n := netOf(t, 2, []int{width}, blocks(count, width)...)
	start(t, "kaiming_normal", nil, n, x)
	exploded, err := n.Forward(background, x, nil)
	if err != nil {
		t.Fatal(err)
	}
	if growth := meanSquare(exploded) / meanSquare(x); growth < 2e8 || growth > 2e10 {
		t.Errorf("He's weights make the signal grow by %.3g, want about 1.9e9", growth)
	}
	start(t, "fixup", nil, n, dense.Matrix[float32]{})
	y, err := n.Forward(background, x, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := range x.Rows {
		if !slices.Equal(x.Row(i), y.Row(i)) {
			t.Fatalf("example %d is changed", i)
		}
	}
	if got, want := meanSquare(n.Layers[0].Weight.Value), 2./width/count; math.Abs(got/want-1) > .03 {
		t.Errorf("the first layer's variance is %v, want He's 2/256 times 20^-1 = %v", got, want)
	}

	withStem := netOf(t, 1, []int{64}, append([]network.Element{{Dense: 20}}, append(blocks(3, 20), network.Element{Dense: 10})...)...)
	start(t, "fixup", nil, withStem, dense.Matrix[float32]{})
	if meanSquare(withStem.Layers[0].Weight.Value) == 0 || meanSquare(withStem.Layers[len(withStem.Layers)-1].Weight.Value) != 0 {
		t.Error("the classifier alone is to be 0, and not the stem")
	}
	logits, err := withStem.Forward(background, digits(t, 30), nil)
	if err != nil {
		t.Fatal(err)
	}
	if meanSquare(logits) != 0 {
		t.Error("the logits are not 0")
	}

	// Of three layers a branch, the exponent is -1/4.
	const deep = 5
	three := blocks(deep, width)
	for i := range three {
		three[i].Residual = append(three[i].Residual[:1:1], three[i].Residual...)
	}
	n = netOf(t, 2, []int{width}, three...)
	report := start(t, "fixup", nil, n, dense.Matrix[float32]{})
	for l, want := range []float64{math.Pow(deep, -.25), math.Pow(deep, -.25), 0} {
		if s := report.Steps[l]; s.Layer != l+1 || s.Factor != want {
			t.Errorf("layer %d: %+v, want the factor %v", l+1, s, want)
		}
	}
}

func TestRulesByName(t *testing.T) {
	x := digits(t, 20)
	square, image := network.Element{Dense: 64, Activation: "relu"}, network.Element{Conv: 4, Kernel: 3, Padding: 1}
	for name, n := range map[string]*network.Net[float32]{
		"kaiming_normal": netOf(t, 1, []int{64}, square), "orthogonal": netOf(t, 1, []int{64}, square),
		"random_walk": netOf(t, 1, []int{64}, square), "delta_orthogonal": netOf(t, 1, []int{1, 8, 8}, image),
	} {
		report := start(t, name, nil, n, x)
		if w := meanSquare(n.Layers[0].Weight.Value); !(w > 0) || !report.Converged {
			t.Errorf("%s: weights of mean square %v, %+v", name, w, report)
		}
	}
	if _, err := New("lsvu", nil); err == nil || !strings.Contains(err.Error(), "lsuv, kraehenbuehl_gaussian") {
		t.Errorf("error %v", err)
	}
}

// All lists every kind with what a reader needs, and New takes each name, also with settings.
func TestNamesAndSettings(t *testing.T) {
	seen := map[string]bool{}
	for _, k := range All() {
		if k.Name == "" || k.Formula == "" || k.Source == "" || seen[k.Name] {
			t.Errorf("kind %+v", k)
		}
		seen[k.Name] = true
		made, err := New(k.Name, nil)
		if k.Name == "sparse" { // has no default
			made, err = New(k.Name, initializer.Settings{"sparsity": .5})
		}
		if err != nil || made.Name != k.Name || made.Source != k.Source || made.Data != k.Data {
			t.Errorf("%s: %v, made %+v", k.Name, err, made)
		}
	}
	for _, c := range []struct {
		name     string
		settings initializer.Settings
		want     string
	}{
		{"lsuv", initializer.Settings{"tolerence": .1}, `lsuv: there is no parameter "tolerence": it takes tolerance=.1, rounds=10`},
		{"lsuv", initializer.Settings{"tolerance": 0}, "lsuv: tolerance is 0, want a number above 0"},
		{"lsuv", initializer.Settings{"tolerance": "small"}, "lsuv: tolerance is small, want a finite number"},
		{"kraehenbuehl_pca", initializer.Settings{"rounds": 2.5}, "kraehenbuehl_pca: rounds is 2.5, want a whole number from 0 to 1000"},
		{"kraehenbuehl_pca", initializer.Settings{"beta": math.NaN()}, "kraehenbuehl_pca: beta is NaN, want a finite number"},
		{"fixup", initializer.Settings{"beta": 1}, `fixup: there is no parameter "beta": it takes none`},
		{"normal", initializer.Settings{"beta": 1}, `normal: there is no parameter "beta"`},
	} {
		if _, err := New(c.name, c.settings); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s, %v: error %v, want %q", c.name, c.settings, err, c.want)
		}
	}

	x := digits(t, 100)
	n := netOf(t, 1, []int{64}, stack("relu", 3, 30, true)...)
	if report := start(t, "lsuv", initializer.Settings{"rounds": 0}, n, x); report.Converged || report.Rounds[1] != 0 {
		t.Errorf("without a round: %+v", report)
	}
	start(t, "lsuv", initializer.Settings{"tolerance": 1e-4}, n, x)
	for l, moments := range look(t, n, x, 0).layers {
		if math.Abs(moments[1]-1) > 1e-4 {
			t.Errorf("layer %d: variance %v", l+1, moments[1])
		}
	}
}

// The seed fixes the weights, whatever the workers.
func TestSameForAnyWorkers(t *testing.T) {
	x := digits(t, 120)
	weights := func(name string, workers int, seed uint64) []float32 {
		n := netOf(t, workers, []int{64}, stack("relu", 3, 30, true)...)
		k, err := New(name, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := k.Apply(background, n, x, seed); err != nil {
			t.Fatal(err)
		}
		return slices.Clone(n.Layers[2].Weight.Value.Data)
	}
	for _, k := range All() {
		if !k.Data {
			continue
		}
		one := weights(k.Name, 1, 1)
		if !slices.Equal(one, weights(k.Name, 3, 1)) {
			t.Errorf("%s: three workers give other weights", k.Name)
		}
		if k.Name != "kraehenbuehl_pca" && slices.Equal(one, weights(k.Name, 1, 2)) {
			t.Errorf("%s: another seed gives the same weights", k.Name)
		}
	}
}

// kindOf finds a kind in the list.
func kindOf(t *testing.T, name string) Kind {
	t.Helper()
	for _, k := range All() {
		if k.Name == name {
			return k
		}
	}
	t.Fatalf("All does not list %s", name)
	return Kind{}
}

func TestRefusals(t *testing.T) {
	x := digits(t, 30)
	spoilt := dense.New[float32](30, 64)
	spoilt.CopyFrom(x)
	spoilt.Row(4)[7] = float32(math.NaN())
	huge := dense.New[float32](30, 64)
	for i := range huge.Rows {
		for j := range huge.Row(i) {
			huge.Row(i)[j] = math.MaxFloat32 * float32(1-2*((i+j)%2))
		}
	}
	plain := func() *network.Net[float32] { return netOf(t, 1, []int{64}, stack("relu", 2, 40, true)...) }
	for _, c := range []struct {
		name string
		net  *network.Net[float32]
		x    dense.Matrix[float32]
		want string
	}{
		{"lsuv", plain(), spoilt, "lsuv: example 5 has a value that is not finite"},
		{"lsuv", plain(), x.RowRange(0, 1), "lsuv needs a batch of two examples or more"},
		{"lsuv", plain(), dense.New[float32](4, 64), "lsuv: layer1: its pre-activations do not vary: all are 0"},
		{"kraehenbuehl_pca", netOf(t, 1, []int{64}, stack("relu", 2, 9, false)...), x, "layer1 has no bias"},
		{"kraehenbuehl_kmeans", plain(), x, "layer1: its 40 centres need as many inputs"},
		{"kraehenbuehl_gaussian", netOf(t, 1, []int{64}, blocks(1, 64)...), x, "the net has residual blocks, whose rates cannot be made equal: set rounds to 0"},
		{"kraehenbuehl_pca", plain(), dense.New[float32](4, 64), "layer1: its inputs do not vary over the batch"},
		{"fixup", plain(), x, "fixup: the net has no residual blocks"},
		{"fixup", netOf(t, 1, []int{64}, network.Element{Residual: stack("relu", 1, 64, false)}), x, "the branch of block 1 has one layer"},
		{"fixup", netOf(t, 1, []int{64}, network.Element{Residual: append(blocks(1, 64), stack("relu", 1, 64, false)...)}), x, "fixup: layer1 is in a residual block within another"},
		{"sparse", plain(), x, `sparse: the parameter "sparsity" is missing`},
		{"lsuv", netOf(t, 1, []int{64}, stack("relu", 2, 40, true)...), huge, "lsuv: layer1: its pre-activations are not finite"},
	} {
		k := kindOf(t, c.name)
		if _, err := k.Apply(background, c.net, c.x, 1); err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: error %v, want one line with %q", c.name, err, c.want)
		}
	}
	ctx, cancel := context.WithCancel(background)
	cancel()
	k, err := New("lsuv", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.Apply(ctx, plain(), x, 1); err != context.Canceled {
		t.Errorf("of a context that ended: %v", err)
	}
}
