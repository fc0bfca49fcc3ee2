package kernels_test

import (
	"math"
	"testing"

	"actinit/kernels"
)

func TestGatedContract(t *testing.T) {
	const (
		length  = "kernels: slices differ in length"
		overlap = "kernels: dst partly overlaps an input (it may be exactly the input)"
		gates   = "kernels: da overlaps db"
		rows    = "kernels: rows of a gated unit need a positive width, and twice as many elements as its results"
	)
	s, o := make([]float32, 60), make([]float32, 60)
	a, b, grad := o[:10], o[10:20], o[20:30]
	for _, c := range []struct {
		what, want string
		f          func()
	}{
		{"short dst", length, func() { kernels.GLU(s[:9], a, b) }},
		{"short gates", length, func() { kernels.SwiGLU(s[:10], a, b[:9]) }},
		{"dst one after b", overlap, func() { kernels.GEGLU(o[11:21], a, b) }},
		{"dst is a", "", func() { kernels.ReGLU(a, a, b) }},
		{"values are gates", "", func() { kernels.Bilinear(s[:10], a, a) }},
		{"empty", "", func() { kernels.GLU[float32](nil, nil, nil) }},
		{"da is db", gates, func() { kernels.GLUGrad(s[:10], s[:10], grad, a, b) }},
		{"da overlaps db", gates, func() { kernels.GLUGrad(s[:10], s[9:19], grad, a, b) }},
		{"db one after grad", overlap, func() { kernels.SwiGLUGrad(s[:10], o[21:31], grad, a, b) }},
		{"da one after b", overlap, func() { kernels.SwiGLUGrad(o[11:21], s[:10], grad, a, b) }},
		{"db one before a", overlap, func() { kernels.BilinearGrad(s[:10], o[1:11], grad, o[2:12], b) }},
		{"short da", length, func() { kernels.ReGLUGrad(s[:9], s[10:20], grad, a, b) }},
		{"rows without a width", rows, func() { kernels.GatedRows(kernels.GLU[float32], nil, nil, 0) }},
		{"half a row", rows, func() { kernels.GatedRows(kernels.GLU[float32], s[:10], o[:20], 4) }},
		{"rows as long as their results", rows, func() { kernels.GatedRows(kernels.GLU[float32], s[:10], o[:10], 5) }},
		{"results in the rows", overlap, func() { kernels.GatedRows(kernels.GLU[float32], o[10:20], o[:20], 5) }},
		{"gradients in the rows' gradients", overlap, func() {
			kernels.GatedRowsGrad(kernels.GLUGrad[float32], s[:20], s[:10], o[:20], 5)
		}},
		{"rows' gradients one after the rows", overlap, func() {
			kernels.GatedRowsGrad(kernels.GLUGrad[float32], o[1:21], s[:10], o[:20], 5)
		}},
		{"no rows", "", func() { kernels.GatedRowsGrad(kernels.GLUGrad[float32], nil, nil, nil, 3) }},
	} {
		if got := panics(c.f); got != c.want {
			t.Errorf("%s: panic %q, want %q", c.what, got, c.want)
		}
	}
}

// TestGatedExtremes: products that overflow or underflow on the way to a gradient that
// does neither.
func TestGatedExtremes(t *testing.T) {
	for _, c := range []struct{ grad, a, b, want float64 }{
		{0x1p600, 0x1p600, 0, inf},
		{0x1p1000, 0x1p200, -700, 0x1p1000 * (0x1p200 * sigmoid700)},
		{0x1p-800, 0x1p-200, 0, 0x1p-1002},
		{0x1p-600, 0x1p-472, 0, 0x1p-1074},
	} {
		da, db := []float64{0}, []float64{0}
		kernels.GLUGrad(da, db, []float64{c.grad}, []float64{c.a}, []float64{c.b})
		if db[0] != c.want && !(db[0]/c.want > 1-0x1p-50 && db[0]/c.want < 1+0x1p-50) {
			t.Errorf("gradient of %x, %x, %v is %x, want %x", c.grad, c.a, c.b, db[0], c.want)
		}
	}
}

// TestReGLUGradSelects: where the gate is shut the gradient by b is +0, infinite
// neighbours or not, and NaN where anything is NaN.
func TestReGLUGradSelects(t *testing.T) {
	t.Run("float32", func(t *testing.T) {
		testReGLUGradSelects(t, kernels.ReGLUGrad[float32], (*kernels.GatedUnit).Backward32)
	})
	t.Run("float64", func(t *testing.T) {
		testReGLUGradSelects(t, kernels.ReGLUGrad[float64], (*kernels.GatedUnit).Backward64)
	})
}

func testReGLUGradSelects[T kernels.Float](t *testing.T, plain kernels.GatedGradFunc[T], variant func(*kernels.GatedUnit, kernels.Variant) kernels.GatedGradFunc[T]) {
	special := []T{T(inf), -T(inf), T(math.NaN()), 0, T(math.Copysign(0, -1)), 1, -1, 3e38, -1e-45}
	var grad, a, b []T
	for _, g := range special {
		for _, v := range special {
			for _, w := range special {
				grad, a, b = append(grad, g), append(a, v), append(b, w)
			}
		}
	}
	da, db := make([]T, len(b)), make([]T, len(b))
	check := func(what string) {
		for i, w := range b {
			want := grad[i] * a[i]
			switch {
			case grad[i] != grad[i] || a[i] != a[i] || w != w:
				want = T(math.NaN())
			case w <= 0:
				want = 0
			}
			if bits(db[i]) != bits(want) {
				t.Errorf("%s: grad = %v, a = %v, b = %v: db = %v, want %v", what, grad[i], a[i], w, db[i], want)
			}
		}
	}
	plain(da, db, grad, a, b)
	check("plain")
	for _, u := range kernels.GatedUnits() {
		if u.Name != "reglu" {
			continue
		}
		for v := kernels.Scalar; v <= kernels.AVX512; v++ {
			if f := variant(u, v); f != nil {
				clear(db)
				f(da, db, grad, a, b)
				check(v.String())
			}
		}
	}
}

const sigmoid700 = 0x1.14f2b0fb9307fp-1010 // 1/(1+e^700)
