package page

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"actinit/harness/result"
	"actinit/reports/plots"
	"actinit/reports/runstore"
)

// claimed is a run of two experiments, one of which has a claim that does not hold.
func claimed() Input {
	d := &runstore.Data{Environment: result.Environment{RunID: "run", Complete: true}}
	d.Claims = []result.Claim{
		{Experiment: "second", Paper: "B 2002", Statement: "that does not hold", Source: "table 1", Published: 3, Measured: 4, Low: 3.9, High: 4.1, Seeds: 5, Relation: "at most", Tolerance: .5},
		{Experiment: "first", Paper: "A 2001", Statement: "that holds", Published: -1e-9, Measured: -1.1e-9, Low: -2e-9, High: 0, Seeds: 3, Relation: "within", Tolerance: .2, Agrees: true},
	}
	point := func(figure, series string, seed int64, x, y float64) {
		d.Curves = append(d.Curves, result.Curve{Experiment: "first", Figure: figure, Series: series, Seed: seed, X: x, Y: y})
	}
	for x := range 300 {
		for seed := range int64(2) {
			point("loss against step", "he", seed, float64(x), math.Exp(-float64(x)/30))
			point("loss against step", "xavier", seed, float64(x), 1)
		}
		point("loss against step", "theory, he", 0, float64(x), math.Exp(-float64(x)/30))
	}
	point("loss against step", "paper, he", 0, 100, .03)
	point("lost against step", "sgd", 1, 1, 5)
	point("lost against step", "sgd", 1, 2, math.Inf(1))
	for _, w := range []float64{.5, 1, 1.5, 2} {
		for _, b := range []float64{0, .2, .4} {
			point("ln chi against sigma_w, tanh", fmt.Sprint("measured, sigma_b ", b), 1, w, w-1-b)
		}
	}
	point("edge: sigma_b against sigma_w, tanh", "theory", 0, 1, 0)
	point("edge: sigma_b against sigma_w, tanh", "theory", 0, 1.4, .4)
	point("edge: sigma_b against sigma_w, tanh", "measured", 1, 1.1, .1)
	point("nothing against all", "measured", 1, math.NaN(), math.NaN())
	return Input{Data: d, Experiments: []string{"first", "second"}}
}

func TestPapers(t *testing.T) {
	page := write(t, claimed())
	for _, want := range []string{
		`id="papers"`, "1 of 2 claims of the papers are reproduced", `class="verdict wrong"`,
		"first: A 2001", "1 of 1 claims agree", "0 of 1 claims agree", "All experiments", "1 disagrees",
		`<td class="wrong">disagrees</td>`, `<td class="ok">agrees</td>`, `title="table 1"`, "≤ 3.5", "± 20%", "−1.1e−9",
		"lost against step", "sgd: 1 of 2 points are not finite", `<span class="key ink dashed">theory</span>`, `<span class="key ink dot">published</span>`,
		"loss against step", "<figcaption>ln chi over sigma_w and sigma_b, tanh<span>", `<span class="key c1">he</span>`, `<span class="key c2">xavier</span>`,
		"the line is theory&#39;s edge of chaos",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page has no %q", want)
		}
	}
	for _, no := range []string{"<figcaption>edge: sigma_b", "<figcaption>nothing against all"} {
		if strings.Contains(page, no) {
			t.Errorf("the page has %q: its points are on the map, or cannot be drawn", no)
		}
	}
	if strings.Index(page, "first: A 2001") > strings.Index(page, "second: B 2002") {
		t.Error("the experiments are not in the list's order")
	}
	if open := strings.Count(page, "<details open"); open != 2 {
		t.Errorf("%d tables are open, want that of all experiments and that with the failure", open)
	}
	if write(t, claimed()) != page {
		t.Error("two pages of the same run differ")
	}
}

func TestLinesOfFigure(t *testing.T) {
	in := claimed()
	var points []result.Curve
	for _, c := range in.Data.Curves {
		if c.Figure == "loss against step" {
			points = append(points, c)
		}
	}
	l, legend := linesOf("loss against step", points)
	if l.X.Label != "step" || l.Y.Label != "loss" || !l.Y.Log || l.X.Log {
		t.Errorf("axes %+v, %+v: the loss spans decades, the steps begin at 0", l.X, l.Y)
	}
	if len(l.Series) != 2+2+1+1 || len(legend) != 2+2 {
		t.Fatalf("%d lines, %d keys", len(l.Series), len(legend))
	}
	for i, s := range l.Series {
		if len(s.X) > mostPoints || s.X[0] != 0 && i < 5 {
			t.Errorf("line %d has %d points from %v", i, len(s.X), s.X[0])
		}
	}
	if theory, paper := l.Series[4], l.Series[5]; !theory.Dashed || theory.Color != plots.Ink || !paper.Unjoined || paper.Color != plots.Ink {
		t.Errorf("theory %+v and paper %+v, want ink", theory, paper)
	}
}

// Points tried in an order of their own are not joined; a path without axes is.
func TestUnsorted(t *testing.T) {
	points := []result.Curve{{Series: "measured", X: 1, Y: 1}, {Series: "measured", X: 3, Y: 2}, {Series: "measured", X: 2, Y: 3}}
	if l, _ := linesOf("growth against variance", points); !l.Series[0].Unjoined {
		t.Error("points out of order are joined")
	}
	falling := []result.Curve{{Series: "measured", X: 3, Y: 1}, {Series: "measured", X: 2, Y: 2}, {Series: "measured", X: 1, Y: 3}}
	if l, _ := linesOf("accuracy against weights left", falling); l.Series[0].Unjoined {
		t.Error("points that fall in order are not joined")
	}
	if l, _ := linesOf("path of two weights", points); l.Series[0].Unjoined {
		t.Error("a path is not joined")
	}
}

// Axes are logarithmic where numbers span decades; steps that are evenly spaced are on a plain one.
func TestDecades(t *testing.T) {
	var steps []float64
	for i := range 100 {
		steps = append(steps, float64(1+10*i))
	}
	for _, c := range []struct {
		v    []float64
		x, y bool
	}{
		{steps, false, true},
		{[]float64{.001, .01, .1, 1}, true, true},
		{[]float64{1, 2, 50}, false, false},
		{[]float64{0, 1, 1000}, false, false},
		{[]float64{math.NaN()}, false, false},
	} {
		if y := decades(c.v); y != c.y || y && crowded(c.v) != c.x {
			t.Errorf("%v: logarithmic %v, along x %v", c.v, y, y && crowded(c.v))
		}
	}
}

func TestSignificant(t *testing.T) {
	for v, want := range map[float64]string{0: "0", .25: "0.25", -1.5e-5: "−1.5e−5", 2.34e17: "2.3e17", 3e6: "3e6", 1e-12: "1e−12"} {
		if got := significant(v, 2); got != want {
			t.Errorf("%v is written %s, want %s", v, got, want)
		}
	}
}

// sweptRows are nets of three layers over gain, biases and two depths; chi is the gain.
func sweptRows(gains, biases []float64, depths []int64, seeds int64) []result.Layer {
	var rows []result.Layer
	for _, gain := range gains {
		for _, bias := range biases {
			for _, depth := range depths {
				for seed := range seeds {
					for layer := range depth {
						row := result.Layer{Activation: "tanh", Initializer: "kaiming", Data: "n01", Depth: depth, Width: 8, Batch: 4, Seed: seed + 1, Gain: gain, BiasStd: bias,
							Layer: layer + 1, Quantity: "gradient", RMS: 1, Norm: 1, Chi: gain, TheoryChi: gain * 1.1,
							TheoryRMS: math.NaN(), Correlation: math.NaN(), TheoryCorrelation: math.NaN(), ParticipationRank: math.NaN()}
						rows = append(rows, row)
						row.Quantity, row.RMS, row.TheoryRMS = "activation", gain*float64(seed+1), gain
						row.Histogram, row.HistogramLo, row.HistogramHi = []int64{1, 2}, -1, 1
						row.Correlation, row.TheoryCorrelation, row.ParticipationRank = .5, .4, 3
						rows = append(rows, row)
					}
				}
			}
		}
	}
	return rows
}

// A sweep over gain and biases becomes a map and lines, and of all its nets one is typical.
func TestSweep(t *testing.T) {
	d := &runstore.Data{Environment: result.Environment{RunID: "run", Complete: true}}
	d.Layers = sweptRows([]float64{.5, 1, 1.5}, []float64{0, .3}, []int64{3, 5}, 2)
	page := write(t, Input{Data: d})
	for _, want := range []string{
		`id="sweep"`, "the line is where infinite width holds it", "growth a layer against gain", "RMS of the last layer against gain",
		`<span class="key c2">5 layers</span>`, `<span class="key ink dashed">infinite width</span>`,
		"Of 24 nets 1 are shown here", "5 layers of 8 units", "<h3>chi, the growth", "participation rank",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page has no %q", want)
		}
	}
	h := chiMap(netsOf(d.Layers))
	if len(h.XValues) != 3 || len(h.YValues) != 2 || math.Abs(h.Z[0][0]-math.Log(.5)) > 1e-12 {
		t.Errorf("the map is %+v", h)
	}
	if edge := h.Series[0]; len(edge.X) != 2 || !(edge.X[0] > .5 && edge.X[0] < 1) {
		t.Errorf("infinite width holds the gradient at %+v, want between .5 and 1: 1.1 gain = 1", edge)
	}
	if found := h.Series[1]; !found.Unjoined || len(found.X) != 2 || found.X[0] != 1 {
		t.Errorf("the nets hold the gradient at %+v, want the dots of gain 1", found)
	}
}

// Seeds are dots, and the line is through the mean of their logarithms.
func TestSweepLines(t *testing.T) {
	b := &builder{Input: Input{Data: &runstore.Data{Layers: sweptRows([]float64{1}, []float64{0}, []int64{2, 4, 8}, 2)}}}
	groups := b.swept()
	if len(groups) != 1 || groups[0].initializer != "" {
		t.Fatalf("groups %+v, want one of all initialisers, over depth", groups)
	}
	l, legend := groups[0].lines(groups[0].nets, net.lastRMS, true)
	if l.X.Label != "depth" || len(l.Series) != 3 || len(legend) != 2 {
		t.Fatalf("axis %s, %d series, %d keys", l.X.Label, len(l.Series), len(legend))
	}
	dots, line, theory := l.Series[0], l.Series[1], l.Series[2]
	if len(dots.X) != 6 || !dots.Unjoined || len(line.X) != 3 || math.Abs(line.Y[0]-math.Sqrt2) > 1e-12 || theory.Y[0] != 1 {
		t.Errorf("dots %+v, line %+v, theory %+v", dots, line, theory)
	}
	if groups = (&builder{Input: Input{Data: &runstore.Data{Layers: sweptRows([]float64{1}, []float64{0}, []int64{4}, 3)}}}).swept(); len(groups) != 0 {
		t.Errorf("nets that differ in the seed alone are a sweep: %+v", groups)
	}
}

// A gradient that is lost leaves an empty cell, and no report is refused for it.
func TestSweepWithoutGradient(t *testing.T) {
	rows := sweptRows([]float64{.5, 1, 1.5}, []float64{0, .3}, []int64{3}, 1)
	for i := range rows {
		if rows[i].Gain == .5 {
			rows[i].Chi, rows[i].TheoryChi = math.NaN(), 0
		}
	}
	page := write(t, Input{Data: &runstore.Data{Layers: rows}})
	if h := chiMap(netsOf(rows)); !math.IsNaN(h.Z[0][0]) || !(h.Limit < 1) || !strings.Contains(page, "growth of the gradient over gain and biases") {
		t.Errorf("the map is %+v", h)
	}
}

// Of several nets of an activation, initialiser and data one is drawn.
func TestTypical(t *testing.T) {
	rows := sweptRows([]float64{.5, 1, 1.5}, []float64{0, .3}, []int64{3, 5}, 2)
	picked := typical(netsOf(rows))
	if len(picked) != 1 || picked[0].gain != 1 || picked[0].biasStd != 0 || picked[0].depth != 5 || picked[0].seed != 1 {
		t.Errorf("%d nets are typical, the first %+v", len(picked), picked[0].netKey)
	}
}

// A page of nets alone shows their activations only, one of experiments and an empty one none.
func TestCurvesShown(t *testing.T) {
	curves := []Curve{{Op: "relu", X: []float64{0, 1}, Y: []float64{0, 1}, DY: []float64{0, 1}}, {Op: "tanh", X: []float64{0, 1}, Y: []float64{0, .7}, DY: []float64{1, .4}}}
	nets := &runstore.Data{Layers: sweptRows([]float64{1}, []float64{0}, []int64{3}, 1)}
	for _, c := range []struct {
		data      *runstore.Data
		relu, any bool
	}{{nets, false, true}, {claimed().Data, false, false}, {&runstore.Data{}, false, false}, {input().Data, true, true}} {
		page := write(t, Input{Data: c.data, Curves: curves})
		if relu, any := strings.Contains(page, "<figcaption>relu</figcaption>"), strings.Contains(page, `id="curves"`); relu != c.relu || any != c.any {
			t.Errorf("ReLU shown %v, any %v, want %v, %v", relu, any, c.relu, c.any)
		}
	}
}
