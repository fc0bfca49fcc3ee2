package kernels

import (
	"math"
	"strings"
	"testing"
)

func TestLimit(t *testing.T) {
	portable := [variantCount]bool{Scalar: true, Unrolled: true}
	avx2 := [variantCount]bool{Scalar: true, Unrolled: true, AVX2: true}
	both := [variantCount]bool{Scalar: true, Unrolled: true, AVX2: true, AVX512: true}
	for _, c := range []struct {
		name string
		has  [variantCount]bool
		want Variant
	}{
		{"", portable, Unrolled},
		{"", both, AVX512},
		{"nonsense", both, AVX512},
		{"portable", both, Unrolled},
		{"avx2", both, AVX2},
		{"avx512", both, AVX512},
		{"avx512", avx2, AVX2},
		{"avx2", portable, Unrolled},
	} {
		if got := limit(c.name, c.has); got != c.want {
			t.Errorf("limit(%q, %v) = %v, want %v", c.name, c.has, got, c.want)
		}
		v, err := parseISA(c.name, c.has)
		switch {
		case c.name == "" || v.ISA() == c.name:
			if err != nil || v != c.want {
				t.Errorf("parseISA(%q, %v) = %v, %v, want %v", c.name, c.has, v, err, c.want)
			}
		case err == nil:
			t.Errorf("parseISA(%q, %v) = %v, want an error", c.name, c.has, v)
		case strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), "use ") || !strings.Contains(err.Error(), c.name):
			t.Errorf("parseISA(%q): %q does not name the set and what would be right", c.name, err)
		}
	}
}

// An operation uses the best kernel it has up to the limit, which may be lower
// than that of other operations.
func TestChoose(t *testing.T) {
	called := Scalar
	mark := func(v Variant) ForwardFunc[float32] {
		return func(_, _ []float32, _ float32) { called = v }
	}
	nothing := func(_, _ []float64, _ float64) {}
	op := Operation{
		forward32: perVariant[ForwardFunc[float32]]{Scalar: mark(Scalar), Unrolled: mark(Unrolled)},
		forward64: perVariant[ForwardFunc[float64]]{Scalar: nothing},
	}
	for _, c := range []struct{ limit, want Variant }{{Scalar, Scalar}, {Unrolled, Unrolled}, {AVX512, Unrolled}} {
		op.choose(c.limit)
		forward(&op, []float32{1}, []float32{1}, 0)
		if called != c.want {
			t.Errorf("limit %v: %v was called, want %v", c.limit, called, c.want)
		}
		if op.best.forward64 == nil {
			t.Errorf("limit %v: no float64 kernel", c.limit)
		}
	}
	if !op.has(Unrolled) || op.has(AVX2) {
		t.Error("has is wrong")
	}
}

// Every operation has a scalar kernel of each type and direction, a faithful twin that of
// float32 forward.
func TestScalarIsComplete(t *testing.T) {
	for _, op := range Operations() {
		if strings.HasSuffix(op.Name, "_faithful") {
			if op.Forward32(Scalar) == nil || op.Forward64(Scalar) != nil || op.Backward32(Scalar) != nil || op.Backward64(Scalar) != nil {
				t.Errorf("%s has other kernels than those of float32, forward", op.Name)
			}
		} else if op.Forward32(Scalar) == nil || op.Forward64(Scalar) == nil || op.Backward32(Scalar) == nil || op.Backward64(Scalar) == nil {
			t.Errorf("%s lacks a scalar kernel", op.Name)
		}
		if op.Forward32(variantCount) != nil || op.Backward64(variantCount+1) != nil {
			t.Errorf("%s has a kernel in a variant that does not exist", op.Name)
		}
	}
	if !strings.Contains("portable avx2 avx512", ISA()) {
		t.Errorf("ISA() = %q", ISA())
	}
}

// Both instruction sets are generated from one description, so that an operation has
// a kernel for both or for neither.
func TestSetsAgree(t *testing.T) {
	for _, op := range Operations() {
		for kind, differ := range map[string]bool{
			"float32":           (op.forward32[AVX2] == nil) != (op.forward32[AVX512] == nil),
			"float32, backward": (op.backward32[AVX2] == nil) != (op.backward32[AVX512] == nil),
			"float64":           (op.forward64[AVX2] == nil) != (op.forward64[AVX512] == nil),
			"float64, backward": (op.backward64[AVX2] == nil) != (op.backward64[AVX512] == nil),
		} {
			if differ {
				t.Errorf("%s, %s: only one of avx2 and avx512 has a kernel", op.Name, kind)
			}
		}
	}
}

// A forced variant computes everything itself: none calls what the plain functions choose,
// even for the parameters that it does not cover.
func TestForcedVariantsStandAlone(t *testing.T) {
	for _, op := range operations {
		chosen := op.best
		op.best = best{}
		defer func() { op.best = chosen }()
	}
	in32, in64 := []float32{-3, -1, 0, 2}, []float64{-3, -1, 0, 2}
	out32, out64 := make([]float32, len(in32)), make([]float64, len(in64))
	for _, op := range operations {
		for v := Scalar; v < variantCount; v++ {
			for _, param := range []float64{-1, 0, 0x1p-30, 1, 2, 0x1p100} {
				if f := op.Forward32(v); f != nil {
					f(out32, in32, float32(param))
				}
				if f := op.Forward64(v); f != nil {
					f(out64, in64, param)
				}
				if f := op.Backward32(v); f != nil {
					f(out32, in32, in32, float32(param))
				}
				if f := op.Backward64(v); f != nil {
					f(out64, in64, in64, param)
				}
				if f := HalfForward[BFloat16](op, v); f != nil {
					f([]BFloat16{0x3f81}, []BFloat16{0xbf80}, float32(param))
				}
			}
		}
	}
}

// The products that gated units are made with are the scalar ones in every variant.
func TestProductVariants(t *testing.T) {
	t.Run("float32", func(t *testing.T) { testProductVariants(t, &products32) })
	t.Run("float64", func(t *testing.T) { testProductVariants(t, &products64) })
}

func testProductVariants[T Float](t *testing.T, loops *perVariant[BackwardFunc[T]]) {
	inf := T(math.Inf(1))
	a, b := make([]T, streamFrom/4+123), make([]T, streamFrom/4+123)
	special := []T{0, 1, -1, inf, -inf, inf - inf, T(math.Copysign(0, -1)), 1e-30, -3e38}
	for i := range a {
		a[i], b[i] = T(i)*.37-9, 1/(T(i)+1)
		if i%7 == 0 {
			a[i] = special[i/7%len(special)]
		}
		if i%11 == 0 {
			b[i] = special[i/11%len(special)]
		}
	}
	dst, want := make([]T, len(a)), make([]T, len(a))
	productScalar(want, a, b, 0)
	for v := Scalar; v < variantCount; v++ {
		loop := at(loops, v)
		if loop == nil {
			continue
		}
		try := func(n int) {
			clear(dst[:min(n+9, len(dst))])
			loop(dst[:n], a[:n], b[:n], 0)
			for i, y := range dst[:min(n+9, len(dst))] {
				switch {
				case i >= n && y != 0:
					t.Fatalf("%v: length %d: wrote element %d", v, n, i)
				case i < n && math.Float64bits(float64(y)) != math.Float64bits(float64(want[i])) && !(y != y && want[i] != want[i]):
					t.Fatalf("%v: length %d: element %d: %v times %v is %v, want %v", v, n, i, a[i], b[i], y, want[i])
				}
			}
		}
		for n := range 300 {
			try(n)
		}
		try(len(a)) // past the caches
	}
}
