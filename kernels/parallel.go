package kernels

import (
	"runtime"
	"sync"
	"unsafe"
)

// ParallelGrain is the number of elements below which a goroutine of its own is
// not worth it: Parallel runs serially on fewer than two grains. Starting and
// joining one was measured at .6 us, and one grain of Sigmoid takes 9 us in AVX2, of
// portable ReLU 9.5 us; only vector kernels that do nothing but move memory, such as ReLU
// in .4 us, want more (TUNING.md). It is a multiple of a cache line of either type.
const ParallelGrain = 8192

// cacheLine is the unit in bytes that two cores should not both write.
const cacheLine = 64

// ParallelRange calls do(lo, hi) for pieces that cover [0, n) exactly once, on
// at most workers goroutines, and returns when all are done. workers <= 0 means
// one for each processor Go uses.
//
// All boundaries but n are multiples of grain, and there are at most as many
// pieces as there are workers; n <= grain is one call on the caller's goroutine.
// grain <= 0 means ParallelGrain, which suits element-wise work. When grain is a
// multiple of 16 elements and the memory is aligned to 64 bytes, no two pieces
// write to one cache line.
//
// do must give the same result for any cut; then the result does not depend on
// workers. It must not panic: on a goroutine of its own that ends the program.
func ParallelRange(workers, n, grain int, do func(lo, hi int)) {
	if n <= 0 {
		return
	}
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	if grain <= 0 {
		grain = ParallelGrain
	}
	grains := 1 + (n-1)/grain
	workers = min(workers, grains)
	if workers == 1 {
		do(0, n)
		return
	}
	// Piece w is the grains [w*grains/workers, (w+1)*grains/workers): sizes
	// differ by one grain at most.
	var others sync.WaitGroup
	share, more := grains/workers, grains%workers
	first := func(w int) int {
		if w == workers {
			return n // the product could overflow
		}
		return (w*share + min(w, more)) * grain
	}
	for w := 1; w < workers; w++ {
		others.Go(func() { do(first(w), first(w+1)) })
	}
	do(0, first(1))
	others.Wait()
}

// Parallel runs a unary kernel on pieces of dst and src on at most workers
// goroutines (workers <= 0: one for each processor Go uses). The pieces of dst
// begin on cache lines, and the bits are the same for any number of workers.
// Fewer than two ParallelGrain elements run on the caller's goroutine.
func Parallel[T Float](workers int, kernel func(dst, src []T), dst, src []T) {
	checkForward(dst, src)
	if workers == 1 || len(dst) < 2*ParallelGrain {
		kernel(dst, src)
		return
	}
	head := toCacheLine(dst)
	ParallelRange(workers, len(dst)-head, ParallelGrain, func(lo, hi int) {
		if lo > 0 {
			lo += head // the first piece takes the elements before the first cache line
		}
		kernel(dst[lo:hi+head], src[lo:hi+head])
	})
}

// toCacheLine returns how many elements of s lie before the first one that begins a
// cache line.
func toCacheLine[T Float](s []T) int {
	past := uintptr(unsafe.Pointer(&s[0])) % cacheLine
	return int((cacheLine - past) % cacheLine / unsafe.Sizeof(s[0]))
}
