package page

import (
	"slices"
	"strings"
	"testing"

	"actinit/harness/result"
)

// withPeers is a run with two libraries: one timed and verified, one verified only.
func withPeers() Input {
	in := input()
	d := in.Data
	d.Environment.Libraries = []result.Library{{Name: "fastlib", Version: "1.2, -O3 <flag>", Command: "bin/peers"}, {Name: "deadlib", Version: "does not run on this CPU", Command: "bin/peers"}}
	binades := make([]float64, float32Binades)
	binades[127], binades[250] = 3.5, 1e9
	for _, mode := range []string{result.Warm, result.InPlace} {
		d.Bench = append(d.Bench, result.Bench{Op: "sigmoid", Direction: "forward", Type: "float32", Variant: "fastlib", ISA: "avx2", Workers: 1, N: 4096, Mode: mode, NsPerElem: .5})
	}
	for _, op := range []string{"sigmoid", "relu"} {
		d.Accuracy = append(d.Accuracy, result.Accuracy{Op: op, Direction: "forward", Type: "float32", Variant: "fastlib", ISA: "avx2", Rounding: result.Unpromised,
			Inputs: 1 << 20, Compared: 1 << 20, MaxULP: 1e9, CorrectlyRounded: 1 << 19, NaNDisagree: 1, InfDisagree: 2, ZeroSignDisagree: 4, BinadeMaxULP: binades,
			WorstInput: "0x7f000000", WorstResult: "0x00000001", WorstExact: "0x3f800000"})
	}
	return in
}

func TestPeersSection(t *testing.T) {
	page := write(t, withPeers())
	_, section, found := strings.Cut(page, `<section id="peers">`)
	if !found {
		t.Fatal("there is no section")
	}
	section, _, _ = strings.Cut(section, "</section>")
	for _, want := range []string{
		"n = 4Ki</th>", "n = 4Ki in place</th>", "-O3 &lt;flag&gt;", "does not run on this CPU", // the libraries and the places
		`>fastlib</td><td class="n">0.5</td><td class="n">2.23</td><td class="n">0.5</td><td class="n"></td>`, // ours is 1.1 ns warm, and not timed in place
		`<td class="n">3.5</td><td class="n">1e&#43;09</td><td class="n">50.000%</td><td class="n">1</td><td class="n">2</td><td class="n">4</td>`,
		`title="gives 0x00000001, correctly rounded 0x3f800000"`,
	} {
		if !strings.Contains(section, want) {
			t.Errorf("the section has no %q", want)
		}
	}
	rest := strings.Replace(page, section, "", 1)
	if strings.Contains(rest, "fastlib") {
		t.Error("a library stands outside its section")
	}
	if !strings.Contains(page, "6 of 6 kernels keep their promise") {
		t.Error("libraries' kernels, which promise nothing, count as ours")
	}
}

// Ours comes first, then libraries, also those that were not timed.
func TestPeerTable(t *testing.T) {
	s, err := newBuilder(withPeers()).peers()
	if err != nil || len(s.Peers) != 1 || len(s.Rows) != 1 {
		t.Fatalf("%d tables, %d rows of figures, %v", len(s.Peers), len(s.Rows), err)
	}
	var names []string
	for _, r := range s.Peers[0].Rows {
		names = append(names, r.Op+" "+r.Library)
	}
	if want := []string{"sigmoid actinit", "sigmoid fastlib", "ReLU actinit", "ReLU fastlib"}; !slices.Equal(names, want) {
		t.Errorf("rows %q, want %q", names, want)
	}
	if figures := s.Rows[0].Figures; len(figures) != 1 || figures[0].Title != "sigmoid" {
		t.Errorf("%d figures, want that of the operation that was timed", len(figures))
	}
}

func TestNoPeersNoSection(t *testing.T) {
	in := input()
	in.Data.Environment.Libraries = []result.Library{{Name: "fastlib"}}
	if strings.Contains(write(t, in), `id="peers"`) {
		t.Error("a section of libraries of which no kernel was selected")
	}
}
