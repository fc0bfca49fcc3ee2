package layers

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"
)

func TestParseGrid(t *testing.T) {
	cells, err := ParseGrid(`act=tanh,relu init="normal .01",kaiming depth=2:6:2 gain=.8:1.2:.1 bias=0,.3 seed=3:4 width=16 batch=4`, 1)
	if err != nil {
		t.Fatal(err)
	}
	if want := 2 * 2 * 3 * 5 * 2 * 2; len(cells) != want {
		t.Fatalf("%d cells, want %d", len(cells), want)
	}
	units := map[string]bool{}
	gains := map[float64]bool{}
	for _, c := range cells {
		units[c.Unit()], gains[c.Gain] = true, true
	}
	if len(units) != len(cells) {
		t.Errorf("%d cells have %d unit names", len(cells), len(units))
	}
	for _, g := range []float64{.8, .9, 1, 1.1, 1.2} {
		if !gains[g] {
			t.Errorf("no gain %v among %v", g, gains)
		}
	}
	first, last := cells[0], cells[len(cells)-1]
	if want := (Cell{"tanh", Normal01, DataN01, 2, 16, 4, .8, 0, 3, false}); first != want {
		t.Errorf("the first cell is %+v, want %+v", first, want)
	}
	if want := (Cell{"relu", Kaiming, DataN01, 6, 16, 4, 1.2, .3, 4, false}); last != want {
		t.Errorf("the last cell is %+v, want %+v", last, want)
	}
	if alone, err := ParseGrid("depth=3", 7); err != nil || len(alone) != 1 || alone[0].Seed != 7 || alone[0].Width != smallWidth {
		t.Errorf("one axis: %+v, %v", alone, err)
	}
}

var badGrids = map[string]string{
	"depth":                        `"depth": want axis=value,value`,
	"depht=3":                      `there is no axis "depht": want act, init,`,
	"depth=3 depth=4":              "the axis depth is there twice",
	"depth=3,3":                    "depth=3: it is there twice",
	"gain=.1,1e-1":                 "gain 0.1, batch 256, seed 1 is there twice",
	"data=digits batch=1797,2000":  "batch 1797, seed 1 is there twice",
	"depth=0":                      "depth=0: want a whole number from 1 to 10000",
	"depth=1:5:0":                  "depth=1:5:0: want an end from the start on, and a step above 0",
	"depth=5:1":                    "want an end from the start on",
	"depth=1:2:3:4":                "want from:to or from:to:step",
	"depth=a:b":                    `"a" is no number`,
	"act=tanj":                     "act=tanj: no activation is called so",
	"act=tanh_faithful":            "no activation is called so",
	"act=a:b":                      "names have no ranges",
	"init=kaming":                  `no initialiser is called "kaming"`,
	"init=fixup":                   "fixup is for nets with residual blocks",
	"data=n02":                     "data=n02: want n01 or digits",
	"gain=0":                       "gain=0: want a number above 0",
	"gain=nan":                     "gain=nan: want a number above 0",
	"bias=-1":                      "want a number from 0",
	"seed=-1":                      "want a whole number from 0",
	"seed=1:1e9":                   "leaves fewer than 1048576 values",
	"seed=1:1000000 gain=1:2:.001": "more than 1048576 cells",
	`init="normal .01`:             "a quote is not closed",
}

func TestParseGridRefuses(t *testing.T) {
	for text, want := range badGrids {
		if _, err := ParseGrid(text, 1); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want one with %q", text, err, want)
		}
	}
}

func FuzzParseGrid(f *testing.F) {
	for text := range badGrids {
		f.Add(text)
	}
	f.Add(`act=tanh,relu init="normal .01",kaiming depth=2:6:2 gain=.8:1.2:.1 seed=3:4`)
	f.Fuzz(func(t *testing.T, text string) {
		cells, err := ParseGrid(text, 1)
		if err != nil && strings.Contains(err.Error(), "\n") && !strings.Contains(text, "\n") {
			t.Fatalf("an error of several lines: %q", err)
		}
		for _, c := range cells[:min(len(cells), 100)] {
			if c.Depth < 1 || c.Width < 1 || c.Batch < 1 || !(c.Gain > 0) || !(c.BiasStd >= 0) {
				t.Fatalf("%q gives %+v", text, c)
			}
		}
	})
}

// The shards of a grid are its cells, each once, and each shard's rows are those of the
// whole run.
func TestGridShards(t *testing.T) {
	o := Options{Grid: "act=tanh,relu,maxout depth=2 width=24 batch=8 gain=.9,1 bias=0,.2 seed=1:2", Workers: 2}
	whole := run(t, o)
	if len(whole.units) != 3*2*2*2 {
		t.Fatalf("%d cells", len(whole.units))
	}
	const shards = 5
	parts := &memory{}
	for i := range shards {
		o.Shard, o.Shards, o.Journal = i, shards, parts
		before := len(parts.units)
		if err := Run(context.Background(), o); err != nil {
			t.Fatal(err)
		}
		if n := len(parts.units) - before; n < 4 || n > 5 {
			t.Errorf("shard %d of 24 cells has %d", i, n)
		}
	}
	if diff := differ(parts.all(), whole.all()); diff != "" {
		t.Error(diff)
	}
}

// Gain multiplies the weights and what the theory expects of them, biases their variance.
func TestGainAndBiasesAreInTheTheory(t *testing.T) {
	o := Options{Grid: "act=tanh init=\"xavier (lecture)\" depth=3 width=400 batch=64 gain=1.5 bias=0,.5", Workers: 2}
	for unit, rows := range run(t, o).rows {
		if all := Lecture(rows); len(all) != 1 || !all[0].Agrees {
			t.Errorf("%s: %v", unit, all)
		}
		for _, row := range rows {
			if row.Gain != 1.5 {
				t.Errorf("%s: gain %v", unit, row.Gain)
			}
			if row.Quantity == Gradient && row.Layer > 0 && !(math.Abs(row.Chi/row.TheoryChi-1) < .1) {
				t.Errorf("%s, layer %d: chi %v, theory %v", unit, row.Layer, row.Chi, row.TheoryChi)
			}
			if row.Quantity == Activation && !(math.Abs(row.Correlation-row.TheoryCorrelation) < .03) {
				t.Errorf("%s, layer %d: correlation %v, theory %v", unit, row.Layer, row.Correlation, row.TheoryCorrelation)
			}
			if r := row.RMS / row.TheoryRMS; row.Quantity != WeightGradient && !(r > .9 && r < 1.1) {
				t.Errorf("%s, layer %d: RMS %v, theory %v", row.Quantity, row.Layer, row.RMS, row.TheoryRMS)
			}
		}
		if w := pick(rows, 2, Weight); fmt.Sprintf("%.2f", w.Std*20) != "1.50" {
			t.Errorf("weights of std %v, want 1.5/20", w.Std)
		}
	}
}

// Spectra: the layers' mean squared singular values are theory's chi, and ranks are below the
// number of examples.
func TestSpectra(t *testing.T) {
	o := Options{Grid: `act=tanh,relu,maxout init=orthogonal,"xavier (lecture)" depth=3 width=120 batch=40`, Spectra: true, Workers: 2}
	for unit, rows := range run(t, o).rows {
		if !strings.HasSuffix(unit, ", spectra") {
			t.Errorf("unit %q", unit)
		}
		for l := 1; l <= 3; l++ {
			j, whole, h := pick(rows, l, Jacobian), pick(rows, l, NetJacobian), pick(rows, l, Activation)
			if j.Count != 120 || whole.Count != 120 || !(j.Max >= j.RMS && j.Min >= 0) {
				t.Errorf("%s, layer %d: %d and %d singular values, %v .. %v", unit, l, j.Count, whole.Count, j.Min, j.Max)
			}
			if l == 1 && whole.RMS != j.RMS {
				t.Errorf("%s: the net's Jacobian up to layer 1 is not the layer's", unit)
			}
			if h.IntrinsicDimension < 1 || h.IntrinsicDimension > 40 || !(h.EntropyRank <= 40) || !(h.ParticipationRank <= h.EntropyRank) {
				t.Errorf("%s, layer %d: ranks %v, %v, %d of 40 examples", unit, l, h.ParticipationRank, h.EntropyRank, h.IntrinsicDimension)
			}
			if rows[0].Initializer == XavierLecture && !(math.Abs(j.RMS/j.TheoryRMS-1) < .15) {
				t.Errorf("%s, layer %d: RMS singular value %v, theory %v", unit, l, j.RMS, j.TheoryRMS)
			}
		}
	}
	o.Grid = "width=513"
	if _, err := Plan(o); err == nil || !strings.Contains(err.Error(), "--spectra takes nets of up to 512") {
		t.Errorf("error %v", err)
	}
}

// A net that cannot be run says why in its one row, and the others run.
func TestGridKeepsFailures(t *testing.T) {
	m := run(t, Options{Grid: `act=tanh init=kraehenbuehl_kmeans,kaiming depth=2 width=16 batch=4`, Workers: 1})
	failed, ran := 0, 0
	for _, rows := range m.rows {
		if rows[0].Failure == "" {
			ran++
			continue
		}
		failed++
		if len(rows) != 1 || rows[0].Quantity != Failed || rows[0].Width != 16 || !strings.Contains(rows[0].Failure, "kraehenbuehl_kmeans") {
			t.Errorf("%+v", rows)
		}
		if len(Stories(rows)) != 0 || len(Lecture(rows)) != 0 {
			t.Error("a net that was not run has a story")
		}
	}
	if failed != 1 || ran != 1 {
		t.Errorf("%d nets failed and %d ran", failed, ran)
	}
}

func TestPlanRefusesGainsOfFittedWeights(t *testing.T) {
	for _, grid := range []string{"init=lsuv gain=1,2", "init=kraehenbuehl_pca bias=.1"} {
		if _, err := Plan(Options{Grid: grid}); err == nil || !strings.Contains(err.Error(), "fits weights and biases to the data") {
			t.Errorf("%s: error %v", grid, err)
		}
	}
}

func TestPlanRefusesMoreThanMemory(t *testing.T) {
	_, err := Plan(Options{Grid: "width=32768 depth=1 batch=1048576"})
	if err == nil || !strings.Contains(err.Error(), "GiB of memory, more than the 20 that a net may take") {
		t.Errorf("error %v", err)
	}
}

// Spectra of a net whose signals overflow are counted, not refused.
func TestSpectraOfOverflow(t *testing.T) {
	for unit, rows := range run(t, Options{Grid: "act=relu init=kaiming depth=60 width=16 batch=4 gain=1000", Spectra: true, Workers: 1}).rows {
		if rows[0].Failure != "" {
			t.Fatalf("%s: %s", unit, rows[0].Failure)
		}
		if j := pick(rows, 60, NetJacobian); j.NaN != 16 || j.Count != 16 {
			t.Errorf("%s: %d of %d singular values are NaN", unit, j.NaN, j.Count)
		}
	}
}
