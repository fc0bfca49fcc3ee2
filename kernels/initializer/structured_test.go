package initializer_test

import (
	"math"
	"math/bits"
	"slices"
	"testing"

	"actinit/kernels/initializer"
)

// TestStructure compares every weight of the rules without draws with what their
// definition says of it, and the promised moments with those of all weights.
func TestStructure(t *testing.T) {
	type at func(shape, index []int) float64
	eye := func(gain float64) at {
		return func(_, i []int) float64 {
			if i[0] == i[1] {
				return gain
			}
			return 0
		}
	}
	middle := func(shape, index []int) bool {
		for axis := 2; axis < len(shape); axis++ {
			if index[axis] != shape[axis]/2 {
				return false
			}
		}
		return true
	}
	dirac := func(groups int) at {
		return func(shape, i []int) float64 {
			if outputs := shape[0] / groups; middle(shape, i) && i[0]%outputs == i[1] {
				return 1
			}
			return 0
		}
	}
	zero := func(gain float64) at {
		return func(shape, i []int) float64 {
			switch {
			case !middle(shape, i):
				return 0
			case shape[0] <= shape[1]:
				return eye(gain)(shape, i)
			}
			m := math.Ceil(math.Log2(float64(shape[0])))
			return gain * math.Pow(-1, float64(bits.OnesCount(uint(i[0]&i[1])))) / math.Pow(2, m/2)
		}
	}
	for _, c := range []struct {
		rule   initializer.Initializer
		want   at
		shapes [][]int
	}{
		{initializer.Eye(1), eye(1), [][]int{{1, 1}, {5, 5}, {3, 7}, {7, 3}, {0, 3}}},
		{initializer.Eye(-2.5), eye(-2.5), [][]int{{4, 6}}},
		{initializer.Dirac(1), dirac(1), [][]int{{4, 4, 3}, {6, 4, 3, 3}, {4, 6, 2, 5}, {3, 3, 3, 3, 3}, {2, 2, 1, 1}, {0, 2, 3}}},
		{initializer.Dirac(2), dirac(2), [][]int{{8, 4, 3}, {8, 2, 3, 4}, {4, 5, 3, 3}}},
		{initializer.Dirac(6), dirac(6), [][]int{{6, 1, 3, 3}}},
		{initializer.ZerO(1), zero(1), [][]int{{1, 1}, {5, 5}, {3, 7}, {7, 3}, {8, 3}, {9, 8}, {64, 33}, {65, 64}, {2, 1}, {300, 299}, {6, 4, 3, 3}, {4, 6, 3, 3}, {5, 0}}},
		{initializer.ZerO(math.Sqrt2), zero(math.Sqrt2), [][]int{{12, 5}, {5, 12}}},
	} {
		for _, shape := range c.shapes {
			n := 1
			for _, size := range shape {
				n *= size
			}
			w64, w32 := make([]float64, n), make([]float32, n)
			for i := range n {
				w64[i], w32[i] = 42, 42
			}
			if err := c.rule.Fill64(w64, shape, 1, 2, 3); err != nil {
				t.Errorf("%s, shape %v: %v", c.rule.Name, shape, err)
				continue
			}
			if err := c.rule.Fill32(w32, shape, 1, 2, 3); err != nil {
				t.Error(err)
			}
			index := make([]int, len(shape))
			for i := range n {
				for axis, rest := len(shape)-1, i; axis >= 0; axis-- {
					index[axis], rest = rest%shape[axis], rest/shape[axis]
				}
				want := c.want(shape, index)
				if math.Abs(w64[i]-want) > 1e-15 || math.Abs(float64(w32[i])-want) > 1e-7 {
					t.Fatalf("%s, shape %v, weight %v: %v and %v, want %v", c.rule.Name, shape, index, w64[i], w32[i], want)
				}
			}
			checkMoments(t, c.rule, shape, w64)
		}
	}
}

func checkMoments(t *testing.T, rule initializer.Initializer, shape []int, w []float64) {
	t.Helper()
	p, err := rule.Promise(shape...)
	if err != nil {
		t.Fatal(err)
	}
	if len(w) == 0 {
		return
	}
	var mean, square float64
	for _, x := range w {
		mean += x / float64(len(w))
	}
	for _, x := range w {
		square += (x - mean) * (x - mean) / float64(len(w))
	}
	if math.Abs(p.Mean-mean) > 1e-12 || math.Abs(p.Std-math.Sqrt(square)) > 1e-12 || p.Low > slices.Min(w) || p.High < slices.Max(w) || p.Independent {
		t.Errorf("%s, shape %v: promises %+v, has mean %v and standard deviation %v", rule.Name, shape, p, mean, math.Sqrt(square))
	}
}

// TestZerOColumnsAreOrthonormal for a power of two of outputs.
func TestZerOColumnsAreOrthonormal(t *testing.T) {
	const out, in = 64, 40
	w := make([]float64, out*in)
	if err := initializer.ZerO(1).Fill64(w, []int{out, in}, 0, 0, 1); err != nil {
		t.Fatal(err)
	}
	for a := range in {
		for b := range in {
			dot := 0.
			for i := range out {
				dot += w[i*in+a] * w[i*in+b]
			}
			want := 0.
			if a == b {
				want = 1
			}
			if math.Abs(dot-want) > 1e-15 {
				t.Fatalf("columns %d and %d: %v", a, b, dot)
			}
		}
	}
}

// TestSparse counts the zeros of each column, and how often each row is among them.
func TestSparse(t *testing.T) {
	for _, c := range []struct {
		rows, columns int
		sparsity      float64
		zeros         int
	}{
		{10, 7, .3, 3}, {10, 7, .31, 4}, {10, 7, 0, 0}, {10, 7, 1, 10}, {1, 5, .01, 1}, {4096, 33, .9, 3687}, {7, 4096, .5, 4},
	} {
		rule := initializer.Sparse(c.sparsity, .01)
		w := make([]float32, c.rows*c.columns)
		if err := rule.Fill32(w, []int{c.rows, c.columns}, 3, 4, 2); err != nil {
			t.Fatal(err)
		}
		square := 0.
		for column := range c.columns {
			zeros := 0
			for row := range c.rows {
				x := float64(w[row*c.columns+column])
				square += x * x
				if x == 0 {
					zeros++
				}
			}
			if zeros != c.zeros {
				t.Fatalf("%+v: column %d has %d zeros", c, column, zeros)
			}
		}
		p, err := rule.Promise(c.rows, c.columns)
		kept := float64((c.rows - c.zeros) * c.columns)
		want := .01 * math.Sqrt(1-float64(c.zeros)/float64(c.rows))
		measured := math.Sqrt(square / float64(len(w)))
		if err != nil || math.Abs(p.Std-want) > 1e-17 || math.Abs(measured-want) > 5*want/math.Sqrt(2*max(kept, 1)) {
			t.Errorf("%+v: promised %v, measured %v, want %v (%v)", c, p.Std, measured, want, err)
		}
	}
	// 20,000 columns of 10 rows with 3 zeros: each row and each pair as often as any other.
	const rows, columns, zeros = 10, 20000, 3
	w := make([]float64, rows*columns)
	if err := initializer.Sparse(.3, 1).Fill64(w, []int{rows, columns}, 5, 6, 2); err != nil {
		t.Fatal(err)
	}
	var single [rows]float64
	var pair [rows][rows]float64
	for column := range columns {
		for a := range rows {
			if w[a*columns+column] != 0 {
				continue
			}
			single[a]++
			for b := range a {
				if w[b*columns+column] == 0 {
					pair[a][b]++
				}
			}
		}
	}
	check := func(what string, count, p float64) {
		if z := (count - columns*p) / math.Sqrt(columns*p*(1-p)); math.Abs(z) > 4.5 {
			t.Errorf("%s: %v times of %d, %.1f standard errors from its share", what, count, columns, z)
		}
	}
	for a := range rows {
		check("a row", single[a], zeros/float64(rows))
		for b := range a {
			check("a pair of rows", pair[a][b], zeros*(zeros-1)/float64(rows*(rows-1)))
		}
	}
}

// TestOrthogonalPromise compares the second moment, which is no matter of chance, and the bound.
func TestOrthogonalPromise(t *testing.T) {
	for _, shape := range [][]int{{1, 1}, {5, 5}, {3, 70}, {70, 3}, {300, 784}, {64, 3, 7, 7}, {8, 4, 3, 3, 3}} {
		rules := []initializer.Initializer{initializer.Orthogonal(1), initializer.Orthogonal(math.Sqrt2)}
		if len(shape) > 2 {
			rules = append(rules, initializer.DeltaOrthogonal(1), initializer.DeltaOrthogonal(.3))
		}
		n := 1
		for _, size := range shape {
			n *= size
		}
		for _, rule := range rules {
			w := make([]float64, n)
			if err := rule.Fill64(w, shape, 1, 2, 2); err != nil {
				t.Fatal(err)
			}
			p, err := rule.Promise(shape...)
			if err != nil {
				t.Fatal(err)
			}
			square := 0.
			for _, x := range w {
				square += x * x / float64(n)
			}
			if math.Abs(square/(p.Std*p.Std)-1) > 1e-12 || slices.Min(w) < p.Low-1e-15 || slices.Max(w) > p.High+1e-15 || p.Mean != 0 || p.Independent {
				t.Errorf("%s, shape %v: root mean square %v, promised %+v", rule.Formula, shape, math.Sqrt(square), p)
			}
		}
	}
}

// A tensor without elements is done at once, however large its other sizes are.
func TestEmptyTensorsOfHugeSizes(t *testing.T) {
	for _, c := range []struct {
		rule  initializer.Initializer
		shape []int
	}{
		{initializer.Sparse(.5, 1), []int{0, 1 << 62}},
		{initializer.Sparse(.5, 1), []int{1 << 62, 0}},
		{initializer.ZerO(1), []int{1 << 62, 0}},
	} {
		if err := c.rule.Fill32(nil, c.shape, 1, 2, 1); err != nil {
			t.Error(err)
		}
		if err := c.rule.Fill64(nil, c.shape, 1, 2, 1); err != nil {
			t.Error(err)
		}
	}
}
