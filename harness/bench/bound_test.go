package bench

import (
	"context"
	"math"
	"slices"
	"testing"
	"time"

	"actinit/harness/result"
	"actinit/harness/roofline"
	"actinit/kernels"
)

// limitJournal is a journal of limits in memory.
type limitJournal struct{ rows []result.Limit }

func (*limitJournal) Done(string) bool { return false }

func (j *limitJournal) Save(_ string, rows []result.Limit) error {
	j.rows = append(j.rows, rows...)
	return nil
}

// TestBounds measures what a plan demands: then every row has a bound.
func TestBounds(t *testing.T) {
	var j memory
	o := small(t, &j)
	var limits limitJournal
	err := roofline.Measure(context.Background(), roofline.Options{Demands: plan(t, o).Demands(), Rounds: 2, SampleTime: time.Microsecond, Journal: &limits})
	if err != nil {
		t.Fatal(err)
	}
	o.Limits = roofline.NewLimits(limits.rows, kernels.ISA())
	if err := Run(context.Background(), o); err != nil {
		t.Fatal(err)
	}
	for _, r := range j.rows {
		if r.Bound == "" || r.BoundNs == nil || !(*r.BoundNs > 0) {
			t.Errorf("%s: no bound", result.Name(r))
		}
		_, known := roofline.OperationsOf(r.Kernel())
		if known != (r.Intensity != nil) {
			t.Errorf("%s: operations known: %v, intensity %v", result.Name(r), known, r.Intensity)
		}
	}
}

// Hold finds again what Run has found, in each row by the limits of its machine: on one whose rates are twice as high,
// half the time.
func TestHold(t *testing.T) {
	var j memory
	o := small(t, &j)
	var limits limitJournal
	err := roofline.Measure(context.Background(), roofline.Options{Demands: plan(t, o).Demands(), Rounds: 2, SampleTime: time.Microsecond, Journal: &limits, Identity: result.Identity{Host: "bee"}})
	if err != nil {
		t.Fatal(err)
	}
	o.Limits, o.Identity.Host = roofline.NewLimits(limits.rows, kernels.ISA()), "bee"
	if err := Run(context.Background(), o); err != nil {
		t.Fatal(err)
	}
	all, want := limits.rows, slices.Clone(j.rows)
	for _, l := range limits.rows {
		l.Host, l.PerS = "ant", 2*l.PerS
		all = append(all, l)
	}
	for i := range j.rows {
		r := &j.rows[i]
		r.Host = []string{"bee", "ant", "cow"}[i%3]
		if r.Host != "cow" { // which has no limits, so that its rows keep their bounds
			r.Bound, r.BoundNs, r.Intensity = "", nil, nil
		}
	}
	Hold(j.rows, all, kernels.ISA())
	for i, r := range j.rows {
		factor := map[string]float64{"bee": 1, "ant": .5, "cow": 1}[r.Host]
		if r.Bound != want[i].Bound || r.BoundNs == nil || math.Abs(*r.BoundNs/(factor**want[i].BoundNs)-1) > 1e-9 || (r.Intensity == nil) != (want[i].Intensity == nil) {
			t.Errorf("%s on %s: bound %s %v, want %s and %v of %v", result.Name(r), r.Host, r.Bound, r.BoundNs, want[i].Bound, factor, want[i].BoundNs)
		}
	}
}

// TestWork pins down what is loaded and what stored, per element.
func TestWork(t *testing.T) {
	const n = 1000
	want := map[string][2]int64{
		"constant fill float32": {0, 4}, "relu forward float32": {4, 4}, "relu backward float64": {16, 8},
		"sigmoid backward float32": {8, 4}, "prelu slopegrad float32": {8, 0},
		"maxout forward float32": {8, 4 + 1}, "maxout backward float64": {8 + 1, 16}, "swiglu backward float32": {12, 8},
	}
	seen := map[string]bool{}
	for _, c := range plan(t, Options{Sizes: []int{n}}).Cells {
		name := c.Op + " " + c.Direction + " " + c.Type
		w := c.work()
		if w.Loaded+w.Stored != c.BytesPerOp() || w.Bytes != c.BytesPerOp() {
			t.Errorf("%s: %d loaded, %d stored, %d operands, %d bytes", name, w.Loaded, w.Stored, w.Bytes, c.BytesPerOp())
		}
		if of, there := want[name]; there {
			seen[name] = true
			if w.Loaded != n*of[0] || w.Stored != n*of[1] {
				t.Errorf("%s: %d loaded and %d stored for %d elements", name, w.Loaded, w.Stored, n)
			}
		}
	}
	if len(seen) != len(want) {
		t.Errorf("only %v are in the plan", seen)
	}
	c := plan(t, Options{Sizes: []int{n}, Filter: parse(t, "op:relu dir:forward type:float32")}).Cells[0]
	c.Mode = result.InPlace
	if w := c.work(); w.Bytes != 4*n || !w.InPlace {
		t.Errorf("in place: %+v", w)
	}
	c.Mode = result.Cold
	if w := c.work(); w.Bytes != roofline.Most || w.InPlace {
		t.Errorf("cold: %+v", w)
	}
}

func TestDemands(t *testing.T) {
	s := plan(t, Options{Sizes: []int{1000}, Workers: []int{2}, Filter: parse(t, "op:relu dir:forward -variant:reference")})
	var bytes []int64
	for _, d := range s.Demands() {
		if d.Workers != 2 || d.InPlace {
			t.Errorf("%+v", d)
		}
		if !slices.Contains(bytes, d.Bytes) {
			bytes = append(bytes, d.Bytes)
		}
	}
	slices.Sort(bytes)
	if !slices.Equal(bytes, []int64{8000, 16000}) {
		t.Errorf("limits of %d bytes are demanded", bytes)
	}
}
