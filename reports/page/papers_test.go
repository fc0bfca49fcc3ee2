package page

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"actinit/harness/result"
	"actinit/reports/runstore"
)

// claimed is a run of two experiments, one of which has a claim that does not hold.
func claimed() Input {
	d := &runstore.Data{Environment: result.Environment{RunID: "run", Complete: true}}
	d.Claims = []result.Claim{
		{Experiment: "second", Paper: "B 2002", Statement: "that does not hold", Published: 3, Measured: 4, Low: 3.9, High: 4.1, Seeds: 5, Relation: "at most", Tolerance: .5},
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
		"first: A 2001", "1 of 1 claims agree", "0 of 1 claims agree",
		`<td class="wrong">wrong</td>`, `<td class="ok">ok</td>`, "≤ 3.5", "± 20%", "−1.1e-09",
		"loss against step", `<span class="key c1">he</span>`, `<span class="key c2">xavier</span>`,
		"the line is theory&#39;s edge of chaos",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page has no %q", want)
		}
	}
	if strings.Index(page, "first: A 2001") > strings.Index(page, "second: B 2002") {
		t.Error("the experiments are not in the list's order")
	}
	if open := strings.Count(page, "<details open"); open != 1 {
		t.Errorf("%d tables are open, want that with the failure alone", open)
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
	if len(l.Series) != 2+2+1+1 || len(legend) != 2 {
		t.Fatalf("%d lines, %d keys", len(l.Series), len(legend))
	}
	for i, s := range l.Series {
		if len(s.X) > mostPoints || s.X[0] != 0 && i < 5 {
			t.Errorf("line %d has %d points from %v", i, len(s.X), s.X[0])
		}
	}
	if theory, paper := l.Series[4], l.Series[5]; !theory.Dashed || theory.Color != 0 || !paper.Unjoined || paper.Color != 0 {
		t.Errorf("theory %+v and paper %+v, want the colour of he", theory, paper)
	}
}

// A sweep over gain and biases becomes a map and lines.
func TestSweep(t *testing.T) {
	d := &runstore.Data{Environment: result.Environment{RunID: "run", Complete: true}}
	for _, gain := range []float64{.5, 1, 1.5} {
		for _, bias := range []float64{0, .3} {
			for layer := range int64(3) {
				row := result.Layer{Activation: "tanh", Initializer: "kaiming", Data: "n01", Depth: 3, Width: 8, Batch: 4, Seed: 1, Gain: gain, BiasStd: bias,
					Layer: layer + 1, Quantity: "gradient", RMS: 1, Norm: 1, Chi: gain, TheoryChi: gain * 1.1, TheoryRMS: math.NaN(), Correlation: math.NaN(), TheoryCorrelation: math.NaN()}
				d.Layers = append(d.Layers, row)
			}
		}
	}
	page := write(t, Input{Data: d})
	for _, want := range []string{`id="sweep"`, "the line is where infinite width holds it", "growth a layer, against gain"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page has no %q", want)
		}
	}
	nets := netsOf(d.Layers)
	h := chiMap(nets)
	if len(h.XValues) != 3 || len(h.YValues) != 2 || math.Abs(h.Z[0][0]-math.Log(.5)) > 1e-12 {
		t.Errorf("the map is %+v", h)
	}
	if edge := h.Series[0]; len(edge.X) != 2 || !(edge.X[0] > .5 && edge.X[0] < 1) {
		t.Errorf("infinite width holds the gradient at %+v, want between .5 and 1: 1.1 gain = 1", edge)
	}
}
