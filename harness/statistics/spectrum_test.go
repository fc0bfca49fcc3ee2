package statistics

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"actinit/harness/dense"
)

func TestRanksOf(t *testing.T) {
	for name, c := range map[string]struct {
		values []float64
		want   Ranks
	}{
		"equal":    {[]float64{2, 2, 2, 2}, Ranks{4, 4, 4}},
		"one":      {[]float64{0, 5, 0}, Ranks{1, 1, 1}},
		"rounding": {[]float64{1, -1e-18, 1}, Ranks{2, 2, 2}},
		"unequal":  {[]float64{.005, .9, .095}, Ranks{1 / (.81 + .095*.095 + .005*.005), math.Exp(-.9*math.Log(.9) - .095*math.Log(.095) - .005*math.Log(.005)), 2}},
	} {
		got := RanksOf(c.values)
		if math.Abs(got.Participation-c.want.Participation) > 1e-12 || math.Abs(got.Entropy-c.want.Entropy) > 1e-12 || got.Intrinsic != c.want.Intrinsic {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
	for _, values := range [][]float64{{0, 0}, {math.NaN(), 1}, {math.Inf(1), 1}, nil} {
		if got := RanksOf(values); !math.IsNaN(got.Participation) || got.Intrinsic != 0 {
			t.Errorf("of %v: %+v", values, got)
		}
	}
}

// signal returns examples that vary along the given number of directions, about a mean.
func signal(rows, cols, dims int) dense.Matrix[float32] {
	rng := rand.New(rand.NewPCG(1, uint64(dims)))
	basis := dense.New[float64](dims, cols)
	for i := range dims {
		for j := range cols {
			basis.Row(i)[j] = rng.NormFloat64()
		}
	}
	m := dense.New[float32](rows, cols)
	for i := range rows {
		x := make([]float64, cols)
		for d := range dims {
			c := rng.NormFloat64()
			for j := range cols {
				x[j] += c * basis.Row(d)[j]
			}
		}
		for j := range cols {
			m.Row(i)[j] = float32(3 + x[j])
		}
	}
	return m
}

// The Gram matrix and the covariance have the same ranks, which are those of gonum's
// covariance matrix.
func TestGramAndCovarianceAgree(t *testing.T) {
	for _, c := range []struct{ rows, cols, dims int }{{60, 20, 5}, {40, 100, 8}, {200, 50, 50}} {
		m := signal(c.rows, c.cols, c.dims)
		all := mat.NewDense(c.rows, c.cols, nil)
		for i := range c.rows {
			for j, v := range m.Row(i) {
				all.Set(i, j, float64(v))
			}
		}
		want := mat.NewSymDense(c.cols, nil)
		stat.CovarianceMatrix(want, all, nil)
		exact := ranksOf(want)
		covariance := NewCovariance(c.cols)
		for first := 0; first < c.rows; first += 17 {
			covariance.Observe(m.RowRange(first, min(first+17, c.rows)))
		}
		gram := GramOf(m)
		for name, got := range map[string]Ranks{"covariance": covariance.Ranks(), "gram": gram.Ranks()} {
			if math.Abs(got.Participation/exact.Participation-1) > 1e-4 || math.Abs(got.Entropy/exact.Entropy-1) > 1e-3 || got.Intrinsic != exact.Intrinsic {
				t.Errorf("%+v, %s: %+v, want %+v", c, name, got, exact)
			}
			if got.Intrinsic > c.dims || got.Participation > float64(c.dims)+1e-3 {
				t.Errorf("%+v, %s: %+v for %d directions", c, name, got, c.dims)
			}
		}
		if got := gram.Participation(); math.Abs(got/exact.Participation-1) > 1e-4 {
			t.Errorf("%+v: participation %v without eigenvalues, want %v", c, got, exact.Participation)
		}
	}
}

func TestCovarianceMerges(t *testing.T) {
	m := signal(50, 12, 6)
	whole, a, b := NewCovariance(12), NewCovariance(12), NewCovariance(12)
	whole.Observe(m)
	a.Observe(m.RowRange(0, 13))
	b.Observe(m.RowRange(13, 50))
	a.Merge(b)
	a.Merge(NewCovariance(12))
	if one, two := whole.Ranks(), a.Ranks(); math.Abs(one.Participation-two.Participation) > 1e-10 || one.Intrinsic != two.Intrinsic {
		t.Errorf("in parts %+v, at once %+v", two, one)
	}
}

// A projected covariance knows few directions of many units.
func TestCovarianceProjects(t *testing.T) {
	m := signal(300, ExactUnits+100, 4)
	c := NewCovariance(m.Cols)
	c.Observe(m)
	if !c.Projected() || NewCovariance(ExactUnits).Projected() {
		t.Error("the wrong covariance is projected")
	}
	if got, want := c.Ranks(), GramOf(m).Ranks(); math.Abs(got.Participation/want.Participation-1) > .1 || got.Intrinsic > 4 {
		t.Errorf("projected %+v, want about %+v", got, want)
	}
}

func TestGramCorrelation(t *testing.T) {
	m := dense.Of(3, 2, []float32{1, 0, 0, 2, 3, 3})
	if got, want := GramOf(m).Correlation(), (0+math.Sqrt2/2+math.Sqrt2/2)/3; math.Abs(got-want) > 1e-7 {
		t.Errorf("correlation %v, want %v", got, want)
	}
	if got := GramOf(dense.Of(3, 1, []float32{0, 1, -2})).Correlation(); got != -1 {
		t.Errorf("correlation %v, want that of the two examples that are not 0", got)
	}
	large := dense.Of(3, 2, []float32{1e30, 0, 0, 2e30, 3e30, 3e30})
	if got, want := GramOf(large).Correlation(), (0+math.Sqrt2/2+math.Sqrt2/2)/3; math.Abs(got-want) > 1e-6 {
		t.Errorf("of large examples: correlation %v, want %v", got, want)
	}
	if one, two := GramOf(large).Participation(), GramOf(m).Participation(); math.Abs(one-two) > 1e-5 {
		t.Errorf("of large examples: participation %v, want %v", one, two)
	}
	for _, silent := range []dense.Matrix[float32]{dense.Of(2, 1, []float32{0, 1}), dense.Of(1, 2, []float32{1, 2})} {
		if got := GramOf(silent).Correlation(); !math.IsNaN(got) {
			t.Errorf("correlation %v where there is none", got)
		}
	}
	nan := dense.Of(2, 2, []float32{float32(math.NaN()), 1, 1, 1})
	if r := GramOf(nan).Ranks(); !math.IsNaN(r.Participation) || r.Intrinsic != 0 {
		t.Errorf("ranks %+v with a NaN", r)
	}
}

func TestSingularValues(t *testing.T) {
	// Rotations about a diagonal of 3, 2, .5.
	c, s := math.Cos(.3), math.Sin(.3)
	m := dense.Of(3, 3, []float64{3 * c, -2 * s, 0, 3 * s, 2 * c, 0, 0, 0, .5})
	got, err := SingularValues(m)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []float64{3, 2, .5} {
		if math.Abs(got[i]-want) > 1e-12 {
			t.Errorf("singular value %d is %v, want %v", i, got[i], want)
		}
	}
	m.Data[0] = math.Inf(1)
	if _, err := SingularValues(m); err == nil {
		t.Error("an infinite matrix has singular values")
	}
}
