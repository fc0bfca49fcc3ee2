package dense

import (
	"math"
	"runtime"
	"testing"

	"gonum.org/v1/gonum/blas"
	"pgregory.net/rapid"
)

// small draws a matrix of small whole numbers, whose products are exact.
func small(t *rapid.T, name string, rows, cols int) Matrix[float32] {
	m := Matrix[float32]{rows, cols, cols + rapid.IntRange(0, 3).Draw(t, name+" padding"), nil}
	m.Data = make([]float32, rows*m.Stride)
	for i := range m.Data {
		m.Data[i] = float32(rapid.IntRange(-4, 4).Draw(t, name))
	}
	return m
}

func TestMultiply(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dim := rapid.IntRange(1, 6)
		rows, inner, cols := dim.Draw(t, "rows"), dim.Draw(t, "inner"), dim.Draw(t, "cols")
		a, b, c := small(t, "a", rows, inner), small(t, "b", inner, cols), small(t, "c", rows, cols)
		bT := Matrix[float32]{cols, inner, inner, make([]float32, cols*inner)}
		for i := range inner {
			for j, v := range b.Row(i) {
				bT.Row(j)[i] = v
			}
		}
		for op, second := range map[blas.Transpose]Matrix[float32]{blas.NoTrans: b, blas.Trans: bT} {
			Multiply(a, second, op, c)
			for i := range rows {
				for j := range cols {
					want := float32(0)
					for k := range inner {
						want += a.Row(i)[k] * b.Row(k)[j]
					}
					if c.Row(i)[j] != want {
						t.Fatalf("op %c: element %d,%d is %g, want %g", op, i, j, c.Row(i)[j], want)
					}
				}
			}
		}
	})
}

func TestSpreadMovesEveryRow(t *testing.T) {
	space := Workspace[float32]{}
	w := space.Matrix("w", 0, 5, 128)
	if w.Stride == w.Cols {
		t.Fatal("rows of 128 are not padded")
	}
	for i := range 5 * 128 {
		w.Data[i] = float32(i)
	}
	w.Spread()
	for i := range w.Rows {
		for j, v := range w.Row(i) {
			if v != float32(i*128+j) {
				t.Fatalf("element %d,%d is %g", i, j, v)
			}
		}
	}
}

// The bits of a product do not depend on how many processors Go uses.
func TestMultiplySameForAnyProcessors(t *testing.T) {
	a := Matrix[float32]{130, 300, 300, make([]float32, 130*300)}
	b := Matrix[float32]{200, 300, 300, make([]float32, 200*300)}
	for i := range a.Data {
		a.Data[i] = float32(math.Sin(float64(i)))
	}
	for i := range b.Data {
		b.Data[i] = float32(math.Cos(float64(i)))
	}
	product := func(processors int) []float32 {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(processors))
		c := Matrix[float32]{130, 200, 200, make([]float32, 130*200)}
		Multiply(a, b, blas.Trans, c)
		return c.Data
	}
	want := product(1)
	for i, v := range product(4) {
		if math.Float32bits(v) != math.Float32bits(want[i]) {
			t.Fatalf("element %d is %g on four processors, %g on one", i, v, want[i])
		}
	}
}
