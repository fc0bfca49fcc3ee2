package kernels_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"actinit/kernels"
)

// halfVariants lists the variants that have a float32 kernel of op.
func halfVariants(op *kernels.Operation) (all []kernels.Variant) {
	for v := kernels.Scalar; v <= kernels.AVX512; v++ {
		if op.Forward32(v) != nil || op.Backward32(v) != nil {
			all = append(all, v)
		}
	}
	return all
}

// halfBits draws n numbers, of which one in four is any.
func halfBits[H kernels.Half](random *rand.Rand, n int) []H {
	wide, all := make([]float32, n), make([]H, n)
	for i := range wide {
		wide[i] = 4 * float32(random.NormFloat64())
	}
	kernels.Narrow(all, wide)
	for i := range all {
		if random.IntN(4) == 0 {
			all[i] = H(random.Uint32())
		}
	}
	return all
}

func sameHalf[H kernels.Half](a, b H) bool {
	x, y := []float32{0}, []float32{0}
	kernels.Widen(x, []H{a})
	kernels.Widen(y, []H{b})
	return a == b || x[0] != x[0] && y[0] != y[0]
}

func TestHalfOperations(t *testing.T) {
	t.Run("float16", testHalfOperations[kernels.Float16])
	t.Run("bfloat16", testHalfOperations[kernels.BFloat16])
}

// testHalfOperations runs every kernel over H at lengths on both sides of a vector and of a
// block, at several offsets, beside guard values and in place. Each element's result is
// the one that the scalar variant gives for it alone; a gradient's is that of the
// float32 kernel, rounded.
func testHalfOperations[H kernels.Half](t *testing.T) {
	const margin, guard, longest = 16, 0x1234, 2*1024 + 9
	lengths := []int{0, 1, 2, 7, 8, 9, 15, 16, 17, 31, 33, 1023, 1024, 1025, longest}
	random := testSeed()
	buffer := make([]H, longest+2*margin)
	for _, op := range kernels.Operations() {
		if kernels.HalfForward[H](op, kernels.Scalar) == nil {
			continue
		}
		grad, x := halfBits[H](random, longest), halfBits[H](random, longest)
		forward, backward := make([]H, longest), make([]H, longest)
		g, v, out := []float32{0}, []float32{0}, []float32{0}
		for i := range x {
			kernels.HalfForward[H](op, kernels.Scalar)(forward[i:i+1], x[i:i+1], layoutParam)
			kernels.Widen(g, grad[i:i+1])
			kernels.Widen(v, x[i:i+1])
			op.Backward32(kernels.Scalar)(out, g, v, layoutParam)
			kernels.Narrow(backward[i:i+1], out)
		}
		check := func(what string, n, offset int, want []H, run func(dst []H)) {
			for i := range buffer {
				buffer[i] = guard
			}
			dst := buffer[offset:][:n]
			run(dst)
			for i, h := range buffer {
				switch inside := i >= offset && i < offset+n; {
				case inside && !sameHalf(h, want[i-offset]):
					t.Fatalf("%s %s: length %d, offset %d: element %d of %#04x, %#04x is %#04x, alone it is %#04x",
						op.Name, what, n, offset, i-offset, grad[i-offset], x[i-offset], h, want[i-offset])
				case !inside && h != guard:
					t.Fatalf("%s %s: length %d, offset %d: wrote element %d", op.Name, what, n, offset, i-offset)
				}
			}
		}
		for _, variant := range halfVariants(op) {
			f, b := kernels.HalfForward[H](op, variant), kernels.HalfBackward[H](op, variant)
			for _, n := range lengths {
				for offset := range 3 {
					offset += n % (margin - 3)
					if f != nil {
						what := fmt.Sprint("forward ", variant)
						check(what, n, offset, forward, func(dst []H) { f(dst, x[:n], layoutParam) })
						check(what+" in place", n, offset, forward, func(dst []H) { copy(dst, x); f(dst, dst, layoutParam) })
					}
					if b != nil {
						what := fmt.Sprint("backward ", variant)
						check(what, n, offset, backward, func(dst []H) { b(dst, grad[:n], x[:n], layoutParam) })
						check(what+" over grad", n, offset, backward, func(dst []H) { copy(dst, grad); b(dst, dst, x[:n], layoutParam) })
						check(what+" over saved", n, offset, backward, func(dst []H) { copy(dst, x); b(dst, grad[:n], dst, layoutParam) })
					}
				}
			}
		}
		check("plain", longest, 1, forward, func(dst []H) { kernels.ForwardHalf(op, dst, x, layoutParam) })
		check("plain gradient", longest, 1, backward, func(dst []H) { kernels.BackwardHalf(op, dst, grad, x, layoutParam) })
	}
}

func TestHalfContract(t *testing.T) {
	op := kernels.Operations()[0]
	s, f := make([]kernels.Float16, 20), make([]float32, 20)
	for what, call := range map[string]func(){
		"forward: lengths":         func() { kernels.ForwardHalf(op, s[:3], s[:4], 1) },
		"forward: partial overlap": func() { kernels.ForwardHalf(op, s[:4], s[1:5], 1) },
		"backward: lengths":        func() { kernels.BackwardHalf(op, s[:3], s[:3], s[:4], 1) },
		"backward: overlap":        func() { kernels.BackwardHalf(op, s[:4], s[5:9], s[1:5], 1) },
		"narrow: lengths":          func() { kernels.Narrow(s[:3], f[:4]) },
		"widen: lengths":           func() { kernels.Widen(f[:3], s[:4]) },
	} {
		if panics(call) == "" {
			t.Errorf("%s: no panic", what)
		}
	}
}

func TestHalfNoAllocation(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector makes pools forget")
	}
	h, f := make([]kernels.BFloat16, 3000), make([]float64, 3000)
	op := kernels.Operations()[0]
	if n := testing.AllocsPerRun(1000, func() {
		kernels.ForwardHalf(op, h, h, 1)
		kernels.BackwardHalf(op, h, h, h, 1)
		kernels.Narrow(h, f)
		kernels.Widen(f, h)
	}); n >= 1 {
		t.Errorf("%v allocations per run", n)
	}
}
