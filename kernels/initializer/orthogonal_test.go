package initializer

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"actinit/kernels"
)

const orthogonalSeed, orthogonalStream = 7, 3

func orthogonalWeight[T kernels.Float](t *testing.T, shape []int, gain float64, workers int) []T {
	t.Helper()
	n, err := elements(shape)
	if err != nil {
		t.Fatal(err)
	}
	w := make([]T, n)
	if err := fill(Orthogonal(gain), w, shape, orthogonalSeed, orthogonalStream, workers); err != nil {
		t.Fatal(err)
	}
	return w
}

// fill is Fill32 or Fill64.
func fill[T kernels.Float](in Initializer, dst []T, shape []int, seed, stream uint64, workers int) error {
	switch dst := any(dst).(type) {
	case []float32:
		return in.Fill32(dst, shape, seed, stream, workers)
	case []float64:
		return in.Fill64(dst, shape, seed, stream, workers)
	}
	panic("no such type")
}

func dense[T kernels.Float](w []T, rows int) *mat.Dense {
	columns := len(w) / rows
	d := mat.NewDense(rows, columns, nil)
	for i, x := range w {
		d.Set(i/columns, i%columns, float64(x))
	}
	return d
}

// distance returns the largest magnitude in W'W - I, or in WW' - I where there are more columns than rows.
func distance[T kernels.Float](w []T, rows int) float64 {
	x := mat.Matrix(dense(w, rows))
	if r, c := x.Dims(); r > c {
		x = x.T()
	}
	n, _ := x.Dims()
	p := mat.NewSymDense(n, nil)
	p.SymOuterK(1, mat.DenseCopyOf(x))
	var worst float64
	for i := range n {
		for j := range i + 1 {
			x := p.At(i, j)
			if i == j {
				x--
			}
			worst = max(worst, math.Abs(x))
		}
	}
	return worst
}

func TestOrthogonalColumns(t *testing.T) {
	shapes := [][]int{
		{1, 1}, {1, 7}, {7, 1}, {2, 3}, {8, 8}, {24, 25}, {49, 48}, {64, 64}, {100, 257}, {257, 100}, {255, 255},
		{1, 5000}, {5000, 1}, {16, 3, 5, 5}, {64, 3, 3}, {512, 512},
	}
	if !testing.Short() {
		shapes = append(shapes, []int{2048, 2048})
	}
	for _, shape := range shapes {
		w := orthogonalWeight[float32](t, shape, 1, 0)
		if d := distance(w, shape[0]); d > 1e-7 {
			t.Errorf("float32 %v: W'W-I is %.2e", shape, d)
		} else {
			t.Logf("float32 %v: W'W-I is %.2e", shape, d)
		}
		if len(w) > 1<<20 {
			continue
		}
		if d := distance(orthogonalWeight[float64](t, shape, 1, 0), shape[0]); d > 1e-14 {
			t.Errorf("float64 %v: W'W-I is %.2e", shape, d)
		}
	}
}

// testAgreesWithGonum holds W to gonum's QR factorisation of the same normal numbers.
func testAgreesWithGonum[T kernels.Float](t *testing.T, limit float64) {
	for _, shape := range [][]int{{1, 1}, {3, 3}, {30, 20}, {20, 30}, {48, 48}, {130, 150}, {201, 200}, {10, 2, 3, 3}} {
		const gain = 1.5
		rows := shape[0]
		w := dense(orthogonalWeight[T](t, shape, gain, 1), rows)
		_, columns := w.Dims()
		g := make([]T, rows*columns)
		kernels.Normal(g, orthogonalSeed, orthogonalStream, 0, 0, 1)
		tall, transposed := mat.Matrix(dense(g, rows)), rows < columns
		if transposed {
			tall = tall.T()
		}
		var f mat.QR
		f.Factorize(tall)
		var q, r mat.Dense
		f.QTo(&q)
		f.RTo(&r)
		for i := range rows {
			for j := range columns {
				k, l := i, j
				if transposed {
					k, l = j, i
				}
				want := gain * q.At(k, l) * math.Copysign(1, r.At(l, l))
				if got := w.At(i, j); !(math.Abs(got-want) <= limit) {
					t.Fatalf("%v: W[%d][%d] is %g, gonum's %g", shape, i, j, got, want)
				}
			}
		}
	}
}

func TestOrthogonalAgreesWithGonum(t *testing.T) {
	t.Run("float32", func(t *testing.T) { testAgreesWithGonum[float32](t, 1e-7) })
	t.Run("float64", func(t *testing.T) { testAgreesWithGonum[float64](t, 1e-11) })
}

func TestOrthogonalDoesNotDependOnWorkers(t *testing.T) {
	for _, shape := range [][]int{{5, 4}, {300, 290}, {260, 700}, {700, 131}} {
		want32, want64 := orthogonalWeight[float32](t, shape, 1, 1), orthogonalWeight[float64](t, shape, 1, 1)
		for _, workers := range []int{0, 2, 3, 7, 64} {
			if !slices.Equal(orthogonalWeight[float32](t, shape, 1, workers), want32) {
				t.Errorf("float32 %v: %d workers give other bits", shape, workers)
			}
			if !slices.Equal(orthogonalWeight[float64](t, shape, 1, workers), want64) {
				t.Errorf("float64 %v: %d workers give other bits", shape, workers)
			}
		}
	}
}

// The bits are frozen. make test-builds tries them in other builds and without vectors.
func TestOrthogonalBits(t *testing.T) {
	for _, c := range []struct {
		shape          []int
		want32, want64 uint64
	}{
		{[]int{1, 1}, 0x4b72477f9c5c2f98, 0xaab1e93229baf738},
		{[]int{10, 10}, 0xdd51f479546c8ce0, 0x2bff85670f70fc86},
		{[]int{100, 60}, 0xe45ab36f326e0fec, 0x33b89bb417043bbb},
		{[]int{60, 100}, 0x41bdbf0b297770db, 0x1fe481288a83a97c},
		{[]int{300, 300}, 0xbe8989839205bed7, 0x821fa2af5dd00e0b},
	} {
		h32, h64 := fnv.New64a(), fnv.New64a()
		binary.Write(h32, binary.LittleEndian, orthogonalWeight[float32](t, c.shape, 1, 0))
		binary.Write(h64, binary.LittleEndian, orthogonalWeight[float64](t, c.shape, 1, 0))
		if h32.Sum64() != c.want32 || h64.Sum64() != c.want64 {
			t.Errorf("%v: the bits' hashes are %#x, %#x, want %#x, %#x", c.shape, h32.Sum64(), h64.Sum64(), c.want32, c.want64)
		}
	}
}

func TestOrthogonalGain(t *testing.T) {
	const gain = math.Sqrt2
	w, scaled := orthogonalWeight[float64](t, []int{30, 30}, 1, 1), orthogonalWeight[float64](t, []int{30, 30}, gain, 1)
	for i := range w {
		if scaled[i] != gain*w[i] {
			t.Fatalf("element %d is %g with gain %g, and %g without", i, scaled[i], gain, w[i])
		}
	}
	for i, x := range orthogonalWeight[float32](t, []int{30, 30}, 0, 1) {
		if x != 0 {
			t.Fatalf("element %d is %g with gain 0", i, x)
		}
	}
}

// A weight of more dimensions is the one of its rows.
func TestOrthogonalFlattens(t *testing.T) {
	if !slices.Equal(orthogonalWeight[float32](t, []int{16, 3, 5, 2}, 1, 1), orthogonalWeight[float32](t, []int{16, 30}, 1, 1)) {
		t.Error("16x3x5x2 is not 16x30")
	}
}

func TestOrthogonalErrors(t *testing.T) {
	for _, c := range []struct {
		rule  func(gain float64) Initializer
		shape []int
		n     int
		gain  float64
		want  string
	}{
		{Orthogonal, []int{6}, 6, 1, "rows and columns"},
		{Orthogonal, nil, 1, 1, "rows and columns"},
		{Orthogonal, []int{0, 3}, 0, 1, "no elements"},
		{Orthogonal, []int{3, 0}, 0, 1, "no elements"},
		{Orthogonal, []int{-2, -3}, 6, 1, "negative"},
		{Orthogonal, []int{2, 4}, 6, 1, "8 elements, but dst has 6"},
		{Orthogonal, []int{2, math.MaxInt}, 6, 1, "than an int counts"},
		{Orthogonal, []int{2, 3}, 6, math.NaN(), "gain is NaN"},
		{Orthogonal, []int{2, 3}, 6, -1, "gain is -1"},
		{Orthogonal, []int{2, 3}, 6, math.Inf(1), "gain is +Inf"},
		{Orthogonal, []int{2, 3}, 6, 1e39, "beyond float32"},
		{DeltaOrthogonal, []int{2, 3}, 6, 1, "3 to 5 dimensions"},
		{DeltaOrthogonal, []int{2, 1, 1, 1, 1, 3}, 6, 1, "3 to 5 dimensions"},
		{DeltaOrthogonal, []int{2, 3, 1}, 6, 1, "larger fan_in"},
		{DeltaOrthogonal, []int{3, 2, 0}, 0, 1, "no elements"},
		{DeltaOrthogonal, []int{3, 2, 1}, 6, math.NaN(), "gain is NaN"},
		{DeltaOrthogonal, []int{3, 2, 2}, 6, 1, "12 elements, but dst has 6"},
	} {
		dst := slices.Repeat([]float32{42}, c.n)
		err := c.rule(c.gain).Fill32(dst, c.shape, 1, 1, 1)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("shape %v, gain %v: error %v, want one line with %q", c.shape, c.gain, err, c.want)
		}
		if !slices.Equal(dst, slices.Repeat([]float32{42}, c.n)) {
			t.Errorf("shape %v, gain %v: wrote in spite of the error", c.shape, c.gain)
		}
	}
}

func TestDeltaOrthogonal(t *testing.T) {
	for _, c := range []struct {
		shape  []int
		centre int // among the k
	}{
		{[]int{5, 3, 1}, 0},
		{[]int{5, 3, 3}, 1},
		{[]int{5, 5, 4}, 1},
		{[]int{6, 4, 3, 3}, 4},
		{[]int{6, 4, 2, 5}, 2},
		{[]int{300, 200, 3, 4}, 5},
		{[]int{4, 2, 3, 2, 5}, 1*2*5 + 0*5 + 2},
	} {
		n, _ := elements(c.shape)
		rows, columns := c.shape[0], c.shape[1]
		field := n / (rows * columns)
		w := slices.Repeat([]float64{42}, n)
		if err := fill(DeltaOrthogonal(2), w, c.shape, orthogonalSeed, orthogonalStream, 2); err != nil {
			t.Fatal(err)
		}
		centres := orthogonalWeight[float64](t, []int{rows, columns}, 2, 1)
		for i, x := range w {
			want := 0.
			if i%field == c.centre {
				want = centres[i/field]
			}
			if x != want {
				t.Fatalf("%v: element %d is %g, want %g", c.shape, i, x, want)
			}
		}
	}
}

// haarSize and haarDraws are the weights that TestOrthogonalIsHaar draws.
const haarSize, haarDraws = 4, 20000

// haarDeviations returns how far moments of drawn weights are from those that the uniform measure on the
// orthogonal group has, in standard deviations: of the trace and its powers (Diaconis and Shahshahani
// 1994) and of the determinant. It returns the elements, too, sorted.
func haarDeviations(draw func(w []float64, stream uint64)) (deviations map[string]float64, entries [][]float64) {
	var traces, squares, products, determinants moments
	entries = make([][]float64, haarSize*haarSize)
	for stream := range uint64(haarDraws) {
		w := make([]float64, haarSize*haarSize)
		draw(w, stream)
		d := mat.NewDense(haarSize, haarSize, w)
		trace := mat.Trace(d)
		var square mat.Dense
		square.Mul(d, d)
		traces.add(trace)
		squares.add(trace * trace)
		products.add(mat.Trace(&square))
		determinants.add(mat.Det(d))
		for i, x := range w {
			entries[i] = append(entries[i], x)
		}
	}
	for _, e := range entries {
		slices.Sort(e)
	}
	return map[string]float64{
		"the trace":             traces.deviation(0),
		"the trace's square":    squares.deviation(1),
		"the trace of a square": products.deviation(1),
		"the determinant":       determinants.deviation(0),
	}, entries
}

// TestOrthogonalIsHaar holds many small weights to those moments, and their elements to their distribution.
// By the limits a right rule fails for one seed in 100,000: five standard deviations, and a
// Kolmogorov-Smirnov distance of which 2*exp(-2*2.8^2) = 3e-7 are beyond, for each of 16 elements.
func TestOrthogonalIsHaar(t *testing.T) {
	deviations, entries := haarDeviations(func(w []float64, stream uint64) {
		fillOrthogonal(orthogonal{haarSize, haarSize, 1}, weights[float64]{w, 99, stream, 1})
	})
	for name, d := range deviations {
		if !(math.Abs(d) < 5) {
			t.Errorf("%s is %.1f standard deviations off", name, d)
		}
	}
	for i, e := range entries {
		var distance float64
		for k, x := range e {
			// x*x is Beta(1/2, 3/2): the density of x is 2/pi*sqrt(1-x*x).
			p := .5 + (x*math.Sqrt(1-x*x)+math.Asin(x))/math.Pi
			distance = max(distance, math.Abs(p-float64(k)/haarDraws), math.Abs(p-float64(k+1)/haarDraws))
		}
		if distance *= math.Sqrt(haarDraws); distance > 2.8 {
			t.Errorf("element %d: the distribution's distance is %.2f/sqrt(draws)", i, distance)
		}
	}
}

// What the test is there to find: Q as a factorisation leaves it, without the signs.
func TestHaarNeedsTheSigns(t *testing.T) {
	deviations, _ := haarDeviations(func(w []float64, stream uint64) {
		kernels.Normal(w, 99, stream, 0, 0, 1)
		var f mat.QR
		f.Factorize(mat.NewDense(haarSize, haarSize, w))
		var q mat.Dense
		f.QTo(&q)
		copy(w, q.RawMatrix().Data)
	})
	for name, d := range deviations {
		if !(math.Abs(d) > 5) {
			t.Errorf("%s is %.1f standard deviations off: the test would not see that signs are missing", name, d)
		}
	}
}

// moments are those of a sample.
type moments struct{ n, sum, squares float64 }

func (m *moments) add(x float64) {
	m.n++
	m.sum += x
	m.squares += x * x
}

// deviation returns how far the mean is from the one expected, in its standard deviations.
func (m *moments) deviation(want float64) float64 {
	mean := m.sum / m.n
	return (mean - want) / math.Sqrt((m.squares/m.n-mean*mean)/m.n)
}

func BenchmarkOrthogonal(b *testing.B) {
	for _, n := range []int{64, 512, 2048} {
		w := make([]float32, n*n)
		for _, workers := range []int{1, 2} {
			b.Run(fmt.Sprintf("n=%d/workers=%d", n, workers), func(b *testing.B) {
				for b.Loop() {
					if err := fill(Orthogonal(1), w, []int{n, n}, 1, 1, workers); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
