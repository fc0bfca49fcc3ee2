package statistics

import (
	"math"
	"math/rand/v2"
	"testing"

	"actinit/harness/dense"
)

// normal returns a matrix of normal numbers of variance 1/cols, whose columns are times decay^j.
func normal(rows, cols int, decay float64) dense.Matrix[float64] {
	rng := rand.New(rand.NewPCG(7, uint64(rows)))
	m := dense.New[float64](rows, cols)
	for i := range rows {
		scale := 1 / math.Sqrt(float64(cols))
		for j := range cols {
			m.Row(i)[j] = scale * rng.NormFloat64()
			scale *= decay
		}
	}
	return m
}

// The largest singular values are those of gonum's SVD, as exact as they say; of a matrix that is
// known and of one that is not.
func TestLargest(t *testing.T) {
	for _, c := range []struct {
		rows, cols, k int
		decay         float64
	}{{60, 90, 5, .9}, {90, 60, 5, .9}, {120, 120, 3, 1}, {8, 8, 8, 1}, {14, 13, 2, 1}, {150, 200, 4, 1}, {5, 200, 9, 1}, {200, 5, 9, 1}, {1, 1, 1, 1}} {
		m := normal(c.rows, c.cols, c.decay)
		want, err := SingularValues(m)
		if err != nil {
			t.Fatal(err)
		}
		square := 0.
		for _, v := range want {
			square += v * v
		}
		frobenius := math.Sqrt(square)
		known := OperatorOf(m)
		unknown := Operator{Rows: known.Rows, Cols: known.Cols, Apply: known.Apply, ApplyTransposed: known.ApplyTransposed}
		for name, o := range map[string]Operator{"matrix": known, "implicit": unknown} {
			got, err := o.Largest(c.k, 11)
			if err != nil {
				t.Fatal(err)
			}
			if len(got.Values) != min(c.k, c.rows, c.cols) {
				t.Fatalf("%+v, %s: %d values", c, name, len(got.Values))
			}
			for i, v := range got.Values {
				rounding := 1e-12 * want[0]
				if v > want[i]+rounding || got.Within[i] > 1e-5*want[0] {
					t.Errorf("%+v, %s: value %d is %v +- %v, want %v", c, name, i, v, got.Within[i], want[i])
				}
				nearest := math.Inf(1)
				for _, w := range want {
					nearest = min(nearest, math.Abs(v-w))
				}
				if nearest > got.Within[i]+rounding || math.Abs(v-want[i]) > 1e-8*want[0] {
					t.Errorf("%+v, %s: value %d is %v +- %v, want %v", c, name, i, v, got.Within[i], want[i])
				}
			}
			exact := name == "matrix" || c.cols <= probes
			if exact && (math.Abs(got.Frobenius/frobenius-1) > 1e-12 || got.FrobeniusError != 0) {
				t.Errorf("%+v, %s: Frobenius norm %v +- %v, want %v", c, name, got.Frobenius, got.FrobeniusError, frobenius)
			}
			if !exact && (math.Abs(got.Frobenius-frobenius) > 4*got.FrobeniusError || got.FrobeniusError == 0) {
				t.Errorf("%+v, %s: Frobenius norm %v +- %v, want %v", c, name, got.Frobenius, got.FrobeniusError, frobenius)
			}
		}
	}
}

// A matrix of rank 2, and of rank 0, whose other values are 0.
func TestLargestOfLowRank(t *testing.T) {
	m := dense.New[float32](40, 30)
	for _, scale := range []float32{1, 0} {
		for i := range m.Rows {
			for j := range m.Cols {
				m.Row(i)[j] = scale * float32(1+i*j)
			}
		}
		got, err := OperatorOf(m).Largest(4, 1)
		if err != nil {
			t.Fatal(err)
		}
		if got.Values[2] > 1e-9*max(1, got.Values[0]) || (got.Values[1] > 0) != (scale > 0) {
			t.Errorf("%v", got.Values)
		}
	}
	m.Data[0] = inf32
	if _, err := OperatorOf(m).Largest(1, 1); err == nil {
		t.Error("an infinite matrix has singular values")
	}
	unknown := OperatorOf(m)
	unknown.matrix = nil
	if _, err := unknown.Largest(1, 1); err == nil {
		t.Error("an infinite operator has singular values")
	}
}

// The largest squared singular value of a square matrix of independent numbers of variance 1/n is 4
// for many n (Marchenko & Pastur 1967), and the mean of all is 1.
func TestLargestOfWideMatrix(t *testing.T) {
	const n = 400
	got, err := OperatorOf(normal(n, n, 1)).Largest(1, 1)
	if err != nil {
		t.Fatal(err)
	}
	if v := got.Values[0]; math.Abs(v*v-4) > .15 || got.Within[0] > 2e-5 || math.Abs(got.Frobenius*got.Frobenius/n-1) > .01 {
		t.Errorf("%+v", got)
	}
}
