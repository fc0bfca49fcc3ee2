package initializer_test

import (
	"math"
	"strings"
	"testing"

	"actinit/kernels/initializer"
)

func read(text string) (initializer.Network, error) {
	return initializer.ReadNetwork(strings.NewReader(text), nil)
}

func TestReadNetwork(t *testing.T) {
	n, err := read(`{
	  "dtype": "float64",
	  "layers": [
	    {"name": "fc1.weight", "shape": [300, 784], "init": "kaiming_normal", "mode": "fan_out", "activation": "tanh"},
	    {"init": "constant", "value": -2.5e-1, "name": "fc1.bias", "shape": [300], "dtype": "float32"},
	    {"name": "s", "shape": [], "init": "ones"},
	    {"name": "été", "shape": [4, 6], "init": "xavier_uniform", "gain": 2}
	  ]
	}`)
	if err != nil {
		t.Fatal(err)
	}
	wantStd := []float64{5. / 3 / math.Sqrt(300), 0, 0, 2 * math.Sqrt(2./10)}
	for i, x := range n {
		p, err := x.Init.Promise(x.Shape...)
		if err != nil || math.Abs(p.Std-wantStd[i]) > 1e-15 {
			t.Errorf("%s: std %v, %v, want %v", x.Name, p.Std, err, wantStd[i])
		}
	}
	if n[0].Type != initializer.Float64 || n[1].Type != initializer.Float32 || n[3].Name != "été" || len(n[2].Shape) != 0 {
		t.Errorf("read %+v", n)
	}
}

// TestPresets holds each framework's defaults, written out.
func TestPresets(t *testing.T) {
	const spec = `{"layers": [
		{"name": "conv.weight", "shape": [64, 3, 7, 7]}, {"name": "conv.bias", "shape": [64]},
		{"name": "fc.weight", "shape": [10, 400]}, {"name": "fc.bias", "shape": [10]},
		{"name": "norm.weight", "shape": [64], "role": "scale"}, {"name": "norm.bias", "shape": [64]},
		{"name": "embedding.weight", "shape": [1000, 256], "role": "embedding"},
		{"name": "other", "shape": [3], "init": "constant", "value": 7}
	]}`
	uniform := func(a float64) [3]float64 { return [3]float64{0, a / math.Sqrt(3), a} }
	inf := math.Inf(1)
	lecun := func(fan float64) [3]float64 {
		return [3]float64{0, 1 / math.Sqrt(fan), 2 / math.Sqrt(fan) / .87962566103423978}
	}
	zeros, ones, seven := [3]float64{}, [3]float64{1, 0, 1}, [3]float64{7, 0, 7}
	for _, preset := range initializer.Presets() {
		want := map[string][][3]float64{
			"torch": {uniform(1 / math.Sqrt(147)), uniform(1 / math.Sqrt(147)), uniform(.05), uniform(.05), ones, zeros, {0, 1, inf}, seven},
			"jax":   {lecun(147), zeros, lecun(400), zeros, ones, zeros, {0, 1. / 16, inf}, seven},
			"keras": {uniform(math.Sqrt(6. / (147 + 3136))), zeros, uniform(math.Sqrt(6. / 410)), zeros, ones, zeros, uniform(.05), seven},
		}[preset.Name]
		n, err := initializer.ReadNetwork(strings.NewReader(spec), &preset)
		if err != nil {
			t.Fatal(err)
		}
		for i, x := range n {
			p, err := x.Init.Promise(x.Shape...)
			got := [3]float64{p.Mean, p.Std, p.Bound()}
			for k := range got {
				if err != nil || got[k] != want[i][k] && !(math.Abs(got[k]-want[i][k]) < 1e-15) {
					t.Errorf("%s, %s: mean, std and bound %v, %v, want %v", preset.Name, x.Name, got, err, want[i])
					break
				}
			}
		}
	}
	if _, err := initializer.FindPreset("caffe"); err == nil || !strings.Contains(err.Error(), "torch, jax, keras") {
		t.Errorf("an unknown preset: %v", err)
	}
	// That of the call takes the place of the file's.
	n, err := initializer.ReadNetwork(strings.NewReader(`{"preset": "keras", "layers": [{"name": "a/kernel", "shape": [5, 4]}, {"name": "a/bias", "shape": [5]}]}`), &initializer.Torch)
	if err != nil {
		t.Fatal(err)
	}
	if p, err := n[1].Init.Promise(5); err != nil || p.Bound() != .5 {
		t.Errorf("a bias of Torch: %+v, %v", p, err)
	}
}

// badSpecs are descriptions with what the error must say.
var badSpecs = []struct{ text, want string }{
	{``, "it is empty; want a network's description in JSON"},
	{`{"layers": [`, "ends in the middle"},
	{`[]`, "the network is not an object"},
	{`{}`, "there are no layers"},
	{`{"layers": []}`, "there are no layers"},
	{`{"layers": {}}`, "layers is not an array"},
	{`{"layers": [3]}`, "layer 1 is not an object"},
	{`{"layers": [{"name": "a", "shape": [2], "init": "zeros"}]} x`, "after the network's closing brace"},
	{"{\"layers\": [\n{\"name\": \"a\",\n \"shape\": [2] \"init\": \"zeros\"}]}", "line 3: it is no JSON: invalid character"},
	{`{"layer": []}`, `no field "layer": want layers, dtype or preset`},
	{`{"layers": [], "layers": []}`, `"layers" is there twice`},
	{`{"layers": [{"name": "a", "name": "b"}]}`, `"name" is there twice`},
	{`{"layers": [{"shape": [2], "init": "zeros"}]}`, "layer 1: it has no name"},
	{`{"layers": [{"name": 5}]}`, "layer 1: line 1: name is not a text in quotes"},
	{`{"layers": [{"name": "a", "init": "zeros"}]}`, `layer "a": it has no shape`},
	{`{"layers": [{"name": "a", "shape": 3, "init": "zeros"}]}`, "the shape is not an array"},
	{`{"layers": [{"name": "a", "shape": [2.5], "init": "zeros"}]}`, "size 1 is not a whole number"},
	{`{"layers": [{"name": "a", "shape": [1` + strings.Repeat(", 1", 32) + `], "init": "zeros"}]}`, "more than 32 dimensions"},
	{`{"layers": [{"name": "a", "shape": [2, "3"], "init": "zeros"}]}`, "size 2 is not a whole number"},
	{`{"layers": [{"name": "a", "shape": [99999999999999999999], "init": "zeros"}]}`, "not a whole number that an int can hold"},
	{`{"layers": [{"name": "a", "shape": [-2], "init": "zeros"}]}`, "dimension 0 of shape [-2] is negative"},
	{`{"layers": [{"name": "a", "shape": [4294967296, 4294967296], "init": "zeros"}]}`, "more elements than an int counts"},
	{`{"layers": [{"name": "a", "shape": [4294967296, 1024], "init": "zeros"}]}`, "more than 2^40"},
	{`{"layers": [{"name": "a", "shape": [2, 0], "init": "kaiming_normal"}]}`, `layer "a": kaiming_normal: shape [2 0] has fan_in 0`},
	{`{"layers": [{"name": "a", "shape": [2], "init": "kaiming_normal"}]}`, "has no fans"},
	{`{"layers": [{"name": "a", "shape": [2], "init": "kaimingnormal"}]}`, `no initialiser is called "kaimingnormal": want one of zeros,`},
	{`{"layers": [{"name": "a", "shape": [2, 2], "init": "kaiming_normal", "gian": 3}]}`, `there is no parameter "gian"`},
	{`{"layers": [{"name": "a", "shape": [2, 2], "init": "kaiming_normal", "gain": NaN}]}`, "invalid character 'N'"},
	{`{"layers": [{"name": "a", "shape": [2, 2], "init": "kaiming_normal", "gain": -1}]}`, "the gain is -1"},
	{`{"layers": [{"name": "a", "shape": [2, 2], "init": "kaiming_normal", "gain": 1e999}]}`, "beyond float64"},
	{`{"layers": [{"name": "a", "shape": [2, 2], "init": "kaiming_normal", "gain": null}]}`, "neither a number nor a word"},
	{`{"layers": [{"name": "a", "shape": [2], "init": "normal", "std": -1}]}`, "the standard deviation is -1"},
	{`{"layers": [{"name": "a", "shape": [2], "init": "normal", "std": 1e39}]}`, "beyond float32"},
	{`{"layers": [{"name": "a", "shape": [2], "init": "zeros", "dtype": "float16"}]}`, `the dtype is "float16", want float32 or float64`},
	{`{"layers": [{"name": "a", "shape": [2], "init": "zeros"}, {"name": "a", "shape": [2], "init": "zeros"}]}`, `layer "a" is there twice`},
	{`{"layers": [{"name": "a\nb", "shape": [2], "init": "zeros"}]}`, "cannot be printed"},
	{"{\"layers\": [{\"name\": \"a\xff\", \"shape\": [2], \"init\": \"zeros\"}]}", "UTF-8"},
	{`{"layers": [{"name": "a", "shape": [2, 2]}]}`, `it has no "init", and there is no preset`},
	{`{"preset": "caffe", "layers": [{"name": "a", "shape": [2, 2]}]}`, `no preset is called "caffe"`},
	{`{"preset": "torch", "layers": [{"name": "a", "shape": [2]}]}`, "what is the shape [2] for?"},
	{`{"preset": "torch", "layers": [{"name": "a", "shape": [2, 2], "role": "attention"}]}`, `the role is "attention"`},
	{`{"preset": "torch", "layers": [{"name": "a", "shape": [2, 2], "gain": 2}]}`, `there is a "gain" but no "init"`},
	{`{"preset": "torch", "layers": [{"name": "a", "shape": [2, 2], "std": 2, "mean": 1, "gain": 2}]}`, `there is a "gain" but no "init"`}, // the first, each time
	{`{"preset": "torch", "layers": [{"name": "a.bias", "shape": [2]}]}`, `no layer is called "a.weight"`},
	{`{"preset": "torch", "layers": [{"name": "a.bias", "shape": [2]}, {"name": "a.weight", "shape": [2, 0], "init": "zeros"}]}`, `its weight "a.weight" has fan_in 0`},
}

func TestReadNetworkRefuses(t *testing.T) {
	for _, c := range badSpecs {
		n, err := read(c.text)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s:\n error %v,\n want one line with %q", c.text, err, c.want)
		}
		if n != nil && err != nil && len(n) > 0 {
			if n.Check() == nil {
				t.Errorf("%s: a network beside the error", c.text)
			}
		}
	}
}

// FuzzReadNetwork: what is refused is refused in one line, and what is read can be filled.
func FuzzReadNetwork(f *testing.F) {
	for _, c := range badSpecs {
		f.Add(c.text)
	}
	for _, kind := range initializer.All() {
		f.Add(`{"layers": [{"name": "a", "shape": [4, 3, 3], "init": "` + kind.Name + `"}]}`)
	}
	f.Add(`{"preset": "keras", "dtype": "float64", "layers": [{"name": "a.weight", "shape": [4, 3]}, {"name": "a.bias", "shape": [4]}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		n, err := read(text)
		if err != nil {
			if strings.ContainsAny(err.Error(), "\n\r") {
				t.Fatalf("an error of several lines: %q", err)
			}
			return
		}
		size := 0
		for _, x := range n {
			elements := 1
			for _, d := range x.Shape {
				elements *= d
			}
			size += elements
		}
		if size > 1<<16 {
			return
		}
		if err := n.Fill(1, 1, func(w initializer.Weights) error {
			for _, v := range w.Float32 {
				if v-v != 0 {
					t.Fatalf("%q has a weight %v", w.Name, v)
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	})
}

func TestReadNetworkTooLong(t *testing.T) {
	_, err := initializer.ReadNetwork(strings.NewReader(strings.Repeat(" ", 64<<20+1)), nil)
	if err == nil || !strings.Contains(err.Error(), "longer than 64 MiB") {
		t.Errorf("error %v for a file of more than 64 MiB", err)
	}
}
