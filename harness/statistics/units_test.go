package statistics

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"actinit/harness/dense"
)

func TestUnits(t *testing.T) {
	nan := float32(math.NaN())
	m := dense.Matrix[float32]{Rows: 2, Cols: 4, Stride: 5, Data: []float32{
		0, 1, 0, nan, 9,
		0, .99, -2, 0, 9,
	}}
	u := NewUnits(4)
	ObserveUnits(u, m, -.97, .97)
	if u.Dead() != 1 {
		t.Errorf("%d dead units, want 1: the first column alone is zero in every row", u.Dead())
	}
	if u.Saturated() != 1 {
		t.Errorf("%d saturated units, want 1: the second column alone is beyond .97 in every row", u.Saturated())
	}
	if got, want := u.FiringShares(), []float64{0, 1, .5, .5}; !slices.Equal(got, want) {
		t.Errorf("they fire on %v, want %v", got, want)
	}
}

// A unit that fires on one example of a later batch alone is not dead, whoever saw it.
func TestUnitsMerge(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	m := dense.New[float32](40, 30)
	for i := range m.Rows {
		for j := range m.Cols {
			if rng.IntN(30) == 0 {
				m.Row(i)[j] = float32(rng.NormFloat64())
			}
		}
	}
	whole := NewUnits(m.Cols)
	ObserveUnits(whole, m, -1, 1)
	for cut := range m.Rows + 1 {
		a, b := NewUnits(m.Cols), NewUnits(m.Cols)
		ObserveUnits(a, m.RowRange(0, cut), -1, 1)
		ObserveUnits(b, m.RowRange(cut, m.Rows), -1, 1)
		a.Merge(b)
		if a.Dead() != whole.Dead() || a.Saturated() != whole.Saturated() || !slices.Equal(a.FiringShares(), whole.FiringShares()) {
			t.Errorf("cut at %d: %d dead, %d saturated; want %d, %d", cut, a.Dead(), a.Saturated(), whole.Dead(), whole.Saturated())
		}
	}
	if whole.Dead() == 0 || whole.Dead() == int64(m.Cols) {
		t.Errorf("%d dead units prove little", whole.Dead())
	}
}
