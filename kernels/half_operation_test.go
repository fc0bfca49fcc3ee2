package kernels_test

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"actinit/kernels"
	"actinit/reference"
	"actinit/reference/oracle"
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

// A halfCase is an operation whose parameter may put its tangent at 0 or an asymptote
// on a tie of a 16-bit format.
type halfCase struct {
	name  string
	near  func(x, param float64) float64 // f, with an error of a few ULP
	exact func(prec uint, x, param float64) (y *big.Float, isExact bool)
	// flat says that f is -param but for a part of no more than e^-40, too small for the oracle.
	flat   func(x, param float64) bool
	params func(tie float64, random *rand.Rand) []float64
}

var halfCases = []halfCase{
	{"elu", reference.ELU,
		func(prec uint, x, alpha float64) (*big.Float, bool) {
			return oracle.ELU(prec, x, alpha), x >= 0
		},
		func(x, _ float64) bool { return x < -40 },
		func(tie float64, _ *rand.Rand) []float64 { return []float64{tie, -tie} }},
	{"celu", reference.CELU,
		func(prec uint, x, alpha float64) (*big.Float, bool) {
			return oracle.CELU(prec, x, alpha), x >= 0
		},
		func(x, alpha float64) bool { return x/alpha < -40 },
		func(tie float64, _ *rand.Rand) []float64 { return []float64{tie} }},
	{"squareplus", reference.Squareplus, oracle.Squareplus,
		func(_, _ float64) bool { return false },
		func(tie float64, random *rand.Rand) []float64 {
			x := float64(1+random.IntN(255)) * math.Ldexp(tie, random.IntN(20)-10)
			x = kernels.BFloat16Of(x).Float64()
			far := math.Ldexp(float64(1+random.IntN(255)), random.IntN(60))
			return []float64{4 * tie * tie, 4 * tie * (tie + x), 4 * tie * far}
		}},
}

// TestHalfTies holds forward kernels to correct rounding at parameters for which a line
// that they near is a tie, on all inputs.
func TestHalfTies(t *testing.T) {
	t.Run("float16", func(t *testing.T) {
		testHalfTies[kernels.Float16](t, reference.Float16, reference.FromFloat16, 11,
			[]float64{0x1p-25, 3 * 0x1p-25, 1 + 0x3p-11, 1 + 0x1p-11})
	})
	t.Run("bfloat16", func(t *testing.T) {
		testHalfTies[kernels.BFloat16](t, reference.BFloat16, reference.FromBFloat16, 8,
			[]float64{0x1p-134, 1 + 3./256, 1 + 1./256, 0x1p-60 * (1 + 5./256), 0x1p60 * (1 + 7./256)})
	})
}

// testHalfTies tries the given ties and others, which have a last place of 2^-places of the first.
func testHalfTies[H kernels.Half](t *testing.T, half func(float64) uint16, value func(uint16) float64, places int, ties []float64) {
	random := testSeed()
	for range 4 {
		ties = append(ties, math.Ldexp(1+math.Ldexp(float64(random.IntN(1<<(places-1))*2+1), -places), random.IntN(16)-10))
	}
	src, got := make([]H, 1<<16), make([]H, 1<<16)
	for i := range src {
		src[i] = H(i)
	}
	for _, c := range halfCases {
		op := kernels.Lookup(c.name)
		for _, tie := range ties {
			for _, wide := range c.params(tie, random) {
				param := float32(wide)
				if param == 0 {
					continue
				}
				kernels.ForwardHalf(op, got, src, param)
				for i := range src {
					x := value(uint16(i))
					if want, ok := c.want(half, x, float64(param)); ok && !sameHalf(got[i], H(want)) {
						t.Errorf("%s(%v, %x) is %#04x, want %#04x", c.name, x, param, got[i], want)
					}
				}
				if t.Failed() {
					return
				}
			}
		}
	}
}

// want returns f(x; param) rounded, unless x is NaN.
func (c *halfCase) want(half func(float64) uint16, x, param float64) (h uint16, ok bool) {
	y := c.near(x, param)
	if x != x || math.IsInf(x, 0) {
		return half(y), x == x
	}
	if h, ok = oracle.Decides16(half, y, math.Abs(y)*0x1p-48); ok {
		return h, true
	}
	if c.flat(x, param) {
		return half(math.Nextafter(-param, 0)), true
	}
	return oracle.Round16(half, func(prec uint) (*big.Float, bool) { return c.exact(prec, x, param) }), true
}

// Where float64 does not tell the side of a tie, and at infinity, where the tie is exact.
func TestHalfSides(t *testing.T) {
	const tie = 1 + 3./256
	for _, c := range []struct {
		name     string
		x, param float64
		want     float64
	}{
		{"elu", -50, tie, -1.0078125},
		{"elu", -1000, tie, -1.0078125},
		{"elu", math.Inf(-1), tie, -1.015625},
		{"celu", -50, tie, -1.0078125},
		{"celu", math.Inf(-1), tie, -1.015625},
		{"celu", -4, tie / 16, -1.0078125 / 16},
		{"squareplus", -0x1p-126, 4 * tie * tie, 1.0078125},
		{"squareplus", 0x1p-126, 4 * tie * tie, 1.015625},
		{"squareplus", 0, 4 * tie * tie, 1.015625},
		{"squareplus", -0x1p60, 0x1p62 * tie, 1.0078125},
	} {
		dst := []kernels.BFloat16{0}
		kernels.ForwardHalf(kernels.Lookup(c.name), dst, []kernels.BFloat16{kernels.BFloat16Of(c.x)}, float32(c.param))
		if y := dst[0].Float64(); y != c.want {
			t.Errorf("%s(%v, %v) is %v, want %v", c.name, c.x, c.param, y, c.want)
		}
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
		t.Skip("under the race detector sync.Pool drops a part of what it is given, on purpose, so that calls allocate; the same test runs without it")
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
