package kernels_test

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"actinit/kernels"
	"actinit/reference/oracle"
)

func TestSoftmaxContract(t *testing.T) {
	const (
		length  = "kernels: slices differ in length"
		overlap = "kernels: dst partly overlaps an input (it may be exactly the input)"
		columns = "kernels: length is not a multiple of cols"
	)
	s, o := make([]float64, 12), make([]float64, 24)
	for _, c := range []struct {
		what, want string
		f          func()
	}{
		{"short dst", length, func() { kernels.Softmax(s[:9], s, 3) }},
		{"dst one after src", overlap, func() { kernels.LogSoftmax(o[1:13], o[:12], 3) }},
		{"half a row", columns, func() { kernels.Softmax(s, o[:12], 5) }},
		{"no columns", columns, func() { kernels.LogSoftmax(s, o[:12], 0) }},
		{"negative columns", columns, func() { kernels.Softmax(s, o[:12], -3) }},
		{"short gradient", length, func() { kernels.SoftmaxGrad(s, o[:11], o[12:], 3) }},
		{"dst one before y", overlap, func() { kernels.LogSoftmaxGrad(o[3:15], s, o[4:16], 3) }},
		{"gradients of half a row", columns, func() { kernels.SoftmaxGrad(s, o[:12], o[12:], 7) }},
		{"gradients without columns", columns, func() { kernels.LogSoftmaxGrad(s, o[:12], o[12:], 0) }},
		{"nothing", "", func() { kernels.Softmax[float32](nil, nil, 0) }},
		{"no rows", "", func() { kernels.LogSoftmaxGrad[float32](nil, nil, nil, 4) }},
		{"in place", "", func() { kernels.Softmax(s, s, 4) }},
		{"gradients in place of y", "", func() { kernels.SoftmaxGrad(o[:12], s, o[:12], 4) }},
	} {
		if got := panics(c.f); got != c.want {
			t.Errorf("%s: panic %q, want %q", c.what, got, c.want)
		}
	}
}

func TestSoftmaxSpecialRows(t *testing.T) { testSoftmaxSpecialRows[float32](t) }

func TestSoftmaxSpecialRows64(t *testing.T) { testSoftmaxSpecialRows[float64](t) }

func testSoftmaxSpecialRows[T kernels.Float](t *testing.T) {
	nan, minus := T(math.NaN()), T(math.Inf(-1))
	plus, negative := -minus, T(math.Copysign(0, -1))
	half, ln2 := T(.5), T(math.Ln2)
	for _, c := range []struct{ x, softmax, logSoftmax []T }{
		{[]T{7}, []T{1}, []T{0}},
		{[]T{minus}, []T{1}, []T{0}},
		{[]T{plus}, []T{1}, []T{0}},
		{[]T{nan}, []T{nan}, []T{nan}},
		{[]T{minus, minus}, []T{nan, nan}, []T{nan, nan}},
		{[]T{0, negative}, []T{half, half}, []T{-ln2, -ln2}},
		{[]T{minus, 3, minus}, []T{0, 1, 0}, []T{minus, negative, minus}},
		{[]T{2, plus, minus}, []T{0, 1, 0}, []T{minus, negative, minus}},
		{[]T{plus, 1, plus}, []T{nan, 0, nan}, []T{nan, minus, nan}},
		{[]T{plus, nan, 1}, []T{nan, nan, nan}, []T{nan, nan, nan}},
		{[]T{nan, 1, 2}, []T{nan, nan, nan}, []T{nan, nan, nan}},
		{[]T{minus, nan}, []T{nan, nan}, []T{nan, nan}},
		{[]T{5e37, 0, 5e37, -1e38}, []T{half, 0, half, 0}, []T{-ln2, -5e37, -ln2, -1.5e38}},
		{[]T{0, -2000}, []T{1, 0}, []T{negative, -2000}},
	} {
		y := make([]T, len(c.x))
		kernels.Softmax(y, c.x, len(c.x))
		expectRow(t, "softmax", c.x, y, c.softmax)
		kernels.LogSoftmax(y, c.x, len(c.x))
		expectRow(t, "log-softmax", c.x, y, c.logSoftmax)
	}
	for _, c := range []struct{ grad, y, softmax, logSoftmax []T }{
		{[]T{0, 0}, []T{half, half}, []T{0, 0}, nil},
		{[]T{1, nan}, []T{half, half}, []T{nan, nan}, []T{nan, nan}},
		{[]T{1, plus}, []T{half, half}, []T{nan, nan}, []T{nan, nan}},
		{[]T{1, 2}, []T{0, nan}, []T{nan, nan}, []T{-2, nan}},
		{[]T{2, 0}, []T{0, minus}, nil, []T{0, negative}},
		{[]T{5}, []T{1}, []T{0}, nil},
		{[]T{5}, []T{0}, []T{0}, []T{0}},
	} {
		dst := make([]T, len(c.y))
		if c.softmax != nil {
			kernels.SoftmaxGrad(dst, c.grad, c.y, len(c.y))
			expectRow(t, "gradient of softmax", c.y, dst, c.softmax)
		}
		if c.logSoftmax != nil {
			kernels.LogSoftmaxGrad(dst, c.grad, c.y, len(c.y))
			expectRow(t, "gradient of log-softmax", c.y, dst, c.logSoftmax)
		}
	}
}

// expectRow compares bits, all NaNs being one.
func expectRow[T kernels.Float](t *testing.T, what string, x, got, want []T) {
	t.Helper()
	for j, w := range want {
		g := got[j]
		if !(g == w && math.Signbit(float64(g)) == math.Signbit(float64(w))) && !(g != g && w != w) {
			t.Errorf("%s of %v is %v, want %v", what, x, got, want)
			return
		}
	}
}

// TestSoftmaxFarBelow: what does not show beside 1 is what the largest element's logarithm
// is made of, subnormal terms included; and a difference keeps the bits that do not fit
// into a float64.
func TestSoftmaxFarBelow(t *testing.T) {
	row := func(cols int, top, others float64) []float64 {
		x := make([]float64, cols)
		for j := range x {
			x[j] = others
		}
		x[cols/3] = top
		return x
	}
	for _, x := range [][]float64{
		row(2, 0, -40), row(2, 0, -300), row(2, 1e-3, -720), row(101, 0, -740.3), row(5000, 0.7, -743),
		row(9000, 0, -750), row(3, 1, -0x1.fffffffffffffp8), row(4097, 2, 1.9999999), row(5, 1e-300, -1e-300),
		row(2, math.MaxFloat64, -math.MaxFloat64), row(20, 700.1, 0x1p-1074),
	} {
		y := make([]float64, len(x))
		for _, k := range []struct {
			name   string
			kernel func(dst, src []float64, cols int)
			exact  func(prec uint, x []float64) []*big.Float
		}{
			{"softmax", kernels.Softmax[float64], oracle.Softmax},
			{"log-softmax", kernels.LogSoftmax[float64], oracle.LogSoftmax},
		} {
			k.kernel(y, x, len(x))
			exact := k.exact(120, x)
			for _, j := range []int{0, len(x) / 3, len(x) - 1} {
				bound := .51
				if f, _ := exact[j].Float64(); math.Abs(f) < 0x1p-1022 {
					bound = 1
				}
				if err := oracle.Error64(y[j], exact[j]); err > bound {
					t.Errorf("%s of %v and %d times %v at %d: %v, %.4f ULP from %.20g", k.name, x[len(x)/3], len(x)-1, x[0], j, y[j], err, exact[j])
				}
			}
		}
	}
}

// TestSoftmaxGradExtremes: sums and differences that overflow on the way to gradients that
// do not.
func TestSoftmaxGradExtremes(t *testing.T) {
	const most = math.MaxFloat64
	for _, c := range []struct {
		name    string
		kernel  func(dst, grad, y []float64, cols int)
		exact   func(prec uint, grad, y []float64) []*big.Float
		grad, y []float64
	}{
		{"softmax", kernels.SoftmaxGrad[float64], oracle.SoftmaxGrad, []float64{most, -most, most}, []float64{.25, .5, .25}},
		{"softmax", kernels.SoftmaxGrad[float64], oracle.SoftmaxGrad, []float64{most, most, -most}, []float64{.75, .75, .5}},
		{"log-softmax", kernels.LogSoftmaxGrad[float64], oracle.LogSoftmaxGrad, []float64{most, most, -most}, []float64{-1, -2, -1}},
		{"log-softmax", kernels.LogSoftmaxGrad[float64], oracle.LogSoftmaxGrad, []float64{-most / 2, most, 1}, []float64{-.1, -3, -720}},
		{"log-softmax", kernels.LogSoftmaxGrad[float64], oracle.LogSoftmaxGrad, []float64{0, 1e300, 1e-310}, []float64{-740, -1e-300, -744}},
	} {
		dst := make([]float64, len(c.y))
		c.kernel(dst, c.grad, c.y, len(c.y))
		for j, want := range c.exact(120, c.grad, c.y) {
			if err := oracle.Error64(dst[j], want); err > .51 {
				t.Errorf("gradient of %s, %v at %v: element %d is %v, %.3f ULP from %.20g", c.name, c.grad, c.y, j, dst[j], err, want)
			}
		}
	}
}

// TestSoftmaxBits: a row's bits do not depend on the other rows, on the place or on the
// number of workers.
func TestSoftmaxBits(t *testing.T) {
	t.Run("float32", testSoftmaxBits[float32])
	t.Run("float64", testSoftmaxBits[float64])
}

func testSoftmaxBits[T kernels.Float](t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, cols := range []int{1, 3, 17, 40, 1023, 1024, 1025, 4095, 8193} {
		rows := 1 + 20000/cols
		x, g := make([]T, rows*cols), make([]T, rows*cols)
		for i := range x {
			x[i], g[i] = T(300*r.NormFloat64()*r.Float64()*r.Float64()), T(r.NormFloat64())
		}
		y := make([]T, len(x))
		for _, k := range []struct {
			name   string
			kernel func(dst, src []T, cols int)
		}{
			{"softmax", kernels.Softmax[T]},
			{"log-softmax", kernels.LogSoftmax[T]},
			{"gradient", func(dst, src []T, cols int) {
				kernels.SoftmaxGrad(dst, g[:len(src)], src, cols)
			}},
		} {
			k.kernel(y, x, cols)
			place := append([]T(nil), x...)
			k.kernel(place, place, cols)
			expectRow(t, k.name+" in place", nil, place, y)
			for row := range min(rows, 20) {
				alone := make([]T, cols)
				if k.name != "gradient" || row == 0 {
					k.kernel(alone, x[row*cols:(row+1)*cols], cols)
					expectRow(t, k.name+" of a row alone", nil, alone, y[row*cols:(row+1)*cols])
				}
			}
		}
		kernels.LogSoftmax(y, x, cols)
		for _, workers := range []int{1, 2, 3, 7} {
			again := make([]T, len(x))
			kernels.ParallelRange(workers, rows, 1, func(lo, hi int) { // which always splits
				kernels.LogSoftmax(again[lo*cols:hi*cols], x[lo*cols:hi*cols], cols)
			})
			expectRow(t, fmt.Sprintf("log-softmax of %d columns on %d workers", cols, workers), nil, again, y)
		}
	}
}

func TestSoftmaxAllocatesNothing(t *testing.T) {
	x, y := make([]float64, 300), make([]float64, 300)
	if n := testing.AllocsPerRun(10, func() {
		kernels.Softmax(y, x, 100)
		kernels.LogSoftmaxGrad(y, x, y, 100)
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func ExampleSoftmax() {
	scores := []float32{1, 1, 0, 5, 3, 1e9} // two rows of three
	p := make([]float32, len(scores))
	kernels.Softmax(p, scores, 3)
	fmt.Println(p)
	// Output: [0.4223188 0.4223188 0.1553624 0 0 1]
}

func ExampleParallelRows() {
	const rows, cols = 100, 50
	x, y := make([]float64, rows*cols), make([]float64, rows*cols)
	kernels.ParallelRows(4, rows, cols, func(lo, hi int) {
		kernels.LogSoftmax(y[lo*cols:hi*cols], x[lo*cols:hi*cols], cols)
	})
	fmt.Printf("%.4f\n", y[rows*cols-1]) // -ln(50)
	// Output: -3.9120
}

func BenchmarkSoftmax(b *testing.B) {
	for _, cols := range []int{10, 1000, 32000} {
		for _, op := range kernels.RowOperations() {
			for v := kernels.Scalar; v <= kernels.AVX512; v++ {
				name := fmt.Sprintf("%s-%s/", op.Name, v)
				benchmarkRows(b, name+"float32", op.Forward32(v), op.Backward32(v), cols)
				benchmarkRows(b, name+"float64", op.Forward64(v), op.Backward64(v), cols)
			}
		}
		benchmarkRows(b, "plain/float32", plainSoftmax, nil, cols)
	}
}

func benchmarkRows[T kernels.Float](b *testing.B, name string, forward kernels.RowForwardFunc[T], backward kernels.RowBackwardFunc[T], cols int) {
	r := rand.New(rand.NewPCG(5, 6))
	x, y, out := make([]T, 64000), make([]T, 64000), make([]T, 64000)
	for i := range x {
		x[i], y[i] = T(3*r.NormFloat64()), T(-math.Abs(3*r.NormFloat64()))
	}
	run := func(direction string, rows func()) {
		b.Run(fmt.Sprintf("%s/%s/cols=%d", name, direction, cols), func(b *testing.B) {
			for b.Loop() {
				rows()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(x)), "ns/elem")
		})
	}
	if forward != nil {
		run("forward", func() { forward(out, x, cols) })
	}
	if backward != nil {
		run("backward", func() { backward(out, x, y, cols) })
	}
}

// plainSoftmax is the loop that one writes in Go, for comparison.
func plainSoftmax(dst, src []float32, cols int) {
	for ; len(src) > 0; dst, src = dst[cols:], src[cols:] {
		m := src[0]
		for _, x := range src[:cols] {
			m = max(m, x)
		}
		total := 0.
		for j, x := range src[:cols] {
			e := math.Exp(float64(x - m))
			dst[j] = float32(e)
			total += e
		}
		for j := range dst[:cols] {
			dst[j] /= float32(total)
		}
	}
}
