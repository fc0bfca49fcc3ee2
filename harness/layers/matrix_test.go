package layers

import (
	"math"
	"runtime"
	"testing"

	"gonum.org/v1/gonum/blas"
	"pgregory.net/rapid"
)

// small draws a matrix of small whole numbers, whose products are exact.
func small(t *rapid.T, name string, rows, cols int) matrix[float32] {
	m := matrix[float32]{rows, cols, cols + rapid.IntRange(0, 3).Draw(t, name+" padding"), nil}
	m.data = make([]float32, rows*m.stride)
	for i := range m.data {
		m.data[i] = float32(rapid.IntRange(-4, 4).Draw(t, name))
	}
	return m
}

func TestMultiply(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dim := rapid.IntRange(1, 6)
		rows, inner, cols := dim.Draw(t, "rows"), dim.Draw(t, "inner"), dim.Draw(t, "cols")
		a, b, c := small(t, "a", rows, inner), small(t, "b", inner, cols), small(t, "c", rows, cols)
		bT := matrix[float32]{cols, inner, inner, make([]float32, cols*inner)}
		b.transposeInto(bT)
		for op, second := range map[blas.Transpose]matrix[float32]{blas.NoTrans: b, blas.Trans: bT} {
			multiply(a, second, op, c)
			for i := range rows {
				for j := range cols {
					want := float32(0)
					for k := range inner {
						want += a.row(i)[k] * b.row(k)[j]
					}
					if c.row(i)[j] != want {
						t.Fatalf("op %c: element %d,%d is %g, want %g", op, i, j, c.row(i)[j], want)
					}
				}
			}
		}
	})
}

func TestTransposeLargerThanATile(t *testing.T) {
	m := matrix[float64]{37, 50, 53, make([]float64, 37*53)}
	for i := range m.data {
		m.data[i] = float64(i)
	}
	tr := matrix[float64]{50, 37, 40, make([]float64, 50*40)}
	m.transposeInto(tr)
	for i := range m.rows {
		for j := range m.cols {
			if tr.row(j)[i] != m.row(i)[j] {
				t.Fatalf("element %d,%d", i, j)
			}
		}
	}
}

func TestSpreadMovesEveryRow(t *testing.T) {
	space := workspace[float32]{}
	w := space.matrix(slot{"w", 0}, 5, 128)
	if w.stride == w.cols {
		t.Fatal("rows of 128 are not padded")
	}
	for i := range 5 * 128 {
		w.data[i] = float32(i)
	}
	w.spread()
	for i := range w.rows {
		for j, v := range w.row(i) {
			if v != float32(i*128+j) {
				t.Fatalf("element %d,%d is %g", i, j, v)
			}
		}
	}
}

// The bits of a product do not depend on how many processors Go uses.
func TestMultiplySameForAnyProcessors(t *testing.T) {
	a := matrix[float32]{130, 300, 300, make([]float32, 130*300)}
	b := matrix[float32]{200, 300, 300, make([]float32, 200*300)}
	for i := range a.data {
		a.data[i] = float32(math.Sin(float64(i)))
	}
	for i := range b.data {
		b.data[i] = float32(math.Cos(float64(i)))
	}
	product := func(processors int) []float32 {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(processors))
		c := matrix[float32]{130, 200, 200, make([]float32, 130*200)}
		multiply(a, b, blas.Trans, c)
		return c.data
	}
	want := product(1)
	for i, v := range product(4) {
		if math.Float32bits(v) != math.Float32bits(want[i]) {
			t.Fatalf("element %d is %g on four processors, %g on one", i, v, want[i])
		}
	}
}
