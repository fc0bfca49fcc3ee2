package datainit

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"actinit/harness/dense"
	"actinit/harness/network"
	"actinit/harness/training"
	"actinit/kernels"
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

func apply(t *testing.T, name string, n *network.Net[float32], x dense.Matrix[float32]) Report {
	t.Helper()
	k, err := New(name)
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

// variances returns the variance of each layer's pre-activations.
func variances(t *testing.T, n *network.Net[float32], x dense.Matrix[float32]) []float64 {
	t.Helper()
	var all []float64
	for _, l := range n.Layers {
		z, err := preactivations(background, n, x, l.Index)
		if err != nil {
			t.Fatal(err)
		}
		v, err := varianceOf(z)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, v)
	}
	return all
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
		report := apply(t, "lsuv", n, x)
		if !report.Converged {
			t.Errorf("%s: not converged: %+v", name, report)
		}
		for l, v := range variances(t, n, x) {
			if math.Abs(v-1) >= lsuvTolerance {
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
	report := apply(t, "lsuv", n, x)
	for l, v := range variances(t, n, x) {
		if report.Rounds[l] == 1 && math.Abs(v-1) > 1e-5 {
			t.Errorf("layer %d: variance %v after one correction", l+1, v)
		}
	}
	if report.Rounds[1] != 1 {
		t.Errorf("orthonormal weights behind a ReLU halve the variance, and no correction was made: %+v", report)
	}
}

func TestKraehenbuehlWithinLayers(t *testing.T) {
	x := digits(t, 300)
	n := netOf(t, 2, []int{1, 8, 8}, network.Element{Conv: 5, Kernel: 3, Padding: 1, Bias: true, Activation: "relu"}, network.Element{Dense: 20, Bias: true, Activation: "tanh"})
	if err := fill(n, zeros, 1); err != nil {
		t.Fatal(err)
	}
	for _, l := range n.Layers {
		if _, err := within(background, n, x, l, func() error { return gaussianWeights(l, 1) }); err != nil {
			t.Fatal(err)
		}
		z, err := preactivations(background, n, x, l.Index)
		if err != nil {
			t.Fatal(err)
		}
		for k := range z.Cols {
			var mean, square float64
			for i := range z.Rows {
				v := float64(z.Row(i)[k])
				mean += v / float64(z.Rows)
				square += v * v / float64(z.Rows)
			}
			if math.Abs(mean) > 1e-4 || math.Abs(square-mean*mean-1) > 1e-4 {
				t.Errorf("layer %d, channel %d: mean %v, variance %v", l.Index, k, mean, square-mean*mean)
			}
		}
	}
}

func TestKraehenbuehlMakesRatesEqual(t *testing.T) {
	x := digits(t, 300)
	for _, name := range []string{"kraehenbuehl_gaussian", "kraehenbuehl_pca", "kraehenbuehl_kmeans"} {
		n := netOf(t, 2, []int{1, 8, 8},
			network.Element{Conv: 8, Kernel: 3, Padding: 1, Bias: true, Activation: "relu"},
			network.Element{Dense: 80, Bias: true, Activation: "relu"}, network.Element{Dense: 70, Bias: true, Activation: "relu"}, network.Element{Dense: 10, Bias: true})
		report := apply(t, name, n, x)
		low, high, product := math.Inf(1), 0., 1.
		for _, s := range report.Steps[len(report.Steps)-4:] {
			low, high = math.Min(low, s.Measured), math.Max(high, s.Measured)
		}
		if !report.Converged || high/low-1 > rateTolerance {
			t.Errorf("%s: rates from %v to %v, %+v", name, low, high, report.Steps)
		}
		for _, s := range report.Steps[4:] { // behind those within the layers
			product *= s.Factor
		}
		if math.Abs(product-1) > 1e-9 {
			t.Errorf("%s: the factors' product is %v", name, product)
		}
	}
}

// Of ReLUs the output does not change when the rates are made equal.
func TestRatesKeepTheOutput(t *testing.T) {
	x := digits(t, 50)
	n := netOf(t, 1, []int{64}, stack("relu", 4, 30, true)...)
	if err := fill(n, zeros, 1); err != nil {
		t.Fatal(err)
	}
	for _, l := range n.Layers {
		if _, err := within(background, n, x, l, func() error { return gaussianWeights(l, 1) }); err != nil {
			t.Fatal(err)
		}
	}
	y, err := n.Forward(background, x, nil)
	if err != nil {
		t.Fatal(err)
	}
	before := slices.Clone(y.Row(7))
	report, err := between(background, n, x, 1, Report{Rounds: make([]int, 4)})
	if err != nil || !report.Converged || report.Rounds[0] == 0 {
		t.Fatalf("%v, %+v", err, report)
	}
	if y, err = n.Forward(background, x, nil); err != nil {
		t.Fatal(err)
	}
	for j, v := range y.Row(7) {
		if math.Abs(float64(v-before[j])) > 1e-4 {
			t.Errorf("output %d was %v and is %v", j, before[j], v)
		}
	}
}

// The weights of PCA are eigenvectors of the inputs' covariance: gonum's singular vectors.
func TestPCADirections(t *testing.T) {
	x := digits(t, 200)
	n := netOf(t, 1, []int{64}, network.Element{Dense: 90, Bias: true})
	if err := fill(n, zeros, 1); err != nil {
		t.Fatal(err)
	}
	l := n.Layers[0]
	if _, err := preactivations(background, n, x, 1); err != nil {
		t.Fatal(err)
	}
	if err := pcaWeights(l, 1); err != nil {
		t.Fatal(err)
	}
	mean := columnMeans(x)
	centred := mat.NewDense(x.Rows, x.Cols, nil)
	for i := range x.Rows {
		for j, v := range x.Row(i) {
			centred.Set(i, j, float64(v)-mean[j])
		}
	}
	var svd mat.SVD
	if !svd.Factorize(centred, mat.SVDThinV) {
		t.Fatal("no singular values")
	}
	var v mat.Dense
	svd.VTo(&v)
	for k := range 10 {
		dot := 0.
		for j, w := range l.Weight.Value.Row(k) {
			dot += float64(w) * v.At(j, k)
		}
		if math.Abs(math.Abs(dot)-1) > 1e-5 {
			t.Errorf("direction %d has the cosine %v with the singular vector", k, dot)
		}
	}
	for k := range 90 { // those beyond the directions too are in their span, and not 0
		norm := 0.
		for _, w := range l.Weight.Value.Row(k) {
			norm += float64(w) * float64(w)
		}
		if norm < .5 {
			t.Errorf("row %d has the squared norm %v", k, norm)
		}
	}
}

func TestKMeans(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	planted := [][]float64{{10, 0}, {0, 10}, {-10, -10}}
	var points [][]float64
	for i := range 90 {
		c := planted[i%3]
		points = append(points, []float64{c[0] + rng.NormFloat64(), c[1] + rng.NormFloat64()})
	}
	centres, _ := kmeans(points, 3, rng)
	for _, c := range planted {
		if !slices.ContainsFunc(centres, func(got []float64) bool { return squaredDistance(got, c) < .5 }) {
			t.Errorf("no centre near %v: %v", c, centres)
		}
	}
	_, objective := kmeans(points, 7, rng)
	for i := 1; i < len(objective); i++ {
		if objective[i] > objective[i-1]*(1+1e-12) {
			t.Errorf("round %d makes the mean distance grow: %v", i, objective)
		}
	}
	// More centres than places: none is lost in NaN.
	centres, _ = kmeans([][]float64{{1}, {1}, {2}}, 3, rng)
	for _, c := range centres {
		if c[0] != 1 && c[0] != 2 {
			t.Errorf("centres %v of 1, 1, 2", centres)
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

// With 20 blocks of 256 units He's rule multiplies the signal's mean square by 1.9e9, 2.91 a
// block, and Fixup leaves it as it is.
func TestFixup(t *testing.T) {
	const width, count = 256, 20
	x := dense.New[float32](32, width)
	for i := range x.Rows {
		kernels.Normal(x.Row(i), 1, 0, uint64(i*width), 0, 1)
	}
	n := netOf(t, 2, []int{width}, blocks(count, width)...)
	apply(t, "fixup", n, dense.Matrix[float32]{})
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
	apply(t, "fixup", withStem, dense.Matrix[float32]{})
	if meanSquare(withStem.Layers[0].Weight.Value) == 0 || meanSquare(withStem.Layers[len(withStem.Layers)-1].Weight.Value) != 0 {
		t.Error("the classifier alone is to be 0, and not the stem")
	}
}

func TestRulesByName(t *testing.T) {
	x := digits(t, 20)
	square, image := network.Element{Dense: 64, Activation: "relu"}, network.Element{Conv: 4, Kernel: 3, Padding: 1}
	for name, n := range map[string]*network.Net[float32]{
		"kaiming_normal": netOf(t, 1, []int{64}, square), "orthogonal": netOf(t, 1, []int{64}, square),
		"random_walk": netOf(t, 1, []int{64}, square), "delta_orthogonal": netOf(t, 1, []int{1, 8, 8}, image),
	} {
		report := apply(t, name, n, x)
		if w := meanSquare(n.Layers[0].Weight.Value); !(w > 0) || !report.Converged {
			t.Errorf("%s: weights of mean square %v, %+v", name, w, report)
		}
	}
	if _, err := New("lsvu"); err == nil || !strings.Contains(err.Error(), "lsuv, kraehenbuehl_gaussian") {
		t.Errorf("error %v", err)
	}
}

// The seed fixes the weights, whatever the workers.
func TestSameForAnyWorkers(t *testing.T) {
	x := digits(t, 120)
	weights := func(name string, workers int, seed uint64) []float32 {
		n := netOf(t, workers, []int{64}, stack("relu", 3, 30, true)...)
		k, err := New(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := k.Apply(background, n, x, seed); err != nil {
			t.Fatal(err)
		}
		return slices.Clone(n.Layers[2].Weight.Value.Data)
	}
	for _, k := range All() {
		if k.Name == "fixup" {
			continue // for residual nets
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

func TestRefusals(t *testing.T) {
	x := digits(t, 30)
	spoilt := dense.New[float32](30, 64)
	spoilt.CopyFrom(x)
	spoilt.Row(4)[7] = float32(math.NaN())
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
		{"kraehenbuehl_gaussian", netOf(t, 1, []int{64}, blocks(1, 64)...), x, "without residual blocks"},
		{"kraehenbuehl_pca", plain(), dense.New[float32](4, 64), "layer1: its inputs do not vary over the batch"},
		{"fixup", plain(), x, "fixup: the net has no residual blocks"},
		{"fixup", netOf(t, 1, []int{64}, network.Element{Residual: stack("relu", 1, 64, false)}), x, "the branch of block 1 has one layer"},
	} {
		k, err := New(c.name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := k.Apply(background, c.net, c.x, 1); err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: error %v, want one line with %q", c.name, err, c.want)
		}
	}
	ctx, cancel := context.WithCancel(background)
	cancel()
	k, err := New("lsuv")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.Apply(ctx, plain(), x, 1); err != context.Canceled {
		t.Errorf("of a context that ended: %v", err)
	}
}
