package page

import (
	"math"
	"slices"
	"strings"
	"testing"

	"actinit/harness/result"
	"actinit/reports/runstore"
)

// watched is the small run with what was seen in each sample.
func watched() Input {
	in := input()
	for i := range in.Data.Bench {
		r := &in.Data.Bench[i]
		r.Order, r.ElapsedNs = int64(i), 5e6
		load, steal, switches, hz := 1.5, int64(0), int64(i%2), 3e9
		r.Load, r.StealNs, r.Switches, r.FrequencyHz = &load, &steal, &switches, &hz
	}
	in.Noise = Noise{Figures: "load 1.5", Findings: []string{"the <b>machine</b> was busy"}}
	return in
}

func TestNoise(t *testing.T) {
	page := write(t, watched())
	for _, want := range []string{
		`id="noise"`, "should not be believed without a second look: load 1.5.", "<li>the &lt;b&gt;machine&lt;/b&gt; was busy</li>",
		"load of the machine", "time the hypervisor gave", "frequency of the core", "samples that lost a CPU",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page has no %q", want)
		}
	}
	if doubt, section := strings.Index(page, `<p class="verdict doubt">Noise: the times of this run should not be believed without a second look: the &lt;b&gt;machine&lt;/b&gt; was busy.</p>`), strings.Index(page, "<section"); doubt < 0 || doubt > section {
		t.Errorf("the verdict on noise is at %d, and the first section at %d", doubt, section)
	}
	quiet := watched()
	quiet.Noise.Findings = nil
	for i := range quiet.Data.Bench {
		quiet.Data.Bench[i].FrequencyHz = nil
	}
	page = write(t, quiet)
	for want, present := range map[string]bool{
		"Nothing that was seen on the machine speaks against": true, "<li>": false, `class="verdict doubt"`: false,
		"Unknown here: frequency of the core": true, ">GHz<": false,
	} {
		if strings.Contains(page, want) != present {
			t.Errorf("a quiet run without frequency: %q present: %v", want, !present)
		}
	}
	if strings.Contains(write(t, input()), `id="noise"`) {
		t.Error("a run that was not watched has the section")
	}
}

// Nothing of a long run is left out of the points.
func TestConsecutive(t *testing.T) {
	for _, n := range []int{0, 1, noisePoints, noisePoints + 1, 12345} {
		rows := make([]result.Bench, n)
		for i := range rows {
			rows[i].Order = int64(i)
		}
		bins := consecutive(rows)
		total := 0
		for _, b := range bins {
			if b.at != int64(total) {
				t.Errorf("%d rows: a point at %d, want %d", n, b.at, total)
			}
			total += len(b.rows)
		}
		if total != n || len(bins) > noisePoints || n > 0 && len(bins) < min(n, noisePoints/2) {
			t.Errorf("%d rows: %d in %d points", n, total, len(bins))
		}
	}
}

func TestNoiseFigures(t *testing.T) {
	low, high := 1., 3.
	rows := []result.Bench{{Load: &high}, {}, {Load: &low}}
	for q, want := range map[float64]float64{0: 1, .5: 2, 1: 3} {
		if got := quantileOf(load, q)(rows); got != want {
			t.Errorf("quantile %v of the load is %v, want %v", q, got, want)
		}
	}
	if got := percents(func([]result.Bench) float64 { return .25 })(nil); got != 25 {
		t.Errorf("a quarter is %v%%", got)
	}
	if !math.IsNaN(quantileOf(load, .5)([]result.Bench{{}})) {
		t.Error("what is unknown is shown as a number")
	}
}

// Warm times are not mixed with others.
func TestModesApart(t *testing.T) {
	in := input()
	if strings.Contains(write(t, in), `id="modes"`) {
		t.Error("a run of warm samples has the section")
	}
	warm := len(in.Data.Bench)
	for _, r := range slices.Clone(in.Data.Bench) {
		if r.Variant == "avx2" && r.Op == "relu" {
			r.Mode, r.NsPerElem = result.Cold, 1000
			in.Data.Bench = append(in.Data.Bench, r)
		}
	}
	page := write(t, in)
	if !strings.Contains(page, `id="modes"`) || strings.Contains(page, `<td class="n">1e+03</td>`) || warm == len(in.Data.Bench) {
		t.Error("cold times are missing, or are in the table of kernels")
	}
	b := &builder{Input: in, everyMode: result.Medians(in.Data.Bench)}
	s, err := b.modes()
	if err != nil || len(s.Rows) != 1 || len(s.Rows[0].Figures) != 1 || s.Rows[0].Figures[0].Title != "ReLU" {
		t.Errorf("%d rows, error %v: want one figure, ReLU's", len(s.Rows), err)
	}
	if got := b.fastest("relu", "forward", result.Cold); len(got) != 3 || got[4096] != 1000 {
		t.Errorf("cold times %v", got)
	}
}

// A run without a row, as a shard may be, says so, and is not a page of curves.
func TestEmptyRun(t *testing.T) {
	in := input()
	in.Data = &runstore.Data{Environment: in.Data.Environment}
	if page := write(t, in); !strings.Contains(page, "the run is empty, as a shard is for which there was no work") || strings.Contains(page, "<section") {
		t.Errorf("the page is\n%s", page)
	}
	in.Data.Limits = make([]result.Limit, 3)
	if page := write(t, in); !strings.Contains(page, ">3 limits of the machine") || strings.Contains(page, "empty") {
		t.Error("limits alone are not named")
	}
}
