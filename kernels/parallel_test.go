package kernels_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	"unsafe"

	"actinit/kernels"

	"pgregory.net/rapid"
)

var workerCounts = []int{1, 2, 3, 7, 64, 0}

// The pieces of ParallelRange cover the range once, begin on multiples of the
// grain and are no more than the workers.
func TestParallelRange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		workers := rapid.IntRange(1, 70).Draw(t, "workers")
		n := rapid.IntRange(0, 5000).Draw(t, "n")
		grain := rapid.IntRange(1, 700).Draw(t, "grain")
		slow := rapid.IntRange(0, 9).Draw(t, "slow") == 0 // so that helpers take part
		var mu sync.Mutex
		covered := make([]int, n)
		pieces := 0
		var odd []string
		kernels.ParallelRange(workers, n, grain, func(lo, hi int) {
			if slow {
				time.Sleep(100 * time.Microsecond)
			}
			mu.Lock()
			defer mu.Unlock()
			pieces++
			if lo%grain != 0 || hi%grain != 0 && hi != n || lo >= hi {
				odd = append(odd, fmt.Sprintf("[%d, %d)", lo, hi))
				return
			}
			for i := lo; i < hi; i++ {
				covered[i]++
			}
		})
		if len(odd) > 0 {
			t.Fatalf("pieces %s of %d, grain %d", odd, n, grain)
		}
		if pieces > workers {
			t.Fatalf("%d pieces for %d workers", pieces, workers)
		}
		for i, times := range covered {
			if times != 1 {
				t.Fatalf("element %d was visited %d times", i, times)
			}
		}
	})
}

// Nor does it lose elements where products of the bounds overflow.
func TestParallelRangeHuge(t *testing.T) {
	for _, grain := range []int{math.MaxInt, math.MaxInt - 1, math.MaxInt/2 + 1, math.MaxInt / 3} {
		var mu sync.Mutex
		covered := 0
		kernels.ParallelRange(3, math.MaxInt, grain, func(lo, hi int) {
			mu.Lock()
			defer mu.Unlock()
			if lo < 0 || hi <= lo {
				t.Errorf("grain %d: piece [%d, %d)", grain, lo, hi)
			}
			covered += hi - lo
		})
		if covered != math.MaxInt {
			t.Errorf("grain %d: %d elements", grain, covered)
		}
	}
}

// The pieces of ParallelSlice cover the slice once and begin on cache lines.
func TestParallelSlice(t *testing.T) {
	t.Run("float32", testParallelSlice[float32])
	t.Run("float64", testParallelSlice[float64])
	t.Run("float16", testParallelSlice[kernels.Float16])
}

func testParallelSlice[T kernels.Float | kernels.Half](t *testing.T) {
	most := 0
	for _, n := range []int{0, 1, 100, 32767, 32768, 32769, 40_000, 100_003} {
		for offset := range 3 {
			dst := make([]T, n+offset)[offset:]
			covered := make([]int, n)
			for _, workers := range workerCounts {
				var mu sync.Mutex
				pieces := 0
				kernels.ParallelSlice(workers, dst, func(lo, hi int) {
					if lo == 0 {
						time.Sleep(2 * time.Millisecond) // so slow that others share
					}
					mu.Lock()
					defer mu.Unlock()
					pieces++
					if hi-lo < 512 && hi != n {
						t.Errorf("n = %d: the piece [%d, %d) is not worth taking", n, lo, hi)
					}
					if lo > 0 && uintptr(unsafe.Pointer(&dst[lo]))%64 != 0 {
						t.Errorf("n = %d, offset %d: a piece begins at %d, within a cache line", n, offset, lo)
					}
					for i := lo; i < hi; i++ {
						covered[i]++
					}
				})
				most = max(most, pieces)
			}
			for i, times := range covered {
				if times != len(workerCounts) {
					t.Fatalf("n = %d: element %d was visited %d times in %d calls", n, i, times, len(workerCounts))
				}
			}
		}
	}
	if most < 8 && runtime.GOMAXPROCS(0) > 1 {
		t.Errorf("at most %d pieces", most)
	}
}

// Jobs within jobs, and jobs of many goroutines at once, are all done: whoever waits
// works meanwhile.
func TestParallelNested(t *testing.T) {
	var sum atomic.Int64
	var callers sync.WaitGroup
	for range 20 {
		callers.Go(func() {
			kernels.ParallelRange(5, 50, 1, func(lo, hi int) {
				kernels.ParallelRange(3, hi-lo, 1, func(lo, hi int) { sum.Add(int64(hi - lo)) })
			})
		})
	}
	callers.Wait()
	if sum.Load() != 20*50 {
		t.Errorf("%d elements of %d were visited", sum.Load(), 20*50)
	}
}

func TestParallelSameBits(t *testing.T) {
	const n = 5*kernels.ParallelGrain + 13
	random := testSeed()
	src := make([]float32, n+16)
	mixed(random, src)
	for offset := range 3 {
		in := src[offset:][:n]
		want := make([]float32, n)
		kernels.SiLU(want, in)
		for _, workers := range workerCounts {
			got := make([]float32, n+16)[offset:][:n]
			kernels.Parallel(workers, kernels.SiLU, got, in)
			if i, same := sameBits(got, want); !same {
				t.Fatalf("%d workers, offset %d: element %d is %x, want %x", workers, offset, i, got[i], want[i])
			}
		}
	}
	if got := panics(func() { kernels.Parallel(2, kernels.SiLU, src[:n-1], src[:n]) }); got == "" {
		t.Error("unequal lengths do not panic")
	}
}

func TestSlopeGradSameBits(t *testing.T) {
	random := testSeed()
	for _, n := range []int{0, 1, 15, 16, 17, 4095, 4096, 4097, 3 * kernels.ParallelGrain, 5*kernels.ParallelGrain + 4097} {
		grad, x := ordinary[float32](random, n), ordinary[float32](random, n)
		want := inFixedOrder(grad, x)
		if got := kernels.PReLUSlopeGrad(grad, x); got != want {
			t.Errorf("n = %d: %x, in the stated order %x", n, got, want)
		}
		for _, workers := range workerCounts {
			if got := kernels.PReLUSlopeGradParallel(workers, grad, x); got != want {
				t.Errorf("n = %d, %d workers: %x, want %x", n, workers, got, want)
			}
		}
	}
}

func ordinary[T kernels.Float](random *rand.Rand, n int) []T {
	s := make([]T, n)
	for i := range s {
		s[i] = T(random.NormFloat64())
	}
	return s
}

// inFixedOrder is the sum over x <= 0 of grad*x as the comment of
// PReLUSlopeGrad states its order, written down once more.
func inFixedOrder[T kernels.Float](grad, x []T) float64 {
	total := 0.0
	for start := 0; start < len(x); start += 4096 {
		var partial [16]float64
		for i := start; i < min(start+4096, len(x)); i++ {
			if x[i] <= 0 {
				product := float64(grad[i]) * float64(x[i])
				partial[(i-start)%16] += product
			}
		}
		for _, half := range []int{8, 4, 2, 1} {
			for j := range half {
				partial[j] += partial[j+half]
			}
		}
		total += partial[0]
	}
	return total
}

// Where do panics on the caller's goroutine, or ends it, nobody works on afterwards: the
// caller may have the memory for something else.
func TestParallelRangeThatDoesNotReturn(t *testing.T) {
	for name, leave := range map[string]func(){
		"a panic":             func() { panic("planted") },
		"the goroutine's end": runtime.Goexit,
	} {
		synctest.Test(t, func(t *testing.T) {
			var first, left atomic.Bool
			var caller sync.WaitGroup
			caller.Go(func() {
				defer left.Store(true)
				defer func() { _ = recover() }()
				kernels.ParallelRange(4, 64, 1, func(lo, hi int) {
					if left.Load() {
						t.Errorf("%s: the piece [%d, %d) was begun after the caller had left", name, lo, hi)
					}
					time.Sleep(time.Millisecond)
					if left.Load() {
						t.Errorf("%s: the piece [%d, %d) was being done when the caller left", name, lo, hi)
					}
					if lo == 0 && !first.Swap(true) { // the caller's: it works from the front
						leave()
					}
				})
			})
			caller.Wait()
			time.Sleep(time.Second) // for helpers to begin, were there any
			if !first.Load() || !left.Load() {
				t.Errorf("%s: the caller did not leave", name)
			}
		})
	}
}

// The pieces of ParallelRows cover the rows once, and slow rows are shared.
func TestParallelRows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, c := range []struct{ rows, cols int }{{0, 3}, {1, 3}, {5, 0}, {4095, 1}, {5000, 1}, {70, 1000}, {7, 1 << 16}, {3, 1 << 20}} {
			for _, workers := range workerCounts {
				var mu sync.Mutex
				covered := make([]int, c.rows)
				working, most := 0, 0
				kernels.ParallelRows(workers, c.rows, c.cols, func(lo, hi int) {
					mu.Lock()
					working++
					most = max(most, working)
					for i := lo; i < hi; i++ {
						covered[i]++
					}
					mu.Unlock()
					time.Sleep(time.Duration((hi-lo)*max(c.cols, 1)) * time.Microsecond)
					mu.Lock()
					working--
					mu.Unlock()
				})
				for i, times := range covered {
					if times != 1 {
						t.Fatalf("%d rows of %d on %d workers: row %d was done %d times", c.rows, c.cols, workers, i, times)
					}
				}
				if most > 1 && workers == 1 || most < 2 && c.rows*c.cols > 2*4096 && c.rows > 2 && workers > 1 && runtime.GOMAXPROCS(0) > 1 {
					t.Errorf("%d rows of %d on %d workers: %d were at work at once", c.rows, c.cols, workers, most)
				}
			}
		}
	})
}

func ExampleParallelRange() {
	// Row sums of a 4 x 3 matrix, on two goroutines.
	matrix := []float32{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}
	sums := make([]float32, 4)
	kernels.ParallelRange(2, 4, 1, func(lo, hi int) {
		for row := lo; row < hi; row++ {
			for _, x := range matrix[3*row:][:3] {
				sums[row] += x
			}
		}
	})
	fmt.Println(sums)
	// Output: [6 15 24 33]
}

// TestParallelLeavesNothing runs in a bubble that ends only when its goroutines do. There
// timers run out when all goroutines wait, as each piece does: so helpers take part.
func TestParallelLeavesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var visited, working, most atomic.Int64
		kernels.ParallelRange(4, 64, 1, func(lo, hi int) {
			if now := working.Add(1); now > most.Load() {
				most.Store(now)
			}
			time.Sleep(time.Millisecond)
			working.Add(-1)
			visited.Add(int64(hi - lo))
		})
		if visited.Load() != 64 {
			t.Errorf("%d of 64 were visited", visited.Load())
		}
		if most.Load() < 2 {
			t.Error("no helper took part")
		}
	})
}
