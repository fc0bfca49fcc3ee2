package kernels_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"

	"actinit/kernels"
)

// A layout is one kernel of one type, forward, backward or one result of a fused one, as a function of two
// inputs; forward kernels ignore the second.
type layout[T kernels.Float] struct {
	name    string
	variant kernels.Variant
	inputs  int
	run     func(dst, a, b []T)
	scalar  func(dst, a, b []T) // the same kernel's scalar variant
}

const layoutParam = 0.25 // alpha or slope

// layoutParams returns the parameters to try an operation's layouts at: the faithful ELU has
// loops of its own for alpha = 1 only.
func layoutParams(op *kernels.Operation) []float64 {
	if op.Name == "elu_faithful" {
		return []float64{layoutParam, 1}
	}
	return []float64{layoutParam}
}

// layouts lists all kernels of one type in all variants, at the parameters that params gives.
func layouts[T kernels.Float](
	params func(*kernels.Operation) []float64,
	forward func(*kernels.Operation, kernels.Variant) kernels.ForwardFunc[T],
	backward func(*kernels.Operation, kernels.Variant) kernels.BackwardFunc[T],
) []layout[T] {
	var all []layout[T]
	for _, op := range kernels.Operations() {
		for _, wide := range params(op) {
			param := T(wide)
			unary := func(f kernels.ForwardFunc[T]) func(dst, a, b []T) {
				return func(dst, a, _ []T) { f(dst, a, param) }
			}
			binary := func(f kernels.BackwardFunc[T]) func(dst, a, b []T) {
				return func(dst, a, b []T) { f(dst, a, b, param) }
			}
			for v := kernels.Scalar; v <= kernels.AVX512; v++ {
				if f := forward(op, v); f != nil {
					all = append(all, layout[T]{fmt.Sprintf("%s(%v) forward %s", op.Name, param, v), v, 1, unary(f), unary(forward(op, kernels.Scalar))})
				}
				if f := backward(op, v); f != nil {
					all = append(all, layout[T]{fmt.Sprintf("%s(%v) backward %s", op.Name, param, v), v, 2, binary(f), binary(backward(op, kernels.Scalar))})
				}
			}
		}
	}
	return all
}

func layouts32() []layout[float32] {
	return layouts(layoutParams, (*kernels.Operation).Forward32, (*kernels.Operation).Backward32)
}

func layouts64() []layout[float64] {
	return layouts(layoutParams, (*kernels.Operation).Forward64, (*kernels.Operation).Backward64)
}

// vectors keeps the kernels that are not Go, which checks its bounds itself.
func vectors[T kernels.Float](all []layout[T]) (kept []layout[T]) {
	for _, l := range all {
		if l.variant > kernels.Unrolled {
			kept = append(kept, l)
		}
	}
	return kept
}

// bits compares floats: all NaNs are one.
func bits[T kernels.Float](x T) uint64 {
	if x != x {
		return math.MaxUint64
	}
	if unsafe.Sizeof(x) == 4 {
		return uint64(math.Float32bits(float32(x)))
	}
	return math.Float64bits(float64(x))
}

func sameBits[T kernels.Float](a, b []T) (at int, same bool) {
	for i := range a {
		if bits(a[i]) != bits(b[i]) {
			return i, false
		}
	}
	return 0, true
}

// mixed fills s with ordinary values, special values and random bits.
func mixed[T kernels.Float](random *rand.Rand, s []T) {
	special := []float64{0, math.Copysign(0, -1), 1, -1, math.NaN(), math.Inf(1), math.Inf(-1), 1e-40, -1e-40, 5e-324, 100, -100, 1e30, -1e30}
	for i := range s {
		switch random.IntN(6) {
		case 0:
			s[i] = T(special[random.IntN(len(special))])
		case 1:
			if unsafe.Sizeof(s[i]) == 4 {
				s[i] = T(math.Float32frombits(random.Uint32()))
			} else {
				s[i] = T(math.Float64frombits(random.Uint64()))
			}
		case 2: // where exponentials, and results, come near their ends
			s[i] = T(random.NormFloat64() * 300)
		default:
			s[i] = T(random.NormFloat64() * 4)
		}
	}
}

// longest is more than four times the elements any variant has in flight.
const longest = 4*16 + 7

// testLayouts runs every kernel on all lengths up to longest and on all
// offsets from a cache line, beside guard values, and in place. Each element's
// result must be the one the scalar kernel gives for it alone.
func testLayouts[T kernels.Float](t *testing.T, all []layout[T]) {
	const line = 16
	guard := T(-12345)
	random := testSeed()
	a, b := make([]T, longest), make([]T, longest)
	buffer := make([]T, longest+2*line+line)
	for _, l := range all {
		mixed(random, a)
		mixed(random, b)
		want := make([]T, longest)
		for i := range want {
			l.scalar(want[i:i+1], a[i:i+1], b[i:i+1])
		}
		for n := range longest + 1 {
			for offset := range line {
				for i := range buffer {
					buffer[i] = guard
				}
				dst := buffer[line+offset:][:n]
				l.run(dst, a[:n], b[:n])
				if i, same := sameBits(dst, want[:n]); !same {
					t.Fatalf("%s: length %d, offset %d: element %d of %v, %v is %x, alone it is %x", l.name, n, offset, i, a[i], b[i], dst[i], want[i])
				}
				for i, x := range buffer {
					if (i < line+offset || i >= line+offset+n) && x != guard {
						t.Fatalf("%s: length %d, offset %d: wrote element %d", l.name, n, offset, i-line-offset)
					}
				}
			}
			for place := range l.inputs {
				inputs := [2][]T{append([]T(nil), a[:n]...), append([]T(nil), b[:n]...)}
				l.run(inputs[place], inputs[0], inputs[1])
				if i, same := sameBits(inputs[place], want[:n]); !same {
					t.Fatalf("%s: length %d, in place of input %d: element %d is %x, want %x", l.name, n, place, i, inputs[place][i], want[i])
				}
			}
		}
	}
}

func TestLayouts(t *testing.T) {
	t.Run("float32", func(t *testing.T) { t.Parallel(); testLayouts(t, layouts32()) })
	t.Run("float64", func(t *testing.T) { t.Parallel(); testLayouts(t, layouts64()) })
	t.Run("fused float32", func(t *testing.T) { t.Parallel(); testLayouts(t, fusedLayouts((*kernels.Operation).Fused32)) })
	t.Run("fused float64", func(t *testing.T) { t.Parallel(); testLayouts(t, fusedLayouts((*kernels.Operation).Fused64)) })
}

// TestParameters runs the kernels that take a parameter at ones that vectors treat
// alike and at ones they leave to the scalar loop.
func TestParameters(t *testing.T) {
	t.Run("float32", func(t *testing.T) {
		testParameters(t, (*kernels.Operation).Forward32, (*kernels.Operation).Backward32, 110,
			[]float32{1, -1, 0, float32(minus0), .01, third, 0x1p-20, 0x1p20, -0x1.fffffep20, 0x1p-21, 1e-40, 1e30, float32(inf), float32(nan)})
	})
	t.Run("float64", func(t *testing.T) {
		testParameters(t, (*kernels.Operation).Forward64, (*kernels.Operation).Backward64, 800,
			[]float64{1, -1, 0, minus0, .01, 1. / 3, 0x1p-500, 0x1p500, 0x1.fffffep500, 0x1p-501, 1e-310, 1e300, inf, nan})
	})
}

// testParameters compares all variants with the scalar one; tiny is the binary exponent about
// which results are near the subnormals.
func testParameters[T kernels.Float](t *testing.T,
	forward func(*kernels.Operation, kernels.Variant) kernels.ForwardFunc[T],
	backward func(*kernels.Operation, kernels.Variant) kernels.BackwardFunc[T], tiny int, params []T) {
	const n = 2000
	random := testSeed()
	a, b := make([]T, n), make([]T, n)
	mixed(random, a)
	mixed(random, b)
	for i := 0; i < n; i += 3 {
		a[i] = T(math.Ldexp(random.NormFloat64(), -tiny-random.IntN(tiny/3)))
	}
	got, want := make([]T, n), make([]T, n)
	for _, op := range kernels.Operations() {
		for _, param := range params {
			for v := kernels.Unrolled; v <= kernels.AVX512; v++ {
				if f := forward(op, v); f != nil {
					f(got, a, param)
					forward(op, kernels.Scalar)(want, a, param)
					if i, same := sameBits(got, want); !same {
						t.Errorf("%s forward %s, parameter %v: %v gives %x, want %x", op.Name, v, param, a[i], got[i], want[i])
					}
				}
				if f := backward(op, v); f != nil {
					f(got, b, a, param)
					backward(op, kernels.Scalar)(want, b, a, param)
					if i, same := sameBits(got, want); !same {
						t.Errorf("%s backward %s, parameter %v: %v, %v gives %x, want %x", op.Name, v, param, b[i], a[i], got[i], want[i])
					}
				}
			}
		}
	}
}

// panics returns what f panics with, as text.
func panics(f func()) (message string) {
	defer func() { message, _ = recover().(string) }()
	f()
	return ""
}

func testContract[T kernels.Float](t *testing.T, all []layout[T]) {
	const length = "kernels: slices differ in length"
	const overlap = "kernels: dst partly overlaps an input (it may be exactly the input)"
	s := make([]T, 64)
	other := make([]T, 64)
	for _, l := range all {
		for _, c := range []struct {
			what, want string
			dst, a, b  []T
		}{
			{"short dst", length, other[:9], s[:10], s[:10]},
			{"long dst", length, other[:11], s[:10], s[:10]},
			{"dst one after a", overlap, s[1:11], s[:10], other[:10]},
			{"dst one before a", overlap, s[:10], s[1:11], other[:10]},
			{"disjoint neighbours", "", s[:10], s[10:20], other[:10]},
			{"exactly a", "", s[:10], s[:10], other[:10]},
			{"empty", "", nil, s[:0], other[3:3]},
		} {
			if got := panics(func() { l.run(c.dst, c.a, c.b) }); got != c.want {
				t.Errorf("%s, %s: panic %q, want %q", l.name, c.what, got, c.want)
			}
		}
		if l.inputs < 2 {
			continue
		}
		if got := panics(func() { l.run(other[:10], s[:10], s[:9]) }); got != length {
			t.Errorf("%s, short saved: panic %q", l.name, got)
		}
		if got := panics(func() { l.run(s[1:11], other[:10], s[:10]) }); got != overlap {
			t.Errorf("%s, dst overlaps saved: panic %q", l.name, got)
		}
		if got := panics(func() { l.run(other[:10], s[:10], s[5:15]) }); got != "" {
			t.Errorf("%s, inputs overlap each other: panic %q", l.name, got)
		}
	}
}

func TestContract(t *testing.T) {
	testContract(t, layouts32())
	testContract(t, layouts64())
	testContract(t, fusedLayouts((*kernels.Operation).Fused32))
	testContract(t, fusedLayouts((*kernels.Operation).Fused64))
}

// TestNaN holds every kernel to NaN in, quiet NaN out, in each input, at parameters
// that the vectors cover and at others, in a tail and in whole vectors.
func TestNaN(t *testing.T) {
	params := func(*kernels.Operation) []float64 { return []float64{layoutParam, 1, 0, -2, 0x1p-30} }
	testNaN(t, append(append(layouts(params, (*kernels.Operation).Forward32, (*kernels.Operation).Backward32), fusedLayouts((*kernels.Operation).Fused32)...), gatedLayouts[float32]((*kernels.GatedUnit).Forward32, (*kernels.GatedUnit).Backward32)...),
		math.Float32frombits(0x7fc00000), math.Float32frombits(0x7fa00001), math.Float32frombits(0xff800001))
	testNaN(t, append(append(layouts(params, (*kernels.Operation).Forward64, (*kernels.Operation).Backward64), fusedLayouts((*kernels.Operation).Fused64)...), gatedLayouts[float64]((*kernels.GatedUnit).Forward64, (*kernels.GatedUnit).Backward64)...),
		math.Float64frombits(0x7ff8000000000000), math.Float64frombits(0x7ff4000000000001), math.Float64frombits(0xfff0000000000001))
}

// gatedLayouts lists the gated units: forward, and backward by b where the values are b too.
func gatedLayouts[T kernels.Float](
	forward func(*kernels.GatedUnit, kernels.Variant) kernels.GatedFunc[T],
	backward func(*kernels.GatedUnit, kernels.Variant) kernels.GatedGradFunc[T],
) []layout[T] {
	var all []layout[T]
	for _, u := range kernels.GatedUnits() {
		for v := kernels.Scalar; v <= kernels.AVX512; v++ {
			if f := forward(u, v); f != nil {
				all = append(all, layout[T]{fmt.Sprintf("%s forward %s", u.Name, v), v, 2, f, forward(u, kernels.Scalar)})
			}
			if f := backward(u, v); f != nil {
				run := func(f kernels.GatedGradFunc[T]) func(dst, a, b []T) {
					return func(dst, grad, b []T) { f(make([]T, len(dst)), dst, grad, b, b) }
				}
				all = append(all, layout[T]{fmt.Sprintf("%s backward %s", u.Name, v), v, 2, run(f), run(backward(u, kernels.Scalar))})
			}
		}
	}
	return all
}

func testNaN[T kernels.Float](t *testing.T, all []layout[T], nans ...T) {
	const n = 67 // whole vectors, in step, and a tail
	for _, l := range all {
		for _, x := range []T{0, 1, -1, 200, -200, T(math.Inf(1)), T(math.Inf(-1)), 1e-45} {
			for place := range l.inputs {
				for _, nan := range nans {
					in := [2][]T{slices.Repeat([]T{x}, n), slices.Repeat([]T{x}, n)}
					in[place] = slices.Repeat([]T{nan}, n)
					dst := make([]T, n)
					l.run(dst, in[0], in[1])
					for i, y := range dst {
						if !quietNaN(y) {
							t.Fatalf("%s: input %d NaN, the other %v: element %d is %v, quiet %v", l.name, place, x, i, y, quietNaN(y))
						}
					}
				}
			}
		}
	}
}

// quietNaN reports whether x is a NaN with the first bit of its significand set.
func quietNaN[T kernels.Float](x T) bool {
	if unsafe.Sizeof(x) == 4 {
		return x != x && *(*uint32)(unsafe.Pointer(&x))&(1<<22) != 0
	}
	return x != x && *(*uint64)(unsafe.Pointer(&x))&(1<<51) != 0
}

func FuzzVariants32(f *testing.F) {
	fuzzVariants(f, layouts32(), func(u uint64) (float32, float32) {
		return math.Float32frombits(uint32(u)), math.Float32frombits(uint32(u >> 32))
	})
}

func FuzzVariants64(f *testing.F) {
	fuzzVariants(f, layouts64(), func(u uint64) (float64, float64) {
		return math.Float64frombits(u), math.Float64frombits(u<<32 | u>>32)
	})
}

// fuzzVariants compares every variant, and every position in a slice, with the scalar
// kernel on one element.
func fuzzVariants[T kernels.Float](f *testing.F, all []layout[T], values func(uint64) (x, y T)) {
	for _, u := range []uint64{0, 1, 0x80000000, 0x3f8000003f800000, 0x7f8000007fc00000, 0xff800000bfa3a4ba, 0x7ff0000000000000, 0xc2b00000c2d00000} {
		f.Add(u, uint64(0x3ff8000000000000), 5, uint8(3))
	}
	f.Fuzz(func(t *testing.T, first, second uint64, n int, position uint8) {
		n = 1 + int(uint(n)%longest)
		at := int(position) % n
		x, y := values(first)
		u, v := values(second)
		a, b, dst := make([]T, n), make([]T, n), make([]T, n)
		for i := range a {
			a[i], b[i] = u, v
		}
		a[at], b[at] = x, y
		for _, l := range all {
			l.run(dst, a, b)
			for _, i := range []int{0, at, n - 1} {
				want := []T{0}
				l.scalar(want, a[i:i+1], b[i:i+1])
				if bits(dst[i]) != bits(want[0]) {
					t.Fatalf("%s: element %d of %d, inputs %x, %x: %x, alone %x", l.name, i, n, a[i], b[i], dst[i], want[0])
				}
			}
		}
	})
}

// TestNoAllocation holds the plain functions to no allocation.
func TestNoAllocation(t *testing.T) {
	a32, b32, d32 := make([]float32, 100), make([]float32, 100), make([]float32, 100)
	a64, b64, d64 := make([]float64, 100), make([]float64, 100), make([]float64, 100)
	argmax := make([]uint8, 50)
	for _, c := range []struct {
		name string
		f    func()
	}{
		{"Sigmoid[float32]", func() { kernels.Sigmoid(d32, a32) }},
		{"SigmoidGrad[float64]", func() { kernels.SigmoidGrad(d64, a64, b64) }},
		{"ELU[float64]", func() { kernels.ELU(d64, a64, .5) }},
		{"ELUGrad[float32]", func() { kernels.ELUGrad(d32, a32, b32, .5) }},
		{"PReLUChannels", func() { kernels.PReLUChannels(d32, a32, b32[:10], 5) }},
		{"PReLUSlopeGrad", func() { sink = kernels.PReLUSlopeGrad(a32, b32) }},
		{"PReLUChannelsSlopeGrad", func() { kernels.PReLUChannelsSlopeGrad(d64[:10], a32, b32, 5) }},
		{"Maxout", func() { kernels.Maxout(d32[:50], argmax, a32, 2, 50) }},
		{"MaxoutGrad", func() { kernels.MaxoutGrad(d32, a32[:50], argmax, 2, 50) }},
		{"Hardtanh", func() { kernels.Hardtanh(d32, a32, -1, 1) }},
		{"ThresholdGrad", func() { kernels.ThresholdGrad(d64, a64, b64, .1) }},
		{"RReLU", func() { kernels.RReLU(d32, a32, .1, .2, 1, 2, 3) }},
		{"SwiGLU", func() { kernels.SwiGLU(d32, a32, b32) }},
		{"GLUGrad", func() { kernels.GLUGrad(d64[:50], d64[50:], a64[:50], b64[:50], b64[50:]) }},
		{"RReLUGrad", func() { kernels.RReLUGrad(d64, a64, b64, .1, .2, 1, 2, 3) }},
		{"Uniform", func() { kernels.Uniform(d32, 1, 2, 3, 0, 1) }},
		{"Normal", func() { kernels.Normal(d64, 1, 2, 3, 0, 1) }},
		{"TruncatedNormal", func() { kernels.TruncatedNormal(d32, 1, 2, 3, 0, 1, -2, 2) }},
		{"Bernoulli", func() { kernels.Bernoulli(d64, 1, 2, 3, .5) }},
		{"Parallel below its threshold", func() { kernels.Parallel(4, kernels.Tanh[float32], d32, a32) }},
	} {
		if n := testing.AllocsPerRun(20, c.f); n != 0 {
			t.Errorf("%s allocates %v times", c.name, n)
		}
	}
}

var sink float64
