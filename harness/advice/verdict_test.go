package advice

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"actinit/harness/diagnosis"
	"actinit/harness/network"
	"actinit/harness/ops"
	"actinit/kernels/initializer"
)

// deep returns a net of dense layers, the last of 10 units and linear.
func deep(t *testing.T, activation string, depth, width int) *network.Net[float32] {
	t.Helper()
	layers := slices.Repeat([]network.Element{{Dense: width, Bias: true, Activation: activation}}, depth-1)
	n, err := network.New[float32](network.Description{Input: []int{64}, Layers: append(layers, network.Element{Dense: 10})}, nil, 2)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// look diagnoses a net on normal examples, with weights by a rule and what spoil does to them.
func look(t *testing.T, n *network.Net[float32], rule func(*network.Layer[float32]) initializer.Initializer, spoil func(), seed uint64) []string {
	t.Helper()
	if err := n.Initialize(rule, seed); err != nil {
		t.Fatal(err)
	}
	spoil()
	m, err := diagnosis.Measure(t.Context(), n, diagnosis.Normal{Examples: 256, Values: 64, Seed: seed + 1000}, seed, 2)
	if err != nil {
		t.Fatal(err)
	}
	return said(m.Findings(n))
}

func said(findings []diagnosis.Finding) []string {
	texts := []string{}
	for _, f := range findings {
		texts = append(texts, f.Kind+": "+f.Text)
	}
	return texts
}

// TestVerdicts: of nets of two layers and of thirty, what advise calls fine diagnose calls fine with other draws of the advised
// weights and other examples; and what is planted is found at every depth.
func TestVerdicts(t *testing.T) {
	std := func(s float64) func(*network.Layer[float32]) initializer.Initializer {
		return func(*network.Layer[float32]) initializer.Initializer { return initializer.Normal(0, s) }
	}
	const draws = 2
	for _, activation := range []string{"relu", "tanh", "selu", "gelu"} {
		for _, depth := range []int{2, 3, 4, 6, 8, 30} {
			for _, width := range []int{40, 64, 128} {
				if (depth > 8 || testing.Short()) && width != 64 {
					continue // for the time it takes
				}
				name := fmt.Sprintf("%s, %d layers of %d", activation, depth, width)
				n := deep(t, activation, depth, width)
				a := For(n)
				if err := a.Verify(t.Context(), n, diagnosis.Normal{Examples: 256, Values: 64, Seed: 1}, 1, 2); err != nil {
					t.Fatal(err)
				}
				// Other examples become alike in deep nets, which both commands say.
				if (depth <= 6 || activation == "tanh" || activation == "selu" && depth < 30) && len(a.Findings) > 0 {
					t.Errorf("%s: advise finds %q", name, said(a.Findings))
				}
				advised := func(l *network.Layer[float32]) initializer.Initializer { return a.Choices[l.Index-1].rule() }
				for seed := range uint64(draws) {
					found := look(t, n, advised, func() {}, 10+seed)
					if len(a.Findings) == 0 && len(found) > 0 || slices.ContainsFunc(found, ofTheNet) {
						t.Errorf("%s, seed %d: diagnose finds %q, and advise %q", name, 10+seed, found, said(a.Findings))
					}
				}
				find := func(fault, want string, found []string) {
					if !slices.ContainsFunc(found, func(text string) bool { return strings.Contains(text, want) }) {
						t.Errorf("%s, %s: %q", name, fault, found)
					}
				}
				find("std .01", "gradient vanishes", look(t, n, std(.01), func() {}, 20))
				find("zeros", "constant weights", look(t, n, std(0), func() {}, 20))
				if activation == "tanh" {
					find("std 1", "saturated", look(t, n, std(1), func() {}, 20))
				} else {
					find("std 1", "signal explodes", look(t, n, std(1), func() {}, 20))
				}
				if activation == "relu" {
					find("dead units", "never fire", look(t, n, advised, func() {
						for i := range width / 2 {
							n.Layers[depth-2].Bias.Value.Row(0)[i] = -1e3
						}
					}, 20))
				}
			}
		}
	}
}

// TestVerdictsOfAllActivations: of nets of any activation, too, what advise calls fine diagnose calls fine.
func TestVerdictsOfAllActivations(t *testing.T) {
	for _, row := range ops.All() {
		for _, depth := range []int{2, 3, 6} {
			if row.Twin != "" {
				continue
			}
			n := deep(t, row.Name, depth, 64)
			a := For(n)
			if err := a.Verify(t.Context(), n, diagnosis.Normal{Examples: 256, Values: 64, Seed: 1}, 1, 2); err != nil {
				t.Fatal(err)
			}
			found := look(t, n, func(l *network.Layer[float32]) initializer.Initializer { return a.Choices[l.Index-1].rule() }, func() {}, 7)
			if len(a.Findings) == 0 && len(found) > 0 {
				t.Errorf("%s, %d layers: diagnose finds %q", row.Name, depth, found)
			}
			if row.Name == "sigmoid" && depth == 6 && !slices.ContainsFunc(found, ofTheNet) {
				t.Errorf("the gradient of six sigmoid layers is fine: %q", found)
			}
		}
	}
}

// ofTheNet reports whether a finding is about what becomes of signal or gradient over the net.
func ofTheNet(text string) bool {
	return strings.HasPrefix(text, "signal") || strings.HasPrefix(text, "gradient")
}
