package advice

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"

	"actinit/harness/diagnosis"
	"actinit/harness/network"
	"actinit/kernels/initializer"
)

func net(t *testing.T, elements ...network.Element) *network.Net[float32] {
	t.Helper()
	n, err := network.New[float32](network.Description{Input: []int{300}, Layers: elements}, nil, 2)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestKeepsTheSignal: with the advice wide nets of any of these have pre-activations of RMS 1 in
// every layer, and the gradient's factor is the theory's. Gated units are not among them: they
// square a deviation, and a layer of 300 units has one.
func TestKeepsTheSignal(t *testing.T) {
	for _, name := range []string{"relu", "tanh", "selu", "gelu", "sigmoid", "leakyrelu", "softplus", "maxout"} {
		layer := network.Element{Dense: 300, Activation: name}
		n := net(t, layer, layer, layer, network.Element{Dense: 300})
		a := For(n)
		if err := a.Verify(t.Context(), n, diagnosis.Normal{Examples: 256, Values: 300, Seed: 1}, 1, 2); err != nil {
			t.Fatal(err)
		}
		for _, c := range a.Choices {
			// One draw of weights moves what 300 units make: by .06 for each layer of the worst.
			if math.Abs(c.RMSAfter-1) > .25 {
				t.Errorf("%s, layer %d: pre-activations of RMS %.3f", name, c.Layer, c.RMSAfter)
			}
		}
		if math.Abs(a.BackwardAfter/a.Expected-1) > .12 {
			t.Errorf("%s: the gradient is multiplied by %.3f a layer, theory %.3f", name, a.BackwardAfter, a.Expected)
		}
		if math.Abs(a.ForwardAfter-1) > math.Abs(a.ForwardBefore-1)+.02 {
			t.Errorf("%s: the advice multiplies the signal by %.3f, PyTorch's default by %.3f", name, a.ForwardAfter, a.ForwardBefore)
		}
	}
}

// TestChoices: the initialisers of the papers, layer by layer.
func TestChoices(t *testing.T) {
	relu, linear := network.Element{Dense: 300, Activation: "relu"}, network.Element{Dense: 300}
	fixup := network.Element{Dense: 300, Activation: "relu", ScalarBias: true}
	for name, c := range map[string]struct {
		n     *network.Net[float32]
		inits []string
		gains []float64
	}{
		"selu": {net(t, network.Element{Dense: 5, Activation: "selu"}, network.Element{Dense: 5}), []string{"lecun_normal", "lecun_normal"}, []float64{1, 1}},
		"relu": {net(t, relu, linear, relu), []string{"lecun_normal", "kaiming_normal", "lecun_normal"}, []float64{1, math.Sqrt2, 1}},
		"fixup": {
			net(t, relu, network.Element{Residual: []network.Element{fixup, linear}, Activation: "relu"}, network.Element{Residual: []network.Element{fixup, linear}, Multiplier: true}),
			[]string{"lecun_normal", "kaiming_normal", "zeros", "kaiming_normal", "zeros"}, []float64{1, 1, 0, 1, 0}, // sqrt(2) 2^(-1/2)
		},
		"scaled": {
			net(t, relu, network.Element{Residual: []network.Element{relu, linear}}, network.Element{Residual: []network.Element{linear}}),
			[]string{"lecun_normal", "kaiming_normal", "kaiming_normal", "kaiming_normal"}, []float64{1, math.Sqrt2, 1, math.Sqrt(.5)},
		},
	} {
		var inits []string
		for i, choice := range For(c.n).Choices {
			inits = append(inits, choice.Init)
			if math.Abs(choice.Gain-c.gains[i]) > 1e-9 {
				t.Errorf("%s, layer %d: gain %v, want %v", name, i+1, choice.Gain, c.gains[i])
			}
		}
		if !slices.Equal(inits, c.inits) {
			t.Errorf("%s: %v, want %v", name, inits, c.inits)
		}
	}
}

// TestNetwork: actinit init reads what is advised, and gives each tensor that spread.
func TestNetwork(t *testing.T) {
	n := net(t, network.Element{Dense: 40, Bias: true, Activation: "prelu"},
		network.Element{Residual: []network.Element{{Dense: 40, ScalarBias: true, Activation: "maxout"}, {Dense: 40}}, Multiplier: true}, network.Element{Dense: 3})
	text, err := json.Marshal(For(n).Network(n))
	if err != nil {
		t.Fatal(err)
	}
	read, err := initializer.ReadNetwork(strings.NewReader(string(text)), nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(read) != len(n.Parameters()) {
		t.Fatalf("%d tensors, want %d", len(read), len(n.Parameters()))
	}
	promised := map[string]initializer.Promise{}
	for i, p := range n.Parameters() {
		if read[i].Name != p.Name || !slices.Equal(read[i].Shape, p.Shape) {
			t.Errorf("tensor %+v, want %s %v", read[i], p.Name, p.Shape)
		}
		if promised[p.Name], err = read[i].Init.Promise(read[i].Shape...); err != nil {
			t.Error(err)
		}
	}
	for name, want := range map[string][2]float64{ // mean and std
		"layer1.weight": {0, 1 / math.Sqrt(300)}, "layer1.bias": {0, 0}, "layer1.slope": {.25, 0}, "layer2.bias_in": {0, 0},
		"layer2.weight": {0, math.Sqrt(2/(1+.0625)) / math.Sqrt(40)}, "layer3.weight": {0, 0}, "block1.multiplier": {1, 0}, "layer4.weight": {0, 1 / math.Sqrt(40)},
	} {
		if got := promised[name]; math.Abs(got.Mean-want[0]) > 1e-9 || math.Abs(got.Std-want[1]) > 1e-9 {
			t.Errorf("%s: %+v, want mean and std %v", name, got, want)
		}
	}
}
