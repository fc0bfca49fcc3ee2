package bench

import (
	"context"
	"math"
	"slices"
	"testing"
	"time"

	"actinit/harness/result"
)

func TestRelativeHalfWidth(t *testing.T) {
	ten := []float64{10, 9, 8, 7, 6, 5, 4, 3, 2, 1}
	for _, c := range []struct {
		samples []float64
		want    float64
	}{
		{nil, math.Inf(1)},
		{ten[:5], math.Inf(1)}, // 2/32 is more than 5%
		{ten[4:], 2.5 / 3.5},   // 2/64 is less: from the smallest to the largest
		{ten, 3.5 / 5.5},       // 2*(1+10)/1024: from the second to the ninth
		{[]float64{2, 2, 2, 2, 2, 2, 2}, 0},
	} {
		before := slices.Clone(c.samples)
		if got := relativeHalfWidth(c.samples); math.Abs(got-c.want) > 1e-15 && got != c.want {
			t.Errorf("%v: %v, want %v", c.samples, got, c.want)
		}
		if !slices.Equal(before, c.samples) {
			t.Error("the samples were changed")
		}
	}
}

// TestBudget: rounds go on until all is known to the target, for what is uncertain only, and a
// resumed run does not begin anew.
func TestBudget(t *testing.T) {
	var j memory
	o := small(t, &j)
	o.Budget, o.Target = time.Minute, 1e6 // any interval will do
	if err := Run(context.Background(), o); err != nil || len(j.units) != MinSamples {
		t.Fatalf("all is known: %v, %d rounds, want %d", err, len(j.units), MinSamples)
	}
	o.Target, o.Budget, o.Saved = 1e-9, 500*time.Millisecond+sampled(j.rows), j.rows
	if err := Run(context.Background(), o); err != nil || len(j.units) <= MinSamples {
		t.Fatalf("nothing is known: %v, %d rounds, want more than %d", err, len(j.units), MinSamples)
	}
	o.Target, o.Saved, o.Budget = .5, j.rows, time.Minute
	s := plan(t, o)
	uncertain := s.uncertain(j.rows, o.Target)
	before := len(j.rows)
	ctx, cancel := context.WithCancel(context.Background())
	j.saved = func() error { cancel(); return nil } // after one round
	if err := Run(ctx, o); len(uncertain) > 0 && err == nil {
		t.Errorf("interrupted: %v", err)
	}
	if got := len(j.rows) - before; got != len(uncertain) {
		t.Errorf("%d samples in a round for %d uncertain cells", got, len(uncertain))
	}
	cancel()
}

// TestSpentOnPairs: what a resumed run counts for the rounds that it has are three samples of each half of a block, a
// quarter more for the calls before them, and a start of the processes for each round.
func TestSpentOnPairs(t *testing.T) {
	var rows []result.Pair
	for round := range int64(3) {
		for _, comparison := range []string{result.Change, result.Floor, result.Change, result.Floor} {
			rows = append(rows, result.Pair{Block: round, Comparison: comparison, OldNs: 1e6, NewNs: 2e6})
		}
	}
	if got, want := spentOnPairs(rows, 50*time.Millisecond), 3*(2*5*time.Millisecond*5/4+50*time.Millisecond); got != want {
		t.Errorf("%v, want %v", got, want)
	}
	if got := spentOnPairs(nil, time.Second); got != 0 {
		t.Errorf("%v of nothing", got)
	}
}
