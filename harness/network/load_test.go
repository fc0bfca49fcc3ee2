package network

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"actinit/datasets/weightfile"
)

// writeWeights writes tensors whose values count up and returns the open file.
func writeWeights(t *testing.T, name string, tensors ...weightfile.Tensor) *weightfile.File {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	format, err := weightfile.FormatOf(path)
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w, err := weightfile.NewWriter(f, format, tensors, nil)
	for _, x := range tensors {
		count := 1
		for _, n := range x.Shape {
			count *= n
		}
		var v weightfile.Values
		for i := range count {
			if x.Type == "float64" {
				v.Float64 = append(v.Float64, float64(i)+.25)
			} else {
				v.Float32 = append(v.Float32, float32(i))
			}
		}
		if err == nil {
			err = w.Write(v)
		}
	}
	if err == nil {
		err = w.Close()
	}
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	file, err := weightfile.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() })
	return file
}

func tensor(name string, shape ...int) weightfile.Tensor {
	return weightfile.Tensor{Name: name, Shape: shape}
}

// wideEnough has rows that a matrix pads.
var wideEnough = Description{Input: []int{1, 1, 128}, Layers: []Element{
	{Name: "conv", Conv: 2, Kernel: 1, Activation: "maxout"}, {Name: "fc", Dense: 3, Bias: true},
}}

func TestLoad(t *testing.T) {
	fc := weightfile.Tensor{Name: "fc.weight", Shape: []int{3, 256}, Type: "float64"}
	for _, name := range []string{"w.safetensors", "w.npz", "w.arrow", "w.parquet"} {
		n, err := New[float32](wideEnough, nil, 1)
		if err != nil {
			t.Fatal(err)
		}
		if err := n.Load(writeWeights(t, name, fc, tensor("fc.bias", 3), tensor("conv.weight", 4, 1, 1, 1))); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		fc, conv := n.Layers[1], n.Layers[0]
		if got := fc.Weight.Value.Row(2)[255]; got != 2*256+255+.25 {
			t.Errorf("%s: the last weight is %v", name, got)
		}
		if fc.Bias.Value.Row(0)[2] != 2 || conv.Weight.Value.Row(3)[0] != 3 {
			t.Errorf("%s: other values", name)
		}
	}
}

func TestLoadRefuses(t *testing.T) {
	n, err := New[float32](wideEnough, nil, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range n.Parameters() {
		p.fill(7)
	}
	weight, bias, conv := tensor("fc.weight", 3, 256), tensor("fc.bias", 3), tensor("conv.weight", 4, 1, 1, 1)
	for want, tensors := range map[string][]weightfile.Tensor{
		"; the net has, and the file has not: fc.bias [3]":                {weight, conv},
		"; the file has, and the net has not: head.bias [2]":              {weight, conv, bias, tensor("head.bias", 2)},
		"; of another shape: fc.weight is [256 3], want [3 256]":          {tensor("fc.weight", 256, 3), conv, bias},
		"the net has, and the file has not: conv.weight [4 1 1 1], fc.we": {tensor("0.weight", 4, 1, 1, 1), tensor("2.weight", 3, 256), tensor("2.bias", 3)},
		"; the file has, and the net has not: 0.weight [4 1 1 1], 2.weig": {tensor("0.weight", 4, 1, 1, 1), tensor("2.weight", 3, 256), tensor("2.bias", 3)},
		"0 [1], 1 [1], 2 [1], 3 [1], 4 [1], 5 [1] and 2 more": {weight, conv, bias, tensor("0", 1), tensor("1", 1), tensor("2", 1), tensor("3", 1),
			tensor("4", 1), tensor("5", 1), tensor("6", 1), tensor("7", 1)},
	} {
		err := n.Load(writeWeights(t, "w.npz", tensors...))
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("error %v, want one line with %q", err, want)
		}
	}
	if got := n.Layers[1].Bias.Value.Row(0)[0]; got != 7 {
		t.Errorf("a file that was refused changed the net: %v", got)
	}
}

// TestBefore: which activation's values each layer takes in.
func TestBefore(t *testing.T) {
	n, err := New[float32](Description{Input: []int{2, 4, 4}, Layers: []Element{
		{Conv: 2, Kernel: 1, Activation: "tanh"},
		{Residual: []Element{{Conv: 2, Kernel: 1, Activation: "elu"}, {Conv: 2, Kernel: 1}}, Activation: "relu"},
		{Residual: []Element{{Conv: 2, Kernel: 1}}},
		{Conv: 2, Kernel: 1, Activation: "gelu"},
		{Dense: 2, Activation: "selu"}, {Dense: 3},
		{Residual: []Element{{Dense: 3}}, Activation: "silu"}, {Dense: 2},
	}}, nil, 1)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"", "tanh", "elu", "relu", "", "gelu", "selu", "", "silu"} {
		got := ""
		if before := n.Layers[i].Before; before != nil {
			got = before.Name
		}
		if got != want {
			t.Errorf("layer %d takes in %q, want %q", i+1, got, want)
		}
	}
}

// Values that are not finite, and names that are no plain text, are told in one line.
func TestLoadRefusesValues(t *testing.T) {
	n, err := New[float32](Description{Input: []int{2}, Layers: []Element{{Dense: 1}}}, nil, 1)
	if err != nil {
		t.Fatal(err)
	}
	p := n.Parameters()[0]
	for _, v := range []weightfile.Values{
		{Float32: []float32{1, float32(math.NaN())}}, {Float32: []float32{1, float32(math.Inf(-1))}},
		{Float64: []float64{1, math.NaN()}}, {Float64: []float64{1, 1e300}},
	} {
		if err := fillFrom(p, v); err == nil || !strings.Contains(err.Error(), `tensor "layer1.weight": value 2`) {
			t.Errorf("%v: error %v", v, err)
		}
	}
	if err := fillFrom(p, weightfile.Values{Float64: []float64{1, 2}}); err != nil || p.Value.Row(0)[1] != 2 {
		t.Errorf("finite values: %v", err)
	}
	if got := printable("extra\x1b[31m\n"); got != `"extra\x1b[31m\n"` {
		t.Errorf("a name with an escape is shown as %s", got)
	}
	if got := printable(strings.Repeat("n", 4096)); len(got) > 100 {
		t.Errorf("a long name takes %d bytes", len(got))
	}
}
