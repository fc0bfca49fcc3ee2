package layers

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"actinit/harness/ops"
	"actinit/harness/progress"
	"actinit/harness/result"
	"actinit/kernels/initializer"
)

// A memory is a journal that is kept in memory.
type memory struct {
	units []string
	rows  map[string][]result.Layer
	saved func() // called after each Save
	err   error  // returned by Save
}

func (m *memory) Done(unit string) bool { return m.rows[unit] != nil }

func (m *memory) Save(unit string, rows []result.Layer) error {
	if m.err != nil {
		return m.err
	}
	if m.rows == nil {
		m.rows = map[string][]result.Layer{}
	}
	m.units = append(m.units, unit)
	m.rows[unit] = rows
	if m.saved != nil {
		m.saved()
	}
	return nil
}

// all returns the rows in the order of their units' names.
func (m *memory) all() []result.Layer {
	var rows []result.Layer
	for _, unit := range slices.Sorted(slices.Values(m.units)) {
		rows = append(rows, m.rows[unit]...)
	}
	return rows
}

// tiny are options of a run of small nets, digits included.
func tiny() Options {
	return Options{All: true, Depth: 3, Width: 70, Batch: 9, Seed: 5, Workers: 1,
		Filter: func(activation, _, _ string, _, _ int) bool { return activation == "tanh" || activation == "maxout" }}
}

func run(t *testing.T, o Options) *memory {
	t.Helper()
	m := &memory{}
	o.Journal = m
	if err := Run(context.Background(), o); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestRunSameForAnyWorkersAndOrder(t *testing.T) {
	o := tiny()
	want := run(t, o).all()
	if len(want) != 2*9*(2+5*3) {
		t.Fatalf("%d rows, want two activations x nine cells x 17", len(want))
	}
	for _, workers := range []int{0, 2, 3, 7} {
		o.Workers = workers
		if diff := differ(run(t, o).all(), want); diff != "" {
			t.Errorf("%d workers: %s", workers, diff)
		}
	}

	// One cell at a time, the last first, in fresh memory.
	cells := plan(t, o)
	alone := &memory{}
	for _, c := range slices.Backward(cells) {
		rows, err := NewMachine(2).Measure(context.Background(), c)
		if err != nil {
			t.Fatal(err)
		}
		if err := alone.Save(c.Unit(), rows); err != nil {
			t.Fatal(err)
		}
	}
	if diff := differ(alone.all(), want); diff != "" {
		t.Errorf("each cell alone: %s", diff)
	}

	o.Seed++
	if differ(run(t, o).all(), want) == "" {
		t.Error("another seed gives the same rows")
	}
}

func TestRunFillsEveryRow(t *testing.T) {
	o := tiny()
	o.Identity = result.Identity{RunID: "run", Host: "host", Started: time.Unix(1e9, 0).UTC()}
	for unit, rows := range run(t, o).rows {
		for _, row := range rows {
			name := unit + ": " + row.Quantity
			if row.RunID != "run" || row.Host != "host" || !row.Started.Equal(o.Identity.Started) || row.Seed != 5 {
				t.Errorf("%s: identity %q %q %v %d", name, row.RunID, row.Host, row.Started, row.Seed)
			}
			pieces := int64(1)
			if row.Activation == "maxout" {
				pieces = 2
				if row.Param != 2 {
					t.Errorf("%s: parameter %g, want the number of pieces", name, row.Param)
				}
			}
			inputs := int64(70)
			if row.Data == DataDigits {
				inputs = 64
			}
			fanIn := inputs
			if row.Layer > 1 {
				fanIn = 70
			}
			count := map[string]int64{
				Activation: 9 * 70, Gradient: 9 * 70, Preactivation: pieces * 9 * 70,
				Weight: pieces * 70 * fanIn, WeightGradient: pieces * 70 * fanIn,
			}[row.Quantity]
			if row.Layer == 0 {
				count, fanIn = 9*inputs, 0
			}
			if row.Count != count || row.FanIn != fanIn || row.NaN != 0 || row.Inf != 0 {
				t.Errorf("%s, layer %d: %d values, fan-in %d; want %d, %d, and all finite", name, row.Layer, row.Count, row.FanIn, count, fanIn)
			}
			weights := pieces * 70 * (inputs + 2*70)
			if row.Parameters != weights || row.FLOPs != 2*weights {
				t.Errorf("%s: %d parameters and %d operations, want %d and twice that", name, row.Parameters, row.FLOPs, weights)
			}
			if hasWeight := row.Quantity == WeightGradient; math.IsNaN(row.NormToWeight) == hasWeight || math.IsNaN(row.UpdateToWeight) == hasWeight {
				t.Errorf("%s: norm to weight %g, update to weight %g", name, row.NormToWeight, row.UpdateToWeight)
			}
			saturates := row.Activation == "tanh" && row.Quantity == Activation && row.Layer > 0
			if math.IsNaN(row.SaturatedShare) == saturates {
				t.Errorf("%s, layer %d: saturated share %g", name, row.Layer, row.SaturatedShare)
			}
			if math.IsNaN(row.TheoryRMS) || row.TheoryRMS/row.RMS > 2 || row.RMS/row.TheoryRMS > 2 {
				t.Errorf("%s, layer %d: RMS %g, theory %g", name, row.Layer, row.RMS, row.TheoryRMS)
			}
		}
	}
}

// An interrupted run is resumed where it stopped and ends with the same rows.
func TestRunResumes(t *testing.T) {
	o := tiny()
	want := run(t, o)

	ctx, cancel := context.WithCancel(context.Background())
	m := &memory{}
	m.saved = func() {
		if len(m.units) == 3 {
			cancel()
		}
	}
	o.Journal = m
	if err := Run(ctx, o); !errors.Is(err, context.Canceled) {
		t.Fatalf("interrupted run: error %v", err)
	}
	if len(m.units) != 3 {
		t.Fatalf("%d units saved after the third cancelled the run", len(m.units))
	}
	if err := Run(context.Background(), o); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(m.units, want.units) {
		t.Errorf("units %q, want each once: %q", m.units, want.units)
	}
	if diff := differ(m.all(), want.all()); diff != "" {
		t.Errorf("resumed: %s", diff)
	}
}

func TestRunHandsOnErrors(t *testing.T) {
	o := tiny()
	full := errors.New("disk full")
	o.Journal = &memory{err: full}
	if err := Run(context.Background(), o); !errors.Is(err, full) {
		t.Errorf("journal's error: %v", err)
	}
	o.Journal = nil
	if err := Run(context.Background(), o); err == nil || !strings.Contains(err.Error(), "no journal") {
		t.Errorf("no journal: error %v", err)
	}
	o.Journal, o.Width = &memory{}, -2
	if err := Run(context.Background(), o); err == nil || !strings.HasPrefix(err.Error(), "--width -2") {
		t.Errorf("bad width: error %v", err)
	}
	for _, c := range []Cell{cell("tanj", Kaiming, DataN01, 1, 1, 1), cell("tanh", "kaming", DataN01, 1, 1, 1), cell("tanh", Kaiming, "n02", 1, 1, 1)} {
		if _, err := NewMachine(1).Measure(context.Background(), c); err == nil {
			t.Errorf("%v ran", c)
		}
	}
}

// A tally counts what is reported.
type tally struct {
	progress.Silent
	total, done int64
	ended       bool
}

func (c *tally) Begin(_ string, total int64) { c.total = total }
func (c *tally) Add(n int64)                 { c.done += n }
func (c *tally) End()                        { c.ended = true }

func TestRunReportsAllProgress(t *testing.T) {
	o, c := tiny(), &tally{}
	o.Progress = c
	run(t, o)
	if c.total == 0 || c.done != c.total || !c.ended {
		t.Errorf("%d of %d reported, ended: %v", c.done, c.total, c.ended)
	}
}

// A net whose signals overflow is described, not dropped: 40 ReLU layers with
// weights of standard deviation 4 multiply the RMS by 32 each.
func TestExplodingNetCountsInfinities(t *testing.T) {
	const width = 128
	row, ok := ops.Find("relu")
	if !ok {
		t.Fatal("no relu in the table")
	}
	c := cell("relu", "normal 4", DataN01, 40, width, 4)
	m := NewMachine(2)
	x, err := m.input(c)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := m.measure(context.Background(), c, row, byRule(initializer.Normal(0, 4)), x)
	if err != nil {
		t.Fatal(err)
	}
	bottom, top := pick(rows, 1, Activation), pick(rows, 40, Activation)
	if bottom.Inf+bottom.NaN != 0 || top.Inf+top.NaN == 0 {
		t.Errorf("layer 1: %d Inf, %d NaN; layer 40: %d Inf, %d NaN", bottom.Inf, bottom.NaN, top.Inf, top.NaN)
	}
	if top.Count != 4*width {
		t.Errorf("layer 40: %d values counted, want %d", top.Count, 4*width)
	}
	stories := Stories(rows)
	if len(stories) != 1 || !strings.Contains(stories[0].Verdict(), "NaN or infinite") {
		t.Errorf("stories %v", stories)
	}
}

// Weights that are all alike have no mean-field theory, and say so with NaN.
func TestConstantWeightsHaveNoTheory(t *testing.T) {
	rows := experiment(t, "tanh", initializer.Constant(.1), 2, 8, 3, 1)
	for _, row := range rows {
		if row.Quantity != Weight && !math.IsNaN(row.TheoryRMS) {
			t.Errorf("%s, layer %d: theory %g", row.Quantity, row.Layer, row.TheoryRMS)
		}
	}
	if w := pick(rows, 1, Weight); w.Std > 1e-9 || math.Abs(w.Mean-.1) > 1e-8 {
		t.Errorf("weights have mean %g, std %g", w.Mean, w.Std)
	}
	if all := Lecture(rows); len(all) != 0 {
		t.Errorf("compared with a theory: %v", all)
	}
}
