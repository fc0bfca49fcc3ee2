package network

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const resnet = `{"input": [1, 8, 8], "layers": [
  {"conv": 16, "kernel": 3, "padding": 1, "stride": 2, "bias": true, "activation": "elu", "param": 0.5},
  {"residual": [
    {"conv": 16, "kernel": 3, "padding": 1, "scalar_bias": true, "activation": "relu"},
    {"residual": [{"conv": 16, "kernel": 1}]},
    {"conv": 16, "kernel": 3, "padding": 1}
  ], "multiplier": true, "activation": "relu"},
  {"pool": "mean"},
  {"name": "head", "dense": 10}
]}`

func read(text string) (Description, error) { return ReadDescription(strings.NewReader(text)) }

func TestReadDescription(t *testing.T) {
	got, err := read(resnet)
	if err != nil {
		t.Fatal(err)
	}
	half := .5
	want := Description{Input: []int{1, 8, 8}, Layers: []Element{
		{Conv: 16, Kernel: 3, Padding: 1, Stride: 2, Bias: true, Activation: "elu", Param: &half},
		{Residual: []Element{
			{Conv: 16, Kernel: 3, Padding: 1, ScalarBias: true, Activation: "relu"},
			{Residual: []Element{{Conv: 16, Kernel: 1}}},
			{Conv: 16, Kernel: 3, Padding: 1},
		}, Multiplier: true, Activation: "relu"},
		{Pool: PoolMean},
		{Name: "head", Dense: 10},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// layers makes a description of 64 inputs of the elements.
func layers(elements string) string { return `{"input": [64], "layers": [` + elements + `]}` }

// image makes a description of an 8x8 image of the elements.
func image(elements string) string { return `{"input": [1, 8, 8], "layers": [` + elements + `]}` }

// badDescriptions are texts with what the error must say.
var badDescriptions = []struct{ text, want string }{
	// The text.
	{``, "it is empty; want a net's description in JSON"},
	{",x,y\n0,1,2\n", `it is no JSON: it does not begin with {; want a net's description in JSON, {"input": [64]`},
	{"{\"input\": [64],\n \"layers\": [{\"dense\": 3}", "line 2: it ends in the middle"},
	{`{"input": [64] "layers"`, "line 1: it is no JSON: invalid character"},
	{`[]`, "line 1: the net is not an object"},
	{`{}`, `there is no "input"`},
	{`{"input": [64]}`, `there are no "layers"`},
	{layers(``), "a net needs a layer"},
	{layers(`{"dense": 3}`) + " x", "more after the net's closing brace"},
	{layers("{\"dense\": 3, \"name\": \"\xff\"}"), "not UTF-8"},
	// Fields.
	{`{"inputs": [64]}`, `the net has no field "inputs"`},
	{"{\"input\": [64],\n\"input\": [64]}", `line 2: the field "input" is there twice`},
	{layers("{\"dense\": 3},\n{\"dense\": 3, \"dense\": 4}"), `layers, element 2: line 2: the field "dense" is there twice`},
	{layers(`{"units": 3}`), `layers, element 1: line 1: there is no field "units": want dense, conv`},
	{layers(`{"Dense": 3}`), `no field "Dense"`},
	// Types.
	{layers(`3`), "layers, element 1: line 1: it is not an object"},
	{`{"input": 64}`, "input is not an array"},
	{`{"input": ["64"]}`, "input's number 1 is not a whole number"},
	{`{"input": [64], "layers": {}}`, "layers is not an array"},
	{layers(`{"dense": "3"}`), "element 1: line 1: dense is not a whole number"},
	{layers(`{"dense": 3.5}`), "dense is not a whole number"},
	{layers(`{"dense": null}`), "dense is not a whole number"},
	{layers(`{"dense": 3, "bias": 1}`), "bias is neither true nor false"},
	{layers(`{"dense": 3, "scalar_bias": "yes"}`), "scalar_bias is neither true nor false"},
	{layers(`{"dense": 3, "name": 1}`), "name is not a text in quotes"},
	{layers(`{"dense": 3, "activation": ["relu"]}`), "activation is not a text in quotes"},
	{layers(`{"dense": 3, "activation": "elu", "param": "1"}`), "param is not a number"},
	{layers(`{"residual": {"dense": 64}}`), "element 1: line 1: residual is not an array"},
	{layers(`{"residual": [{"dense": 64}], "multiplier": 2}`), "multiplier is neither true nor false"},
	{layers(`{"pool": true}`), "pool is not a text in quotes"},
	{layers(`{"residual": [{"dense": 64},` + "\n" + `{"dense": true}]}`), "layers, element 1.2: line 2: dense is not a whole number"},
	// Sizes.
	{`{"input": []}`, "there are no \"layers\""},
	{`{"input": [], "layers": [{"dense": 3}]}`, "input []: want [values] or [channels, height, width]"},
	{`{"input": [8, 8], "layers": [{"dense": 3}]}`, "input [8 8]: want [values] or [channels, height, width]"},
	{`{"input": [1, 8, 8, 8]}`, "input has more than three numbers"},
	{`{"input": [0]}`, "input's number 1 is 0, want 1 to 4194304"},
	{`{"input": [-1]}`, "input's number 1 is -1"},
	{`{"input": [4194305]}`, "input's number 1 is 4194305"},
	{`{"input": [4096, 4096, 4096], "layers": [{"dense": 3}]}`, "more than 4194304 values"},
	{`{"input": [4194304, 4194304, 1048576], "layers": [{"dense": 3}]}`, "more than 4194304 values"}, // 2^64
	{`{"input": [1e9]}`, "input's number 1 is not a whole number"},
	{layers(`{"dense": 9223372036854775808}`), "dense is not a whole number that an int can hold"},
	{layers(`{"dense": 9223372036854775807}`), "dense is 9223372036854775807, want 1 to 4194304"},
	{layers(`{"dense": 0}`), "dense is 0, want 1"},
	{layers(`{"dense": -3}`), "dense is -3, want 1"},
	{layers(`{"dense": 4194304}, {"dense": 4194304}`), "element 2: line 1: more than 2147483648 weights"},
	{layers(`{"dense": 4194304}, {"dense": 4194304, "activation": "maxout"}`), "more than 2147483648 weights"},
	{image(`{"conv": 0}`), "conv is 0, want 1"},
	{image(`{"conv": 3}`), "kernel is 0, want 1 to 2048"},
	{image(`{"conv": 3, "kernel": 4194304, "padding": 4194303}`), "kernel is 4194304, want 1 to 2048"},
	{image(`{"conv": 3, "kernel": 3, "stride": 0}`), "stride is 0, want 1"},
	{image(`{"conv": 3, "kernel": 3, "padding": -1}`), "padding is -1, want 0"},
	{image(`{"conv": 3, "kernel": 3, "padding": 3}`), "a padding below the kernel's 3"},
	{image(`{"conv": 3, "kernel": 9}`), "a kernel of 9 does not fit into an image of 8x8 with padding 0"},
	{image(`{"conv": 4194304, "kernel": 3}`), "more than 4194304 values in a signal or a row of weights"},
	{`{"input": [4096, 1, 1], "layers": [{"conv": 1, "kernel": 2048, "padding": 2047}]}`, "more than 4194304 values"},
	{layers(strings.Repeat(`{"dense": 1}, `, maxDepth) + `{"dense": 1}`), "element 10001: line 1: more than 10000 layers"},
	{nested(MaxNesting+1, `{"dense": 64}`), "residuals are nested more than 100 deep"},
	{nested(MaxNesting*1000, `{"dense": 64}`), "residuals are nested more than 100 deep"},
	{`{"input": ` + strings.Repeat("[", 1<<20), "line 1"},
	{layers(`{"activation": ` + strings.Repeat("[", 1<<20)), "line 1"},
	// What does not fit together.
	{layers(`{}`), `element 1: line 1: want exactly one of "dense", "conv", "residual" and "pool"`},
	{layers("{\"dense\": 3},\n\n{\"dense\": 3,\n \"pool\": \"mean\"\n}"), `layers, element 2: line 5: want exactly one of`},
	{layers(`{"dense": 3, "residual": []}`), "want exactly one of"},
	{layers(`{"residual": []}`), "the residual branch is empty"},
	{layers(`{"residual": [{"dense": 3}]}`), "element 1: line 1: the branch makes 3 of 64, and the two are added"},
	{layers("{\"residual\": [{\"dense\": 64},\n{\"conv\": 1}]}"), "layers, element 1.2: line 2: kernel is 0"},
	{layers(`{"residual": [{"dense": 64}], "name": "a"}`), "only layers have a name"},
	{layers(`{"residual": [{"dense": 64}], "bias": true}`), "only layers have a name, a bias"},
	{layers(`{"residual": [{"dense": 64}], "kernel": 1}`), "only a convolution has a kernel"},
	{layers(`{"residual": [{"dense": 64}], "activation": "maxout"}`), "maxout takes several pieces"},
	{layers(`{"dense": 64, "multiplier": true}`), "only a residual has a multiplier"},
	{layers(`{"dense": 64, "kernel": 3}`), "a dense layer has no kernel"},
	{layers(`{"pool": "max"}`), `pool is "max", want "mean"`},
	{layers(`{"pool": "mean", "activation": "relu"}`), "a pooling has no activation"},
	{layers(`{"pool": "mean", "stride": 2}`), "only a convolution has a kernel"},
	{layers(`{"dense": 3, "activation": "rleu"}`), `no activation is called "rleu"`},
	{layers(`{"dense": 3, "param": 1}`), "a param but no activation"},
	{layers(`{"dense": 3, "activation": "relu", "param": 1}`), "relu has no parameter"},
	{layers(`{"dense": 3, "activation": "elu", "param": 1e39}`), "param is 1e+39, want a number that float32 can hold"},
	{layers(`{"dense": 3, "activation": "elu", "param": 1e999}`), "param is 1e999, which is beyond float64"},
	{layers(`{"dense": 3, "activation": "celu", "param": 0}`), "param is 0, and celu's alpha must be a finite number above 0"},
	{layers(`{"dense": 3, "name": "a\nb"}`), `the name "a\nb" has characters that cannot be printed`},
	{layers(`{"dense": 3, "name": "a"}, {"dense": 3, "name": "a"}`), `two layers have weights called "a.weight"`},
	{layers(`{"dense": 3, "name": "layer2"}, {"dense": 3}`), `two layers have weights called "layer2.weight"`},
}

// nested is a net of residuals in one another.
func nested(depth int, inner string) string {
	return layers(strings.Repeat(`{"residual": [`, depth) + inner + strings.Repeat(`]}`, depth))
}

func TestReadDescriptionRefuses(t *testing.T) {
	for _, c := range badDescriptions {
		text := c.text[:min(len(c.text), 200)]
		d, err := read(c.text)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s:\n error %v,\n want one line with %q", text, err, c.want)
		}
		if d.Layers != nil {
			t.Errorf("%s: a description beside the error", text)
		}
	}
	if _, err := read(nested(MaxNesting, `{"dense": 64}`)); err != nil {
		t.Errorf("residuals %d deep: %v", MaxNesting, err)
	}
	if _, err := read(strings.Repeat(" ", maxDescription+1)); err == nil || !strings.Contains(err.Error(), "longer than 16 MiB") {
		t.Errorf("a file of more than 16 MiB: %v", err)
	}
}

// What New refuses that no file can say.
func TestNewRefuses(t *testing.T) {
	deep := []Element{{Dense: 3}}
	for range MaxNesting + 1 {
		deep = []Element{{Residual: deep}}
	}
	for want, d := range map[string]Description{
		"input []":            {},
		"dense is -1":         {Input: []int{3}, Layers: []Element{{Dense: -1}}},
		"conv is -1":          {Input: []int{3}, Layers: []Element{{Conv: -1, Kernel: 1}}},
		"stride is -1":        {Input: []int{3}, Layers: []Element{{Conv: 1, Kernel: 1, Stride: -1}}},
		"padding -1":          {Input: []int{3}, Layers: []Element{{Conv: 1, Kernel: 1, Padding: -1}}},
		"more than 100 deep":  {Input: []int{3}, Layers: deep},
		"want sizes from 1":   {Input: []int{-3}, Layers: []Element{{Dense: 1}}},
		"sigmoid (faithful)":  {Input: []int{3}, Layers: []Element{{Dense: 1, Activation: "sigmoid (faithful)"}}},
		"branch is empty":     {Input: []int{3}, Layers: []Element{{Residual: []Element{}}}},
		"element 1.1.1: want": {Input: []int{3}, Layers: []Element{{Residual: []Element{{Residual: []Element{{}}}}}}},
	} {
		if n, err := New[float32](d, nil, 1); err == nil || n != nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}

// FuzzReadDescription: what is refused is refused in one line, and what is read is read
// again from its JSON form.
func FuzzReadDescription(f *testing.F) {
	for _, c := range badDescriptions {
		if len(c.text) < 1<<12 {
			f.Add(c.text)
		}
	}
	f.Add(resnet)
	f.Fuzz(func(t *testing.T, text string) {
		d, err := read(text)
		if err != nil {
			if strings.ContainsAny(err.Error(), "\n\r") {
				t.Fatalf("an error of several lines: %q", err)
			}
			return
		}
		written, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		again, err := read(string(written))
		if err != nil {
			t.Fatalf("%s: %v", written, err)
		}
		if diff := cmp.Diff(d, again); diff != "" {
			t.Fatal(diff)
		}
	})
}
