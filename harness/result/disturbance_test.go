package result

import (
	"math"
	"testing"
)

func TestDisturbance(t *testing.T) {
	number := func(n int64) *int64 { return &n }
	load := func(r Bench) *float64 { return r.Load }
	two := 2.
	rows := []Bench{
		{ElapsedNs: 50e6, StealNs: number(10e6), Switches: number(3), Load: &two},
		{ElapsedNs: 50e6, StealNs: number(0), Switches: number(0)},
		{ElapsedNs: 900e6}, // of which nothing is known
	}
	if got := Stolen(rows); got != .1 {
		t.Errorf("%v of the time stolen, want .1", got)
	}
	if got := Switched(rows); got != .5 {
		t.Errorf("%v of the samples switched, want .5", got)
	}
	if got := Known(rows, load); len(got) != 1 || got[0] != 2 {
		t.Errorf("loads %v, want 2 alone", got)
	}
	if !math.IsNaN(Stolen(rows[2:])) || !math.IsNaN(Switched(rows[2:])) || len(Known(rows[2:], load)) > 0 {
		t.Error("what is unknown is given as a number")
	}
}

func TestQuantile(t *testing.T) {
	values := []float64{1, 2, 4, 8}
	for q, want := range map[float64]float64{0: 1, .5: 3, 1: 8, 1. / 3: 2, .25: 1.75} {
		if got := Quantile(values, q); math.Abs(got-want) > 1e-12 {
			t.Errorf("quantile %v is %v, want %v", q, got, want)
		}
	}
	if got := Quantile(nil, .5); !math.IsNaN(got) {
		t.Errorf("the quantile of nothing is %v", got)
	}
}
