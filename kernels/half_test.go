package kernels

import (
	"math"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"

	"actinit/reference"
)

// A halfCase is a 16-bit format on one instruction set beside its reference.
type halfCase struct {
	name      string
	format    *halfFormat
	of        func(x float64) uint16
	value     func(h uint16) float64
	of32      func(x float32) uint16 // the exported conversions of one number
	of64      func(x float64) uint16
	to32      func(h uint16) float32
	infinity  uint16
	quiet     uint16
	smallest  float64 // subnormal
	precision int
}

func halfCases() []halfCase {
	var all []halfCase
	for _, v := range []Variant{Scalar, AVX2} {
		if !v.Supported() {
			continue
		}
		all = append(all, halfCase{
			"float16 " + v.String(), halfFormatOf[Float16](v), reference.Float16, reference.FromFloat16,
			func(x float32) uint16 { return uint16(Float16Of(x)) }, func(x float64) uint16 { return uint16(Float16Of(x)) },
			func(h uint16) float32 { return Float16(h).Float32() }, 0x7c00, 0x200, 0x1p-24, 11,
		}, halfCase{
			"bfloat16 " + v.String(), halfFormatOf[BFloat16](v), reference.BFloat16, reference.FromBFloat16,
			func(x float32) uint16 { return uint16(BFloat16Of(x)) }, func(x float64) uint16 { return uint16(BFloat16Of(x)) },
			func(h uint16) float32 { return BFloat16(h).Float32() }, 0x7f80, 0x40, 0x1p-133, 8,
		})
	}
	return all
}

// All 65,536 numbers have the reference's value, and come back; NaNs are made quiet and
// keep the rest of their bits.
func TestHalfToFloat32(t *testing.T) {
	all := make([]uint16, 1<<16)
	for i := range all {
		all[i] = uint16(i)
	}
	for _, c := range halfCases() {
		wide, back := make([]float32, len(all)), make([]uint16, len(all))
		c.format.widen(wide, all)
		c.format.narrow(back, wide)
		for i, h := range all {
			want := h
			if h&0x7fff > c.infinity {
				want |= c.quiet
				if b := math.Float32bits(wide[i]); !nan32(b) || b&quiet32 == 0 || uint16(b>>31) != h>>15 {
					t.Fatalf("%s: %#04x is %#08x, want a quiet NaN of its sign", c.name, h, b)
				}
			} else if v := c.value(h); math.Float64bits(v) != math.Float64bits(float64(wide[i])) {
				t.Fatalf("%s: %#04x is %g, want %g", c.name, h, wide[i], v)
			}
			if one := c.to32(h); math.Float32bits(one) != math.Float32bits(wide[i]) {
				t.Fatalf("%s: %#04x alone is %g, in a slice %g", c.name, h, one, wide[i])
			}
			if back[i] != want {
				t.Fatalf("%s: %#04x comes back as %#04x", c.name, h, back[i])
			}
		}
	}
}

// checkFrom32 holds the conversions of the float32 with bits first and the n-1 after
// it against the reference.
func checkFrom32(t *testing.T, cases []halfCase, first uint64, n int, src []float32, dst []uint16) {
	for i := range src[:n] {
		src[i] = math.Float32frombits(uint32(first) + uint32(i))
	}
	for k, c := range cases {
		near := c.format.narrow(dst[:n], src[:n])
		some := false
		for i, x := range src[:n] {
			some = some || c.format.near(x)
			if k >= 2 {
				continue // the reference takes its time: vectors are held against what it has confirmed
			}
			if want := c.of(float64(x)); dst[i] != want {
				t.Errorf("%s: %#08x becomes %#04x, want %#04x", c.name, math.Float32bits(x), dst[i], want)
				return
			}
		}
		if k >= 2 {
			for i, x := range src[:n] {
				if want := c.format.from32(x); dst[i] != want {
					t.Errorf("%s: %#08x becomes %#04x, want %#04x", c.name, math.Float32bits(x), dst[i], want)
					return
				}
			}
		}
		if near != some {
			t.Errorf("%s: near a tie among %d from %#08x: %v, want %v", c.name, n, first, near, some)
		}
	}
}

// TestHalfFromFloat32 converts all 2^32 float32 with -exhaustive, and else those whose bits
// are within 40 of every seventh multiple of 2^12, and of some others: of all places
// where rounding changes over.
func TestHalfFromFloat32(t *testing.T) {
	cases := halfCases()
	const block = 1 << 12
	step := 80
	if *exhaustive {
		step = block
	}
	var workers sync.WaitGroup
	each := uint64(1<<32) / uint64(runtime.GOMAXPROCS(0)) / block * block
	for lo := uint64(0); lo < 1<<32; lo += each {
		workers.Go(func() {
			src, dst := make([]float32, block), make([]uint16, block)
			for first := lo; first < min(lo+each, 1<<32) && !t.Failed(); first += block {
				if *exhaustive {
					checkFrom32(t, cases, first, step, src, dst)
				} else if first>>12%7 == 0 || first>>12&0x7f < 2 {
					checkFrom32(t, cases, (first-uint64(step)/2)%(1<<32), step, src, dst)
				}
			}
		})
	}
	workers.Wait()
}

// near reports the float32 within one of a tie, and no others but, below binary16's
// smallest normal number, some within two spacings of that one's binade.
func TestHalfNear(t *testing.T) {
	random := rand.New(rand.NewPCG(16, 1))
	for _, c := range halfCases() {
		for range 200_000 {
			b := random.Uint32()
			if random.IntN(2) == 0 { // among those with few bits ties are frequent
				b = b&^0xfff + uint32(random.IntN(7)) - 3
			}
			x := math.Float32frombits(b)
			exponent := math.Ilogb(float64(x))
			if x-x != 0 || exponent > math.Ilogb(c.value(c.infinity-1)) || x == 0 {
				continue
			}
			spacing := math.Ldexp(1, max(exponent-23, -149))
			ulp := max(math.Ldexp(1, exponent-c.precision+1), c.smallest)
			_, fraction := math.Modf(math.Abs(float64(x)) / ulp)
			distance := math.Abs(fraction-.5) * ulp
			reach := spacing
			if c.precision == 11 {
				reach = max(spacing, 0x1p-36)
			}
			if got := c.format.near(x); distance <= spacing && !got || got && distance > reach {
				t.Fatalf("%s: near(%#08x = %g) = %v, %g spacings from a tie", c.name, b, x, c.format.near(x), distance/spacing)
			}
		}
	}
}

// float64 numbers around ties, and of every binade, are rounded once.
func TestHalfFromFloat64(t *testing.T) {
	random := rand.New(rand.NewPCG(16, 2))
	for _, c := range halfCases() {
		var in []float64
		for h := range c.infinity {
			lo := c.value(h)
			hi := 2*lo - c.value(max(h, 1)-1)
			if h+1 < c.infinity {
				hi = c.value(h + 1)
			}
			tie := lo + (hi-lo)/2
			for _, x := range []float64{lo, tie} {
				in = append(in, x, math.Nextafter(x, 1e300), -math.Nextafter(x, 1e300), math.Nextafter(x, 0), -x, tie*(1+0x1p-30), tie*(1-0x1p-30))
			}
		}
		for range 200_000 {
			in = append(in, math.Float64frombits(random.Uint64()), random.NormFloat64())
		}
		in = append(in, math.Inf(1), math.Inf(-1), math.NaN(), math.Float64frombits(0xfff0000000000001), math.Float64frombits(0x7ffabcdef0123456))
		odd, out := make([]float32, len(in)), make([]uint16, len(in))
		c.format.odd(odd, in)
		c.format.narrow(out, odd)
		for i, x := range in {
			if want := c.of(x); out[i] != want {
				t.Fatalf("%s: %g (%#016x) becomes %#04x, want %#04x", c.name, x, math.Float64bits(x), out[i], want)
			}
			if one := c.of64(x); one != out[i] {
				t.Fatalf("%s: %g alone becomes %#04x, in a slice %#04x", c.name, x, one, out[i])
			}
			if y := float32(x); c.of32(y) != c.of(float64(y)) {
				t.Fatalf("%s: %g becomes %#04x, want %#04x", c.name, y, c.of32(y), c.of(float64(y)))
			}
		}
	}
}

// Slices of any length and offset are converted as their elements are, and nothing
// outside them is written.
func TestHalfSlices(t *testing.T) {
	t.Run("float16", testHalfSlices[Float16])
	t.Run("bfloat16", testHalfSlices[BFloat16])
}

func testHalfSlices[H Half](t *testing.T) {
	testNarrowWiden[H, float32](t)
	testNarrowWiden[H, float64](t)
}

func testNarrowWiden[H Half, T Float](t *testing.T) {
	const margin, guard = 16, 12345
	random := rand.New(rand.NewPCG(16, 3))
	lengths := []int{halfBlock - 1, halfBlock, 3*halfBlock + 5}
	for n := range 70 {
		lengths = append(lengths, n)
	}
	for _, n := range lengths {
		for offset := range margin {
			wide, half := make([]T, n+2*margin), make([]H, n+2*margin)
			for i := range wide {
				wide[i], half[i] = T(random.NormFloat64()), guard
			}
			Narrow(half[offset:][:n], wide[margin-offset:][:n])
			for i, h := range half {
				want := H(guard)
				if i >= offset && i < offset+n {
					one := []H{0}
					Narrow(one, wide[margin-offset+i-offset:][:1])
					want = one[0]
				}
				if h != want {
					t.Fatalf("length %d, offset %d: element %d is %#04x, want %#04x", n, offset, i-offset, h, want)
				}
			}
			for i := range wide {
				wide[i] = guard
			}
			Widen(wide[offset:][:n], half[margin-offset:][:n])
			for i, x := range wide {
				want := T(guard)
				if i >= offset && i < offset+n {
					one := []T{0}
					Widen(one, half[margin-offset+i-offset:][:1])
					want = one[0]
				}
				if x != want {
					t.Fatalf("length %d, offset %d: element %d is %g, want %g", n, offset, i-offset, x, want)
				}
			}
		}
	}
}

func TestHalfOfTwinsAndOfNothingPanics(t *testing.T) {
	twin := Lookup("sigmoid_faithful")
	if twin == nil {
		t.Fatal("there is no sigmoid_faithful")
	}
	for name, call := range map[string]func(){
		"forward":         func() { ForwardHalf(twin, make([]Float16, 3), make([]Float16, 3), 0) },
		"backward":        func() { BackwardHalf(twin, make([]BFloat16, 3), make([]BFloat16, 3), make([]BFloat16, 3), 0) },
		"forward of nil":  func() { ForwardHalf(nil, make([]Float16, 3), make([]Float16, 3), 0) },
		"backward of nil": func() { BackwardHalf(nil, make([]Float16, 3), make([]Float16, 3), make([]Float16, 3), 0) },
	} {
		func() {
			defer func() {
				if recover() != panicNoHalf {
					t.Errorf("%s: no panic, or another one", name)
				}
			}()
			call()
		}()
	}
}
