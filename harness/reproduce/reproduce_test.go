package reproduce

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"actinit/harness/result"
)

// What an experiment claims is stated in full: no number is left to be chosen afterwards.
func TestStated(t *testing.T) {
	names := map[string]bool{}
	for _, x := range All() {
		if x.Name == "" || names[x.Name] || strings.ToLower(x.Name) != x.Name || strings.ContainsAny(x.Name, " _") {
			t.Errorf("experiment %q: want a name of its own, small letters and hyphens", x.Name)
		}
		names[x.Name] = true
		if x.Paper == "" || x.About == "" || strings.Contains(x.About, "\n") || x.Cost < 100*time.Millisecond || x.Cost > 10*time.Minute {
			t.Errorf("%s: paper %q, about %q, cost %v", x.Name, x.Paper, x.About, x.Cost)
		}
		if x.Seeds < 3 {
			t.Errorf("%s: %d seeds show no interval, want 3 or more", x.Name, x.Seeds)
		}
		if len(x.Claims) == 0 {
			t.Errorf("%s claims nothing", x.Name)
		}
		statements := map[string]bool{}
		for _, c := range x.Claims {
			if c.Statement == "" || c.Source == "" || statements[c.Statement] || math.IsNaN(c.Published) {
				t.Errorf("%s: claim %+v", x.Name, c)
			}
			statements[c.Statement] = true
			c.Bounds() // panics where there is no such relation
			switch c.Relation {
			case About, Within:
				if !(c.Tolerance > 0) {
					t.Errorf("%s: %q has the tolerance %v", x.Name, c.Statement, c.Tolerance)
				}
			default:
				if c.Tolerance < 0 {
					t.Errorf("%s: %q has the tolerance %v", x.Name, c.Statement, c.Tolerance)
				}
			}
		}
	}
}

// cheap is what an experiment may cost to be run by the tests.
const cheap = 2 * time.Second

// The cheap experiments run, with the same rows for any number of workers. Whether the
// papers' numbers come out is what the command is for, but these are no matter of luck.
func TestCheapExperiments(t *testing.T) {
	for _, x := range All() {
		if x.Cost > cheap || testing.Short() {
			continue
		}
		t.Run(x.Name, func(t *testing.T) {
			claims, curves, err := Measure(t.Context(), x, 1, 1, nil)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range claims {
				if !c.Agrees {
					t.Errorf("%s: %v [%v, %v], published %v", c.Statement, c.Measured, c.Low, c.High, c.Published)
				}
			}
			if len(curves) == 0 {
				t.Error("it draws nothing")
			}
			again, drawn, err := Measure(t.Context(), x, 1, 3, nil)
			if err != nil {
				t.Fatal(err)
			}
			seconds := cmpopts.IgnoreFields(result.Claim{}, "Seconds")
			if diff := cmp.Diff(claims, again, seconds, cmpopts.EquateNaNs()); diff != "" {
				t.Errorf("three workers make other claims:\n%s", diff)
			}
			if diff := cmp.Diff(curves, drawn, cmpopts.EquateNaNs()); diff != "" {
				t.Errorf("three workers draw other curves:\n%s", diff)
			}
		})
	}
}

func TestHolds(t *testing.T) {
	for _, c := range []struct {
		relation  string
		tolerance float64
		holds     []float64
		not       []float64
		bounds    string
	}{
		{About, .5, []float64{1.5, 2, 2.5}, []float64{1.4, 2.6, math.NaN(), math.Inf(1)}, "±0.5"},
		{Within, .1, []float64{1.81, 2, 2.19}, []float64{1.79, 2.21, -2, math.NaN(), math.Inf(-1)}, "±10%"},
		{AtLeast, .1, []float64{1.9, 2, math.Inf(1)}, []float64{1.89, math.NaN(), math.Inf(-1)}, ">= 1.9"},
		{AtMost, .1, []float64{2.1, 0, math.Inf(-1)}, []float64{2.11, math.NaN(), math.Inf(1)}, "<= 2.1"},
	} {
		claim := Claim{Published: 2, Relation: c.relation, Tolerance: c.tolerance}
		for _, v := range c.holds {
			if !claim.holds(v) {
				t.Errorf("%v %s %v: does not hold", v, c.relation, claim.Bounds())
			}
		}
		for _, v := range c.not {
			if claim.holds(v) {
				t.Errorf("%v %s %v: holds", v, c.relation, claim.Bounds())
			}
		}
		if claim.Bounds() != c.bounds {
			t.Errorf("%s: bounds %q, want %q", c.relation, claim.Bounds(), c.bounds)
		}
	}
}

// toy is an experiment without nets.
func toy(name string, run func(ctx context.Context, e *Env) error) Experiment {
	return Experiment{Name: name, Paper: "nobody", Cost: time.Second, Seeds: 3, Run: run, Claims: []Claim{
		{Statement: "first", Published: 3, Relation: About, Tolerance: .5, Source: "here"},
		{Statement: "second", Published: 1, Relation: AtMost, Source: "there"},
	}}
}

// Rows carry the mean and the interval over the seeds, in the order of the claims, and
// points the place along their line.
func TestMeasure(t *testing.T) {
	x := toy("toy", nil)
	x.Run = func(_ context.Context, e *Env) error {
		if diff := cmp.Diff([]uint64{7, 8, 9}, e.Seeds()); diff != "" {
			t.Errorf("seeds:\n%s", diff)
		}
		e.Measured(x.Claims[1], 0, 3, 6)
		e.Measured(x.Claims[0], 2, 4, 3)
		for _, y := range []float64{5, 4} {
			e.Point("figure", "a", 7, 1, y)
			e.Point("figure", SeriesTheory, 0, 2, y)
		}
		return nil
	}
	claims, curves, err := Measure(t.Context(), x, 7, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []result.Claim{
		{Experiment: "toy", Paper: "nobody", Statement: "first", Published: 3, Source: "here", Relation: About, Tolerance: .5, Measured: 3, Low: 2, High: 4, Seeds: 3, Agrees: true},
		{Experiment: "toy", Paper: "nobody", Statement: "second", Published: 1, Source: "there", Relation: AtMost, Measured: 3, Low: 0, High: 6, Seeds: 3},
	}
	if diff := cmp.Diff(want, claims, cmpopts.IgnoreFields(result.Claim{}, "Seconds"), cmpopts.EquateApprox(0, 1e-12)); diff != "" {
		t.Errorf("claims (-want +got):\n%s", diff)
	}
	points := []result.Curve{
		{Experiment: "toy", Figure: "figure", Series: "a", Seed: 7, X: 1, Y: 5},
		{Experiment: "toy", Figure: "figure", Series: "theory", X: 2, Y: 5},
		{Experiment: "toy", Figure: "figure", Series: "a", Seed: 7, Point: 1, X: 1, Y: 4},
		{Experiment: "toy", Figure: "figure", Series: "theory", Point: 1, X: 2, Y: 4},
	}
	if diff := cmp.Diff(points, curves); diff != "" {
		t.Errorf("curves (-want +got):\n%s", diff)
	}
}

// An experiment that departs from what it stated fails.
func TestDepartures(t *testing.T) {
	for want, run := range map[string]func(x *Experiment) func(context.Context, *Env) error{
		`claims "second" and did not measure it`: func(x *Experiment) func(context.Context, *Env) error {
			return func(_ context.Context, e *Env) error { e.Measured(x.Claims[0], 1, 2, 3); return nil }
		},
		`measured "first", which it does not claim`: func(x *Experiment) func(context.Context, *Env) error {
			return func(_ context.Context, e *Env) error {
				loose := x.Claims[0]
				loose.Tolerance = 5
				e.Measured(loose, 1, 2, 3)
				return nil
			}
		},
		`measured "first" twice`: func(x *Experiment) func(context.Context, *Env) error {
			return func(_ context.Context, e *Env) error {
				e.Measured(x.Claims[0], 1, 2, 3)
				e.Measured(x.Claims[0], 3, 3, 3)
				return nil
			}
		},
		`measured "first" with 2 seeds, not 3`: func(x *Experiment) func(context.Context, *Env) error {
			return func(_ context.Context, e *Env) error { e.Measured(x.Claims[0], 3, 3); return nil }
		},
	} {
		x := toy("toy", nil)
		x.Run = run(&x)
		if _, _, err := Measure(t.Context(), x, 1, 1, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}

// A journal in memory.
type journal[R any] map[string][]R

func (j journal[R]) Done(unit string) bool            { _, ok := j[unit]; return ok }
func (j journal[R]) Save(unit string, rows []R) error { j[unit] = rows; return nil }
func fixed(_ context.Context, e *Env) error {
	e.Measured(e.experiment.Claims[0], 3, 3, 3)
	e.Measured(e.experiment.Claims[1], 1, 1, 1)
	e.Point("f", "s", 1, 1, 1)
	e.Step(2)
	return nil
}

// counter adds up what it is told of.
type counter struct{ total, done int64 }

func (c *counter) Begin(_ string, total int64) { c.total += total }
func (c *counter) Add(n int64)                 { c.done += n }
func (c *counter) Note(string)                 {}
func (c *counter) End()                        {}

// An interrupted run keeps what was finished, and goes on with the rest.
func TestResume(t *testing.T) {
	claims, curves := journal[result.Claim]{}, journal[result.Curve]{}
	ran := map[string]int{}
	counting := func(name string, err error) Experiment {
		return toy(name, func(ctx context.Context, e *Env) error {
			ran[name]++
			if err != nil {
				return err
			}
			return fixed(ctx, e)
		})
	}
	var shown counter
	o := Options{Experiments: []Experiment{counting("a", nil), counting("b", context.Canceled)}, Seed: 1, Claims: claims, Curves: curves,
		Identity: result.Identity{RunID: "r", Host: "box"}, Progress: &shown}
	if err := Run(t.Context(), o); !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v", err)
	}
	o.Experiments[1] = counting("b", nil)
	shown = counter{}
	if err := Run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	if shown.total != 1 || shown.done != 1 {
		t.Errorf("progress: %d of %d s, want 1 of the one experiment that was left", shown.done, shown.total)
	}
	if ran["a"] != 1 || ran["b"] != 2 {
		t.Errorf("runs %v", ran)
	}
	for _, x := range o.Experiments {
		c, p := claims[x.Unit(1)], curves[x.Unit(1)]
		if len(c) != 2 || len(p) != 1 || c[0].RunID != "r" || p[0].Host != "box" {
			t.Errorf("%s: %+v, %+v", x.Name, c, p)
		}
	}
	// Another seed is another measurement.
	o.Seed = 2
	if err := Run(t.Context(), o); err != nil || ran["a"] != 2 {
		t.Errorf("%v, %v", err, ran)
	}
}
