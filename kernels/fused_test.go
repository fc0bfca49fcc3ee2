package kernels_test

import (
	"fmt"
	"slices"
	"testing"

	"actinit/kernels"
)

// fusedLayouts lists the fused kernels as kernels of one output each: what they give in the
// other goes elsewhere.
func fusedLayouts[T kernels.Float](fused func(*kernels.Operation, kernels.Variant) kernels.FusedFunc[T]) []layout[T] {
	value := func(f kernels.FusedFunc[T]) func(dst, a, b []T) {
		return func(dst, a, _ []T) { f(dst, make([]T, len(dst)), a) }
	}
	derivative := func(f kernels.FusedFunc[T]) func(dst, a, b []T) {
		return func(dst, a, _ []T) { f(make([]T, len(dst)), dst, a) }
	}
	var all []layout[T]
	for _, op := range kernels.Operations() {
		for v := kernels.Scalar; v <= kernels.AVX512; v++ {
			if f := fused(op, v); f != nil {
				scalar := fused(op, kernels.Scalar)
				all = append(all,
					layout[T]{fmt.Sprintf("%s fused %s, value", op.Name, v), v, 1, value(f), value(scalar)},
					layout[T]{fmt.Sprintf("%s fused %s, derivative", op.Name, v), v, 1, derivative(f), derivative(scalar)})
			}
		}
	}
	return all
}

func TestFusedIsForwardAndBackward(t *testing.T) {
	testFused(t, (*kernels.Operation).Fused32, (*kernels.Operation).Forward32, (*kernels.Operation).Backward32)
	testFused(t, (*kernels.Operation).Fused64, (*kernels.Operation).Forward64, (*kernels.Operation).Backward64)
}

// testFused holds both results of all variants to the separate scalar kernels, out of place and
// in place of either result, beside guard values.
func testFused[T kernels.Float](t *testing.T,
	fused func(*kernels.Operation, kernels.Variant) kernels.FusedFunc[T],
	forward func(*kernels.Operation, kernels.Variant) kernels.ForwardFunc[T],
	backward func(*kernels.Operation, kernels.Variant) kernels.BackwardFunc[T]) {
	const n, line = 1<<15 + 1234, 16 // more than a chunk, and many blocks
	between := func(guard T) (whole, part []T) {
		whole = make([]T, n+2*line)
		for i := range whole {
			whole[i] = guard
		}
		return whole, whole[line:][:n]
	}
	intact := func(whole []T, guard T) bool {
		return !slices.ContainsFunc(slices.Concat(whole[:line], whole[line+n:]), func(x T) bool { return x != guard })
	}
	src, ones := make([]T, n), make([]T, n)
	mixed(testSeed(), src)
	for i := range ones {
		ones[i] = 1
	}
	y, d := make([]T, n), make([]T, n)
	for _, op := range kernels.Operations() {
		if fused(op, kernels.Scalar) == nil {
			continue
		}
		forward(op, kernels.Scalar)(y, src, 0)
		backward(op, kernels.Scalar)(d, ones, src, 0)
		for v := kernels.Scalar; v <= kernels.AVX512; v++ {
			f := fused(op, v)
			if f == nil {
				continue
			}
			for _, place := range []string{"out of place", "dst is src", "derivative is src"} {
				first, second := T(-12345), T(-54321)
				values, dst := between(first)
				derivatives, derivative := between(second)
				from := append([]T(nil), src...)
				switch place {
				case "dst is src":
					copy(dst, src)
					from = dst
				case "derivative is src":
					copy(derivative, src)
					from = derivative
				}
				f(dst, derivative, from)
				if !intact(values, first) || !intact(derivatives, second) {
					t.Errorf("%s fused %s, %s: wrote outside its results", op.Name, v, place)
				}
				if i, same := sameBits(dst, y); !same {
					t.Errorf("%s fused %s, %s: the value at %v is %x, want %x", op.Name, v, place, src[i], dst[i], y[i])
				}
				if i, same := sameBits(derivative, d); !same {
					t.Errorf("%s fused %s, %s: the derivative at %v is %x, want %x", op.Name, v, place, src[i], derivative[i], d[i])
				}
			}
		}
	}
}

func TestFusedContract(t *testing.T) {
	const (
		length  = "kernels: slices differ in length"
		overlap = "kernels: dst partly overlaps an input (it may be exactly the input)"
		results = "kernels: dst overlaps derivative"
	)
	s, other := make([]float32, 64), make([]float32, 64)
	for _, c := range []struct {
		what, want           string
		dst, derivative, src []float32
	}{
		{"short derivative", length, s[:10], s[20:29], other[:10]},
		{"dst after src", overlap, s[1:11], other[:10], s[:10]},
		{"derivative before src", overlap, other[:10], s[:10], s[1:11]},
		{"one for both", results, s[:10], s[:10], other[:10]},
		{"all one", results, s[:10], s[:10], s[:10]},
		{"dst after derivative", results, s[5:15], s[:10], other[:10]},
		{"dst is src", "", s[:10], other[:10], s[:10]},
		{"derivative is src", "", other[:10], s[:10], s[:10]},
		{"empty", "", nil, s[:0], other[:0]},
	} {
		if got := panics(func() { kernels.SiLUWithDerivative(c.dst, c.derivative, c.src) }); got != c.want {
			t.Errorf("%s: panic %q, want %q", c.what, got, c.want)
		}
	}
	if n := testing.AllocsPerRun(10, func() { kernels.SiLUWithDerivative(s[:40], other[:40], s[:40]) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestWithDerivative holds each plain function to its operation's kernels, and names all of them.
func TestWithDerivative(t *testing.T) {
	functions := map[string]func(dst, derivative, src []float32){
		"gelu":       kernels.GELUWithDerivative[float32],
		"gelutanh":   kernels.GELUTanhWithDerivative[float32],
		"logsigmoid": kernels.LogSigmoidWithDerivative[float32],
		"mish":       kernels.MishWithDerivative[float32],
		"silu":       kernels.SiLUWithDerivative[float32],
		"softplus":   kernels.SoftplusWithDerivative[float32],
		"tanhshrink": kernels.TanhshrinkWithDerivative[float32],
	}
	src := make([]float32, 1000)
	mixed(testSeed(), src)
	y, d, dst, derivative := make([]float32, 1000), make([]float32, 1000), make([]float32, 1000), make([]float32, 1000)
	for _, op := range kernels.Operations() {
		f := op.Fused32(kernels.Scalar)
		if (f != nil) != (functions[op.Name] != nil) {
			t.Errorf("%s: name its plain function in this test", op.Name)
		}
		if f == nil || functions[op.Name] == nil {
			continue
		}
		f(y, d, src)
		functions[op.Name](dst, derivative, src)
		if i, same := sameBits(dst, y); !same {
			t.Errorf("%s: the value at %v is %x, want %x", op.Name, src[i], dst[i], y[i])
		}
		if i, same := sameBits(derivative, d); !same {
			t.Errorf("%s: the derivative at %v is %x, want %x", op.Name, src[i], derivative[i], d[i])
		}
	}
}
