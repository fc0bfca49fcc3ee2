//go:build linux

package kernels_test

import (
	"math/rand/v2"
	"testing"

	"actinit/kernels"
	"actinit/kernels/internal/guard"
)

// testGuardPages runs every kernel on slices of all lengths to 300 that end, or
// begin, up to a vector away from a page that cannot be read or written: reading
// outside a slice ends the test. Results must be those of the scalar kernel.
func testGuardPages[T kernels.Float](t *testing.T, all []layout[T], fill func(*rand.Rand, []T)) {
	const longest, line = 300, 16
	step := 1
	if testing.Short() {
		step = 5
	}
	dst, a, b := guard.Area[T](t, 1), guard.Area[T](t, 1), guard.Area[T](t, 1)
	random := testSeed()
	fill(random, a)
	fill(random, b)
	want := make([]T, longest)
	for _, l := range all {
		for n := range longest + 1 {
			for gap := 0; gap < line; gap += step {
				// Each slice at its own distance from the page, at one of its ends.
				at := func(s []T, gap int) []T {
					if random.IntN(2) == 0 {
						return s[gap:][:n]
					}
					return s[len(s)-n-gap:][:n]
				}
				d, x, y := at(dst, gap), at(a, (gap+n)%line), at(b, (gap*5+n)%line)
				l.scalar(want[:n], x, y)
				l.run(d, x, y)
				if i, same := sameBits(d, want[:n]); !same {
					t.Fatalf("%s: length %d: element %d of %v, %v is %x, want %x", l.name, n, i, x[i], y[i], d[i], want[i])
				}
			}
		}
	}
}

func TestGuardPages(t *testing.T) {
	t.Run("float32", func(t *testing.T) { testGuardPages(t, vectors(layouts32()), mixed) })
	t.Run("float64", func(t *testing.T) { testGuardPages(t, vectors(layouts64()), mixed) })
	t.Run("fused float32", func(t *testing.T) { testGuardPages(t, vectors(fusedLayouts((*kernels.Operation).Fused32)), mixed) })
	t.Run("fused float64", func(t *testing.T) { testGuardPages(t, vectors(fusedLayouts((*kernels.Operation).Fused64)), mixed) })
}

// Rows of finite numbers, which vectors do not leave to the plain loop.
func TestRowGuardPages(t *testing.T) {
	t.Run("float32", func(t *testing.T) { testGuardPages(t, vectors(rowLayouts32()), ordinaries) })
	t.Run("float64", func(t *testing.T) { testGuardPages(t, vectors(rowLayouts64()), ordinaries) })
}

// Maxout touches nothing beyond the pages of its pieces, units and winners.
func TestMaxoutGuardPages(t *testing.T) {
	const longest, pieces, line = 150, 3, 16
	random := testSeed()
	src, dst, winners := guard.Area[float32](t, 1), guard.Area[float32](t, 1), guard.Area[uint8](t, 1)
	mixed(random, src)
	scalar, scalarGrad := kernels.MaxoutIn[float32](kernels.Scalar)
	for v := kernels.AVX2; v <= kernels.AVX512; v++ {
		forward, backward := kernels.MaxoutIn[float32](v)
		if forward == nil {
			continue
		}
		for n := 1; n <= longest; n++ {
			for gap := range line {
				// The pieces follow one another, so that a vector beyond the last one is outside.
				at, unitsAt, winnersAt := len(src)-pieces*n-gap, gap, len(winners)-n-gap
				if n%2 == 0 {
					at, unitsAt, winnersAt = gap, len(dst)-n-gap, gap
				}
				x, y, argmax := src[at:][:pieces*n], dst[unitsAt:][:n], winners[winnersAt:][:n]
				want, wantWinners, back, wantBack := make([]float32, n), make([]uint8, n), make([]float32, pieces*n), make([]float32, pieces*n)
				scalar(want, wantWinners, x, pieces, n)
				forward(y, argmax, x, pieces, n)
				if i, same := sameBits(y, want); !same || string(argmax) != string(wantWinners) {
					t.Fatalf("%s: %d units: element %d is %x, want %x; winners %v, want %v", v, n, i, y[i], want[i], argmax, wantWinners)
				}
				forward(y, nil, x, pieces, n)
				scalarGrad(wantBack, want, wantWinners, pieces, n)
				copy(back, x)
				backward(x, y, argmax, pieces, n)
				i, same := sameBits(x, wantBack)
				copy(x, back)
				if !same {
					t.Fatalf("%s gradient: %d units: element %d is wrong", v, n, i)
				}
			}
		}
	}
}

func ordinaries[T kernels.Float](random *rand.Rand, s []T) {
	for i := range s {
		s[i] = plainValue[T](random)
	}
}

// Conversions touch nothing beyond a page either, at any length and distance from it.
func TestHalfGuardPages(t *testing.T) {
	t.Run("float16", testHalfGuardPages[kernels.Float16])
	t.Run("bfloat16", testHalfGuardPages[kernels.BFloat16])
}

func testHalfGuardPages[H kernels.Half](t *testing.T) {
	const longest, line = 300, 16
	step := 1
	if testing.Short() {
		step = 5
	}
	half, narrow, double := guard.Area[H](t, 1), guard.Area[float32](t, 1), guard.Area[float64](t, 1)
	sizes := []int{len(half), len(narrow), len(double)}
	for n := range longest + 1 {
		for gap := 0; gap < line; gap += step {
			var ends [3]int
			for k, size := range sizes {
				ends[k] = n + gap // at the beginning of the page, or at its end
				if (n+gap+k)%2 == 0 {
					ends[k] = size - gap
				}
			}
			h, f, d := half[ends[0]-n:ends[0]], narrow[ends[1]-n:ends[1]], double[ends[2]-n:ends[2]]
			for i := range f {
				f[i] = float32(i) - 100
			}
			kernels.Narrow(h, f)
			kernels.Widen(d, h)
			kernels.Narrow(h, d)
			kernels.Widen(f, h)
			for i, x := range f {
				if want := float32(i) - 100; x != want || d[i] != float64(want) {
					t.Fatalf("length %d: element %d is %g and %g, want %g", n, i, x, d[i], want)
				}
			}
		}
	}
}

// Fills write nothing beyond a page, at any length and distance from it.
func TestFillGuardPages(t *testing.T) {
	t.Run("float32", testFillGuardPages[float32])
	t.Run("float64", testFillGuardPages[float64])
}

func testFillGuardPages[T kernels.Float](t *testing.T) {
	page, want := guard.Area[T](t, 1), make([]T, 300)
	step := 1
	if testing.Short() {
		step = 7
	}
	random := testSeed()
	eachVector(func(name string, vector, scalar func(dst []T, seed, stream, offset uint64)) {
		for n := 0; n < len(want); n += step {
			dst, offset := page[:n], random.Uint64()
			if random.IntN(2) == 0 {
				dst = page[len(page)-n:]
			}
			vector(dst, 1, 2, offset)
			scalar(want[:n], 1, 2, offset)
			if i, same := sameBits(dst, want[:n]); !same {
				t.Fatalf("%s: length %d: element %d is %x, want %x", name, n, i, dst[i], want[i])
			}
		}
	})
}
