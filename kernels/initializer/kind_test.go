package initializer_test

import (
	"flag"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"actinit/kernels/initializer"
)

var update = flag.Bool("update", false, "write the golden file again")

// TestKindsGolden freezes the bits of every rule: published weights depend on them.
func TestKindsGolden(t *testing.T) {
	var got strings.Builder
	for _, kind := range initializer.All() {
		settings := initializer.Settings{}
		if kind.Name == "sparse" {
			settings["sparsity"] = .5
		}
		rule, err := kind.New(settings)
		if err != nil {
			t.Fatal(err)
		}
		shape := []int{4, 3}
		if kind.Name == "dirac" || kind.Name == "delta_orthogonal" {
			shape = []int{4, 3, 1}
		}
		w32, w64 := make([]float32, 12), make([]float64, 12)
		if err := rule.Fill32(w32, shape, 7, 8, 1); err != nil {
			t.Fatal(err)
		}
		if err := rule.Fill64(w64, shape, 7, 8, 1); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&got, "%s: %s\n  %x\n  %x\n", rule.Name, rule.Formula, w32[3:7], w64[3:7])
	}
	const path = "testdata/kinds.golden"
	if *update {
		if err := os.MkdirAll("testdata", 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("weights differ from those of earlier versions:\n%s", diff)
	}
}

func TestKinds(t *testing.T) {
	seen := map[string]bool{}
	for _, kind := range initializer.All() {
		for _, name := range append([]string{kind.Name}, kind.Aliases...) {
			if seen[name] {
				t.Errorf("two rules are called %q", name)
			}
			seen[name] = true
		}
		if kind.Formula == "" || kind.Source == "" {
			t.Errorf("%s has no formula or source", kind.Name)
		}
		for _, p := range kind.Parameters {
			if p.Meaning == "" {
				t.Errorf("%s: the parameter %s has no meaning", kind.Name, p.Name)
			}
		}
		// Defaults may be said; they change nothing.
		rule, err := initializer.Named(kind.Name)
		if err != nil {
			if kind.Name != "sparse" {
				t.Error(err)
			}
			continue
		}
		if rule.Name != kind.Name {
			t.Errorf("%s makes a rule called %s", kind.Name, rule.Name)
		}
	}
	// One of each framework's, by all its names.
	for _, name := range strings.Fields(`zeros ones constant normal uniform trunc_normal truncated_normal eye identity dirac sparse
		xavier_normal xavier_uniform kaiming_normal kaiming_uniform glorot_normal glorot_uniform he_normal he_uniform
		lecun_normal lecun_uniform variance_scaling orthogonal delta_orthogonal random_walk zero_hadamard`) {
		if !seen[name] {
			t.Errorf("there is no %s", name)
		}
	}
}

// TestNewTakesParameters compares standard deviations with what each parameter says.
func TestNewTakesParameters(t *testing.T) {
	type s = initializer.Settings
	exactTanh, err := initializer.ExactGain("tanh")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name     string
		settings s
		want     float64 // at shape (300, 500)
	}{
		{"normal", s{"std": .3}, .3},
		{"normal", s{"mean": 2, "std": 0}, 0},
		{"uniform", s{"low": -1.}, 1 / math.Sqrt(3)},
		{"constant", s{"value": 3}, 0},
		{"trunc_normal", s{"std": .02}, .02},
		{"trunc_normal", s{"std": .5, "low": -1, "high": 1.}, .5 * .87962566103423978},
		{"truncated_normal", s{"std": 1.}, .87962566103423978},
		{"xavier_normal", nil, math.Sqrt(1. / 400)},
		{"xavier_normal", s{"activation": "tanh"}, 5. / 3 * math.Sqrt(1./400)},
		{"xavier_uniform", s{"gain": 3}, 3 * math.Sqrt(1./400)},
		{"xavier_uniform", s{"activation": "tanh", "gain": "exact"}, exactTanh * math.Sqrt(1./400)},
		{"kaiming_normal", nil, math.Sqrt(2. / 500)},
		{"kaiming_normal", s{"mode": "fan_out"}, math.Sqrt(2. / 300)},
		{"kaiming_normal", s{"activation": "leakyrelu"}, math.Sqrt(2 / 1.0001 / 500)},
		{"kaiming_uniform", s{"activation": "leakyrelu", "param": math.Sqrt(5)}, 1 / math.Sqrt(1500)}, // torch's Linear
		{"kaiming_uniform", s{"mode": "fan_avg", "activation": "linear"}, math.Sqrt(1. / 400)},
		{"lecun_normal", nil, math.Sqrt(1. / 500)},
		{"variance_scaling", s{"scale": 2., "mode": "fan_out", "distribution": "uniform"}, math.Sqrt(2. / 300)},
		{"sparse", s{"sparsity": .1, "std": 1}, math.Sqrt(.9)},
		{"orthogonal", s{"activation": "relu"}, math.Sqrt(2. / 500)},
		{"identity", s{"gain": 2}, 2 * math.Sqrt(300./150000*(1-300./150000))},
	} {
		rule, err := initializer.New(c.name, c.settings)
		if err != nil {
			t.Error(err)
			continue
		}
		if got, err := rule.Std(300, 500); err != nil || math.Abs(got-c.want) > 1e-15 {
			t.Errorf("%s %v: %v, %v, want %v", c.name, c.settings, got, err, c.want)
		}
	}
	// Sussillo and Abbott's gains at 100 units.
	for activation, want := range map[string]float64{"relu": 1.431709, "linear": 1.005013} {
		rule, err := initializer.New("random_walk", s{"activation": activation})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := rule.Std(100, 100); err != nil || math.Abs(10*got-want) > 5e-7 {
			t.Errorf("random walk, %s: g = %v, %v, want %v", activation, 10*got, err, want)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	type s = initializer.Settings
	for _, c := range []struct {
		name     string
		settings s
		want     string
	}{
		{"kaimming", nil, "one of zeros, ones, constant, "},
		{"", nil, "one of zeros"},
		{"zeros", s{"std": 1.}, `zeros: there is no parameter "std": it takes none`},
		{"kaiming_normal", s{"gian": 1.}, `"gian": it takes mode=fan_in, activation=relu, param, gain=torch`},
		{"kaiming_normal", s{"mode": "fan"}, `mode is "fan", want one of fan_in, fan_out, fan_avg`},
		{"kaiming_normal", s{"mode": 1.}, "mode is 1, want one of fan_in"},
		{"kaiming_normal", s{"gain": math.NaN()}, "gain is NaN"},
		{"kaiming_normal", s{"gain": "best"}, "want a finite number or one of torch, exact"},
		{"kaiming_normal", s{"activation": "swishy"}, `activation is "swishy"`},
		{"kaiming_normal", s{"param": "a"}, "want a finite number"},
		{"kaiming_normal", s{"activation": "hardtanh", "param": 0.}, "hardtanh with parameter 0 has no gain"},
		{"sparse", nil, `the parameter "sparsity" is missing`},
		{"dirac", s{"groups": 1.5}, "groups is 1.5, want a whole number"},
		{"normal", s{"std": nil}, "std is <nil>"},
		{"normal", s{"std": math.Inf(1)}, "std is +Inf"},
	} {
		_, err := initializer.New(c.name, c.settings)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s %v: error %v, want one line with %q", c.name, c.settings, err, c.want)
		}
	}
}
