package kernels_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"actinit/kernels"
	"actinit/reference"
)

// word32 and word64 are the address formulas of Philox's comment, written out
// for one element.
func word32(seed, stream, e uint64) uint32 { return block(seed, stream, e/4)[e%4] }

func word64(seed, stream, e uint64) uint64 {
	b := block(seed, stream, e/2)
	return uint64(b[2*(e%2)+1])<<32 | uint64(b[2*(e%2)])
}

func block(seed, stream, n uint64) [4]uint32 {
	return reference.Philox([4]uint32{uint32(n), uint32(n >> 32), uint32(stream), uint32(stream >> 32)},
		[2]uint32{uint32(seed), uint32(seed >> 32)})
}

// TestFillsFollowTheirAddresses compares every element of a fill with what its
// address says, at lengths around the batch and at the end of a stream.
func TestFillsFollowTheirAddresses(t *testing.T) {
	const seed, stream = 0x123456789abcdef0, 0xfedcba9876543210
	for _, offset := range []uint64{0, 1, 2, 3, 1<<34 - 5, 1<<63 + 1, 1<<64 - 9, 1<<64 - 260} {
		for _, n := range []int{0, 1, 2, 3, 4, 5, 127, 128, 129, 255, 256, 257, 700} {
			checkAddresses(t, seed, stream, offset, n)
		}
	}
}

func FuzzFillAddresses(f *testing.F) {
	f.Add(uint64(0), uint64(0), uint64(0), 5)
	f.Add(uint64(1), uint64(2), uint64(3), 257)
	f.Add(uint64(7), ^uint64(0), uint64(1<<34-3), 9)
	f.Add(^uint64(0), uint64(1), ^uint64(0), 300)
	f.Fuzz(func(t *testing.T, seed, stream, offset uint64, n int) {
		checkAddresses(t, seed, stream, offset, int(uint(n)%600))
	})
}

func checkAddresses(t *testing.T, seed, stream, offset uint64, n int) {
	t.Helper()
	f32, f64 := make([]float32, n), make([]float64, n)
	kernels.Uniform(f32, seed, stream, offset, 0, 1)
	kernels.Uniform(f64, seed, stream, offset, 0, 1)
	for i := range n {
		e := offset + uint64(i)
		if want := min(float32(word32(seed, stream, e))*0x1p-32, 1-0x1p-24); f32[i] != want {
			t.Fatalf("float32, offset %d, n %d: element %d is %v, want %v", offset, n, i, f32[i], want)
		}
		if want := min(float64(word64(seed, stream, e))*0x1p-64, 1-0x1p-53); f64[i] != want {
			t.Fatalf("float64, offset %d, n %d: element %d is %v, want %v", offset, n, i, f64[i], want)
		}
	}
}

// TestFillsAnyCut fills in random pieces and compares with one piece.
func TestFillsAnyCut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed, stream, offset := rapid.Uint64().Draw(t, "seed"), rapid.Uint64().Draw(t, "stream"), rapid.Uint64().Draw(t, "offset")
		cuts := rapid.SliceOf(rapid.IntRange(0, 300)).Draw(t, "lengths")
		checkCut(t, seed, stream, offset, cuts, func(dst []float32, offset uint64) { kernels.Normal(dst, seed, stream, offset, 1, 2) })
		checkCut(t, seed, stream, offset, cuts, func(dst []float64, offset uint64) { kernels.Normal(dst, seed, stream, offset, 1, 2) })
		checkCut(t, seed, stream, offset, cuts, func(dst []float32, offset uint64) { kernels.Uniform(dst, seed, stream, offset, 1, 2) })
		checkCut(t, seed, stream, offset, cuts, func(dst []float64, offset uint64) { kernels.Uniform(dst, seed, stream, offset, 1, 2) })
	})
}

func checkCut[T kernels.Float](t *rapid.T, seed, stream, offset uint64, cuts []int, fill func(dst []T, offset uint64)) {
	n := 0
	for _, c := range cuts {
		n += c
	}
	whole, pieces := make([]T, n), make([]T, n)
	fill(whole, offset)
	done := 0
	for _, c := range cuts {
		fill(pieces[done:done+c], offset+uint64(done))
		done += c
	}
	if !slices.Equal(whole, pieces) {
		t.Fatalf("seed %d, stream %d, offset %d: a fill in pieces of %v differs from one in a piece", seed, stream, offset, cuts)
	}
}

// FuzzUniformEnds holds the ends: low is allowed, high is not, whatever they are.
func FuzzUniformEnds(f *testing.F) {
	f.Add(float32(0), float32(1), uint64(1))
	f.Add(float32(1), math.Nextafter32(1, 2), uint64(2))
	f.Add(float32(-0x1p-149), float32(0x1p-149), uint64(3))
	f.Add(float32(1e30), float32(1.0000001e30), uint64(4))
	f.Add(float32(-1.7e38), float32(1.7e38), uint64(5))
	f.Add(float32(3), float32(3), uint64(6))
	f.Add(float32(2), float32(1), uint64(7))
	f.Add(float32(-3e38), float32(3e38), uint64(8))
	f.Add(float32(math.NaN()), float32(1), uint64(9))
	f.Add(float32(math.Inf(-1)), float32(1), uint64(10))
	f.Fuzz(func(t *testing.T, lo, hi float32, seed uint64) {
		dst := make([]float32, 64)
		width := hi - lo
		valid := width >= 0 && width <= math.MaxFloat32
		defer func() {
			if r := recover(); (r == nil) != valid {
				t.Errorf("[%v, %v): panic %v, valid %v", lo, hi, r, valid)
			}
		}()
		kernels.Uniform(dst, seed, 0, 0, lo, hi)
		for i, v := range dst {
			if !(v >= lo && (v < hi || lo == hi && v == lo)) {
				t.Fatalf("element %d of [%v, %v) is %v", i, lo, hi, v)
			}
		}
	})
}

func TestNormalRefusesBadParameters(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, c := range [][2]float64{{0, -1}, {0, nan}, {0, inf}, {nan, 1}, {inf, 1}, {-inf, 1}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("Normal with mean %v and std %v did not panic", c[0], c[1])
				}
			}()
			kernels.Normal(make([]float64, 3), 1, 2, 3, c[0], c[1])
		}()
	}
	kernels.Normal([]float32{}, 1, 2, 3, 0, 0)
}

// TestFillsGolden freezes the bits: weights of published runs depend on them.
func TestFillsGolden(t *testing.T) {
	const seed, stream, offset = 42, 7, 1
	f32, f64 := make([]float32, 100), make([]float64, 100)
	permutation := make([]int, 10)
	kernels.Permutation(permutation, seed, stream)
	got := []string{fmt.Sprint("permutation ", permutation)}
	for _, fill := range []struct {
		name string
		run  func()
	}{
		{"uniform", func() {
			kernels.Uniform(f32, seed, stream, offset, -.3, .7)
			kernels.Uniform(f64, seed, stream, offset, -.3, .7)
		}},
		{"normal", func() {
			kernels.Normal(f32, seed, stream, offset, 0, 1)
			kernels.Normal(f64, seed, stream, offset, 0, 1)
		}},
		{"normal of mean 1, std .01", func() {
			kernels.Normal(f32, seed, stream, offset, 1, .01)
			kernels.Normal(f64, seed, stream, offset, 1, .01)
		}},
		{"truncated", func() {
			kernels.TruncatedNormal(f32, seed, stream, offset, 0, 1, -2, 2)
			kernels.TruncatedNormal(f64, seed, stream, offset, 0, 1, -2, 2)
		}},
		{"truncated to a tail", func() {
			kernels.TruncatedNormal(f32, seed, stream, offset, 0, 1, 3, 4)
			kernels.TruncatedNormal(f64, seed, stream, offset, 0, 1, 3, 4)
		}},
		{"bernoulli", func() {
			kernels.Bernoulli(f32, seed, stream, offset, .5)
			kernels.Bernoulli(f64, seed, stream, offset, .5)
		}},
	} {
		fill.run()
		got = append(got, fmt.Sprintf("%s %x %x %x, %x %x %x", fill.name, f32[0], f32[1], f32[99], f64[0], f64[1], f64[99]))
	}
	want := []string{
		"permutation [4 9 1 7 0 6 5 2 8 3]",
		"uniform 0x1.310e88p-01 0x1.fb1fdp-04 0x1.2a10d4p-02, 0x1.14d980d3f64p-05 0x1.34294ca19111cp-04 0x1.118d18f8d733ep-01",
		"normal 0x1.420fdep+00 -0x1.89899p-03 0x1.d7b3eep-03, -0x1.b7c3bc096468ep-02 -0x1.45a7298f28dbcp-02 0x1.f143363da7dbfp-01",
		"normal of mean 1, std .01 0x1.03387ap+00 0x1.ff0422p-01 0x1.0096f2p+00, 0x1.fdcd19f097d16p-01 0x1.fe5f2a083e84p-01 0x1.027c7efdbf8f3p+00",
		"truncated 0x1.2a0132p+00 -0x1.776caep-03 0x1.c1e20ep-03, -0x1.a29246bbb7267p-02 -0x1.365c985f7587ap-02 0x1.d2dad6e6bd25ep-01",
		"truncated to a tail 0x1.8f204ap+01 0x1.9174b6p+01 0x1.bd84ecp+01, 0x1.8f204956e9451p+01 0x1.9174b6e3ed92ep+01 0x1.bd84ec2f40588p+01",
		"bernoulli 0x0p+00 0x1p+00 0x0p+00, 0x1p+00 0x1p+00 0x0p+00",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s", strings.Join(got, "\n"))
	}
}

// TestMoments measures four moments and the tails of a million elements with a
// fixed seed. The limits are five standard errors of each.
func TestMoments(t *testing.T) {
	const n = 1 << 20
	f32, f64 := make([]float32, n), make([]float64, n)
	kernels.Normal(f32, 2026, 1, 0, 0, 1)
	for i, v := range f32 {
		f64[i] = float64(v)
	}
	checkNormal(t, "float32", f64)
	kernels.Normal(f64, 2026, 2, 0, 0, 1)
	checkNormal(t, "float64", f64)

	kernels.Uniform(f64, 2026, 3, 0, 0, 1)
	for k, want := range []float64{1. / 2, 1. / 3, 1. / 4, 1. / 5} {
		var sum float64
		for _, v := range f64 {
			sum += math.Pow(v, float64(k+1))
		}
		// E v^k = 1/(k+1), so the variance of v^k is below 1/(2k+1).
		if got := sum / n; math.Abs(got-want) > 5*math.Sqrt(1./(2*float64(k)+3)/n) {
			t.Errorf("uniform: moment %d is %v, want %v", k+1, got, want)
		}
	}
}

func checkNormal(t *testing.T, name string, z []float64) {
	n := float64(len(z))
	var m [5]float64
	beyond := [...]float64{1, 2, 3, 4, 4.7}
	var counts [len(beyond)]float64
	for _, v := range z {
		for k, p := 1, v; k < len(m); k, p = k+1, p*v {
			m[k] += p / n
		}
		for i, b := range beyond {
			if math.Abs(v) > b {
				counts[i]++
			}
		}
	}
	// Variances of the k-th powers of a standard normal variable: 1, 2, 15, 96.
	for k, c := range []struct{ want, variance float64 }{{0, 1}, {1, 2}, {0, 15}, {3, 96}} {
		if got := m[k+1]; math.Abs(got-c.want) > 5*math.Sqrt(c.variance/n) {
			t.Errorf("%s: moment %d is %v, want %v", name, k+1, got, c.want)
		}
	}
	for i, b := range beyond {
		want := n * math.Erfc(b/math.Sqrt2)
		if math.Abs(counts[i]-want) > 5*math.Sqrt(want) {
			t.Errorf("%s: %v elements are beyond %v, want about %.1f", name, counts[i], b, want)
		}
	}
}

func ExampleNormal() {
	// Two halves of a tensor, filled apart, are the tensor filled at once.
	whole, half := make([]float32, 6), make([]float32, 3)
	const seed, stream = 1, 0
	kernels.Normal(whole, seed, stream, 0, 0, .01)
	kernels.Normal(half, seed, stream, 3, 0, .01)
	fmt.Println(slices.Equal(whole[3:], half))
	// Output: true
}

func ExampleUniform() {
	dst := make([]float64, 1000)
	kernels.Uniform(dst, 1, 0, 0, -2, 3)
	fmt.Println(slices.Min(dst) >= -2, slices.Max(dst) < 3)
	// Output: true true
}

func ExampleGELU() {
	x := []float32{-1, 0, 1}
	kernels.GELU(x, x)
	fmt.Println(x)
	// Output: [-0.15865526 0 0.8413448]
}

// BenchmarkFills times a fill of 4096 elements, which stays in the first-level cache.
func BenchmarkFills(b *testing.B) {
	f32, f64 := make([]float32, 4096), make([]float64, 4096)
	for name, fill := range map[string]func(){
		"uniform/type=float32":   func() { kernels.Uniform(f32, 1, 2, 0, -1, 1) },
		"uniform/type=float64":   func() { kernels.Uniform(f64, 1, 2, 0, -1, 1) },
		"normal/type=float32":    func() { kernels.Normal(f32, 1, 2, 0, 0, 1) },
		"truncated/type=float32": func() { kernels.TruncatedNormal(f32, 1, 2, 0, 0, 1, -2, 2) },
		"truncated/type=float64": func() { kernels.TruncatedNormal(f64, 1, 2, 0, 0, 1, -2, 2) },
		"bernoulli/type=float32": func() { kernels.Bernoulli(f32, 1, 2, 0, .5) },
		"bernoulli/type=float64": func() { kernels.Bernoulli(f64, 1, 2, 0, .5) },
		"normal/type=float64":    func() { kernels.Normal(f64, 1, 2, 0, 0, 1) },
	} {
		b.Run("fill="+name, func(b *testing.B) {
			for b.Loop() {
				fill()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/4096, "ns/elem")
		})
	}
}
