package kernels

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"
)

// ParallelGrain is the number of elements that ParallelRange takes for a grain where it
// is told none: they take 9 us in a kernel of 1.1 ns an element, such as Sigmoid in AVX2.
// Below some 10 us a goroutine on another processor is not worth waking (TUNING.md), which
// for ReLU in AVX2 is 100,000 elements and for portable Sigmoid in float64 600:
// ParallelSlice measures it.
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
// workers. Pieces must not wait for one another: one goroutine may do several. do must
// not panic: on a goroutine of its own that ends the program.
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
	inPieces(workers, workers, n, grain, do)
}

// inPieces is ParallelRange with a number of pieces.
func inPieces(workers, pieces, n, grain int, do func(lo, hi int)) {
	grains := 1 + (n-1)/grain
	pieces = min(pieces, grains)
	if pieces == 1 {
		do(0, n)
		return
	}
	j := &job{do: do, n: n, grain: grain, pieces: pieces, share: grains / pieces, more: grains % pieces}
	j.undone.Add(pieces)
	for range min(workers, pieces) - 1 {
		go j.work()
	}
	j.work()
	j.undone.Wait()
}

// A job is the pieces of a range. Piece i is the grains [i*grains/pieces,
// (i+1)*grains/pieces): sizes differ by one grain at most.
type job struct {
	do                            func(lo, hi int)
	n, grain, pieces, share, more int
	taken                         atomic.Int64 // pieces that someone does or has done
	undone                        sync.WaitGroup
}

// work does the pieces that no one else has begun. So the caller, when it is done with one
// piece, goes on with the next and waits for no goroutine that has not begun.
func (j *job) work() {
	for {
		i := int(j.taken.Add(1)) - 1
		if i >= j.pieces {
			return
		}
		j.piece(i)
	}
}

func (j *job) piece(i int) {
	defer j.undone.Done() // also where do ends its goroutine, as a test's Fatal does
	j.do(j.first(i), j.first(i+1))
}

func (j *job) first(i int) int {
	if i == j.pieces {
		return j.n // the product could overflow
	}
	return (i*j.share + min(i, j.more)) * j.grain
}

const (
	// parallelFrom is the number of elements from which ParallelSlice measures. Two
	// readings of the clock take .1 us, and the fastest kernel takes 1.3 us for them. Who
	// knows a kernel to be so slow that fewer are worth sharing has ParallelRange.
	parallelFrom = 16384

	// parallelProbe is the number of elements it measures, whole cache lines of any type.
	parallelProbe = 2048

	// parallelShare is how long the work of another goroutine should take at least: so
	// long as waking a processor may take on a busy machine.
	parallelShare = 10 * time.Microsecond

	// parallelPieces is how many pieces ParallelSlice cuts for each goroutine, so that
	// one that wakes up late, or runs on a slower processor, does fewer.
	parallelPieces = 4
)

// ParallelSlice calls do(lo, hi) for pieces that cover the indices of dst exactly once,
// on at most workers goroutines (workers <= 0: one for each processor Go uses), and
// returns when all are done. All pieces but the first begin on cache lines of dst, which
// do writes. It does the first elements on the caller's goroutine and takes the time: if
// the rest takes long enough for others to be worth waking, they share it.
//
// do must give the same result for any cut; then the result does not depend on workers
// nor on the clock. It must not panic. Where dst is 16 MiB or more, kernels that only move
// memory write their parts of it past the caches, as they do the whole: a do that reads
// again at once what it wrote is better served by ParallelRange.
func ParallelSlice[T Float | Half](workers int, dst []T, do func(lo, hi int)) {
	if serial(workers, len(dst)) {
		if len(dst) > 0 {
			do(0, len(dst))
		}
		return
	}
	share(workers, dst, do)
}

// Parallel is ParallelSlice for a unary kernel: it computes dst from src on at most
// workers goroutines. The bits are the same for any number of them.
func Parallel[T Float](workers int, kernel func(dst, src []T), dst, src []T) {
	checkForward(dst, src)
	if serial(workers, len(dst)) {
		kernel(dst, src)
		return
	}
	share(workers, dst, func(lo, hi int) { kernel(dst[lo:hi], src[lo:hi]) })
}

// serial reports whether not even to measure.
func serial(workers, n int) bool { return workers == 1 || n < parallelFrom }

// started is when the clock that share reads began.
var started = time.Now()

func share[T Float | Half](workers int, dst []T, do func(lo, hi int)) {
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	if whole := extentOf(dst); whole.bytes() >= streamFrom && large.CompareAndSwap(nil, &whole) {
		defer large.Store(nil)
	}
	n, start := len(dst), time.Since(started)
	done := toCacheLine(dst) + parallelProbe
	do(0, done)
	took := time.Since(started) - start
	rest := float64(took) * float64(n-done) / float64(done) // ns, on one processor
	if workers = int(min(float64(workers), rest/float64(parallelShare))); workers <= 1 {
		do(done, n)
		return
	}
	// As many elements as a cache line has bytes are whole cache lines.
	inPieces(workers, parallelPieces*workers, n-done, cacheLine, func(lo, hi int) { do(done+lo, done+hi) })
}

// streamFrom is the number of bytes from which kernels that do nothing but
// move memory write past the caches, unless dst is an input: the result would not stay
// in a cache, and an ordinary store first reads the line it writes (TUNING.md).
const streamFrom = 1 << 24

// An extent is a piece of memory.
type extent struct{ lo, hi uintptr }

func extentOf[T Float | Half](s []T) extent {
	lo := uintptr(unsafe.Pointer(unsafe.SliceData(s)))
	return extent{lo, lo + uintptr(len(s))*unsafe.Sizeof(s[0])}
}

func (e extent) bytes() uintptr { return e.hi - e.lo }

// large is the memory that a ParallelSlice is about to write, if it is so much that it
// goes past the caches: its pieces, too, however small. Of several at a time it is one.
var large atomic.Pointer[extent]

// toCacheLine returns how many elements of s lie before the first one that begins a
// cache line.
func toCacheLine[T Float | Half](s []T) int {
	size := unsafe.Sizeof(s[0])
	past := uintptr(unsafe.Pointer(&s[0])) % cacheLine
	return int((cacheLine - past) % cacheLine / size)
}
