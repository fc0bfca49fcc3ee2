package kernels_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"actinit/kernels"
)

// A namedFill is a fill with its parameters, at any place of a stream.
type namedFill[T kernels.Float] struct {
	name string
	run  func(dst []T, seed, stream, offset uint64)
}

// fillsIn lists the fills of a variant, or nothing if it has none: parameters that clamp, that do not,
// intervals of 32-bit words and of 64-bit ones, widths whose steps would be subnormal.
func fillsIn[T kernels.Float](v kernels.Variant) (all []namedFill[T]) {
	f := kernels.FillsIn[T](v)
	if f == nil {
		return nil
	}
	add := func(name string, run func(dst []T, seed, stream, offset uint64)) {
		all = append(all, namedFill[T]{name, run})
	}
	for _, c := range [][2]T{{-1, 1}, {0, 1}, {1, 1.0000002}, {-1e-38, 1e-38}, {-1e30, 1e20}} {
		add(fmt.Sprintf("uniform %v", c), func(dst []T, seed, stream, offset uint64) { f.Uniform(dst, seed, stream, offset, c[0], c[1]) })
	}
	for _, c := range [][2]T{{0, 1}, {.5, .01}, {-3, 1e-40}} {
		add(fmt.Sprintf("normal %v", c), func(dst []T, seed, stream, offset uint64) { f.Normal(dst, seed, stream, offset, c[0], c[1]) })
	}
	for _, c := range [][4]T{{0, 1, -2, 2}, {0, .02, -2, 2}, {1, 2, -1, 20}, {0, 1, 3, 4}, {0, 1, T(math.Inf(-1)), 1}} {
		add(fmt.Sprintf("truncated %v", c), func(dst []T, seed, stream, offset uint64) {
			f.TruncatedNormal(dst, seed, stream, offset, c[0], c[1], c[2], c[3])
		})
	}
	for _, p := range []float64{0, 1e-30, .3, 1 - 0x1p-53, 1} {
		add(fmt.Sprintf("bernoulli %v", p), func(dst []T, seed, stream, offset uint64) { f.Bernoulli(dst, seed, stream, offset, p) })
	}
	return all
}

var vectorVariants = []kernels.Variant{kernels.AVX2, kernels.AVX512}

// eachVector calls do for every fill of every vector variant, with its scalar twin.
func eachVector[T kernels.Float](do func(name string, vector, scalar func(dst []T, seed, stream, offset uint64))) {
	scalar := fillsIn[T](kernels.Scalar)
	for _, v := range vectorVariants {
		for i, f := range fillsIn[T](v) {
			do(fmt.Sprintf("%v %s", v, f.name), f.run, scalar[i].run)
		}
	}
}

// Every variant gives the scalar bits at any length and offset, where a block's lower word overflows and
// where the stream ends too.
func TestFillVariants(t *testing.T) {
	t.Run("float32", testFillVariants[float32])
	t.Run("float64", testFillVariants[float64])
}

func testFillVariants[T kernels.Float](t *testing.T) {
	random := testSeed()
	lengths := []int{0, 1, 3, 4, 7, 15, 16, 17, 31, 32, 33, 35, 36, 40, 63, 64, 67, 127, 128, 129, 161, 300, 1000, 4096, 4100, 9001}
	eachVector(func(name string, vector, scalar func(dst []T, seed, stream, offset uint64)) {
		for _, n := range lengths {
			u := uint64(random.IntN(n + 40))
			for _, offset := range []uint64{0, 1, 2, 3, random.Uint64(), 1<<34 - u, 1<<33 - u, -u} {
				checkFill(t, fmt.Sprintf("%s, %d elements at %d", name, n, offset), n, random.IntN(20), random.Uint64(), random.Uint64(), offset, vector, scalar)
			}
		}
	})
}

// checkFill fills n elements, skew elements behind the beginning of memory, and compares.
func checkFill[T kernels.Float](t *testing.T, name string, n, skew int, seed, stream, offset uint64, vector, scalar func(dst []T, seed, stream, offset uint64)) {
	t.Helper()
	const guard = 12345
	memory, want := make([]T, n+skew+20), make([]T, n)
	for i := range memory {
		memory[i] = guard
	}
	got := memory[skew : skew+n]
	vector(got, seed, stream, offset)
	scalar(want, seed, stream, offset)
	if i, same := sameBits(got, want); !same {
		t.Fatalf("%s: element %d is %x, want %x", name, i, got[i], want[i])
	}
	for i, x := range memory {
		if (i < skew || i >= skew+n) && x != guard {
			t.Fatalf("%s: element %d outside was written", name, i-skew)
		}
	}
}

// FuzzFillVariants does the same for any seed, stream, offset and length.
func FuzzFillVariants(f *testing.F) {
	f.Add(uint64(1), uint64(2), uint64(3), uint16(100))
	f.Add(^uint64(0), ^uint64(0), ^uint64(0), uint16(500))
	f.Add(uint64(1<<63), uint64(1<<32), uint64(1<<34-77), uint16(333))
	f.Fuzz(func(t *testing.T, seed, stream, offset uint64, n uint16) {
		length, skew := int(n%2000), int(n>>11)
		eachVector(func(name string, vector, scalar func(dst []float32, seed, stream, offset uint64)) {
			checkFill(t, name, length, skew, seed, stream, offset, vector, scalar)
		})
		eachVector(func(name string, vector, scalar func(dst []float64, seed, stream, offset uint64)) {
			checkFill(t, name, length, skew, seed, stream, offset, vector, scalar)
		})
	})
}

// A fill that is written past the caches, and one whose blocks do not begin on cache lines and is not,
// give the bits of their pieces, for any number of workers.
func TestLargeFills(t *testing.T) {
	const n = 1<<22 + 1001 // 16 MiB and more
	t.Run("float32", func(t *testing.T) { testLargeFills[float32](t, n) })
	t.Run("float64", func(t *testing.T) { testLargeFills[float64](t, n/2) })
}

func testLargeFills[T kernels.Float](t *testing.T, n int) {
	whole, cut := make([]T, n), make([]T, n)
	for _, v := range vectorVariants {
		for i, f := range fillsIn[T](v) {
			if v == kernels.Scalar || i%4 != 0 {
				continue
			}
			offset := uint64(i)
			f.run(whole, 1, 2, offset)
			for _, workers := range []int{1, 2, 3, 7, 64} {
				clear(cut)
				switch workers {
				case 3: // odd pieces
					kernels.ParallelRange(workers, n, 99_999, func(lo, hi int) { f.run(cut[lo:hi], 1, 2, offset+uint64(lo)) })
				default:
					kernels.ParallelSlice(workers, cut, func(lo, hi int) { f.run(cut[lo:hi], 1, 2, offset+uint64(lo)) })
				}
				if at, same := sameBits(cut, whole); !same {
					t.Fatalf("%v %s with %d workers: element %d is %x, want %x", v, f.name, workers, at, cut[at], whole[at])
				}
			}
		}
	}
}

// Permutations are the same whoever draws their words: those of this file's golden test and of a long one.
func TestPermutationVariants(t *testing.T) {
	p, want := make([]int, 10_000), make([]int, 10_000)
	kernels.Permutation(p, 8, 9)
	next := uint64(0)
	for i := range want {
		want[i] = i
		if i == 0 {
			continue
		}
		// All but about 2^-50 of the words are taken.
		j := int(mulHigh(word64(8, 9, next), uint64(i+1)))
		next++
		want[i], want[j] = want[j], i
	}
	if !slices.Equal(p, want) {
		t.Error("the permutation is not what its words say")
	}
}

func mulHigh(a, b uint64) uint64 {
	aHigh, aLow := a>>32, a&math.MaxUint32
	return (aHigh*b + aLow*b>>32) >> 32 // b is below 2^32
}
