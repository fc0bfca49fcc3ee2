package kernels

import (
	"math"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"
)

// ParallelGrain is the number of elements that ParallelRange takes for a grain where it
// is told none: they take 20 us in a kernel of .3 ns an element, and two such pieces less
// time on two processors than on one, waking the other included (TUNING.md). For ReLU
// in AVX-512 that takes 500,000 elements a piece, for portable Sigmoid in float64 1500:
// ParallelSlice and ParallelRows measure it.
const ParallelGrain = 65536

// cacheLine is the unit in bytes that two cores should not both write.
const cacheLine = 64

// ParallelRange calls do(lo, hi) for pieces that cover [0, n) exactly once, on
// at most workers goroutines, and returns when all are done. workers <= 0 means
// one for each processor Go uses.
//
// All boundaries but n are multiples of grain, and there are at most as many
// pieces as there are workers; n <= grain is one call on the caller's goroutine.
// grain <= 0 means ParallelGrain, which suits element-wise work. When grain is a
// multiple of 32 elements, which are a cache line of the smallest type, and the memory is aligned
// to 64 bytes, no two pieces write to one cache line.
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
	grains := 1 + (n-1)/grain
	if workers = min(workers, grains); workers == 1 {
		do(0, n)
		return
	}
	newJob(n, grain*(1+(grains-1)/workers), workers, do).run()
}

// A job is a range that workers cut into pieces among them, each of one or more units.
// The caller takes them from the front and the others from the back, so that each finds
// the same memory in its caches at the next call. A piece is as large as leaves everyone
// another one: the last are single units, for which nobody waits long.
type job struct {
	do            func(lo, hi int)
	n, unit       int           // elements, and how many of them a unit has
	workers       int           // that may take part
	left          atomic.Uint64 // the units that nobody has taken, from the low half to the high half
	undone        atomic.Int64  // elements
	finished      sync.WaitGroup
	wakingSince   time.Duration // since started
	someoneHelped atomic.Bool
}

func newJob(n, unit, workers int, do func(lo, hi int)) *job {
	j := &job{do: do, n: n, unit: unit, workers: workers}
	j.left.Store(uint64(j.units()) << 32)
	j.undone.Store(int64(n))
	j.finished.Add(1)
	return j
}

func (j *job) units() int { return 1 + (j.n-1)/j.unit }

// run does the job on the caller's goroutine and those that begin before it is done.
//
// Timers that have run out start these, not go statements: what go starts runs next on
// the caller's own processor, and a thief leaves it there for a sleep of 3 us, which
// Linux makes 60, in case the caller stops at once. And a timer can be stopped.
func (j *job) run() {
	j.wakingSince = time.Since(started)
	helpers := make([]*time.Timer, j.workers-1)
	for i := range helpers {
		helpers[i] = time.AfterFunc(0, j.help)
	}
	defer func() {
		for _, t := range helpers {
			t.Stop()
		}
		j.abandon()
		j.wait()
	}()
	j.work(false)
	if !j.someoneHelped.Load() {
		waking.atLeast(time.Since(started) - j.wakingSince)
	}
}

// abandon takes all units and does none of them: there are some where do has not
// returned to the caller, but ended its goroutine or panicked. What others have taken they do.
func (j *job) abandon() {
	left := j.left.Swap(0)
	if first, end := int(left&math.MaxUint32), int(left>>32); first < end {
		j.done(j.end(end) - first*j.unit)
	}
}

// wait waits for those that are at their last pieces. To sleep until they are done costs
// as much as to wake a helper, and moves the caller to another processor: it does so when
// it has looked for that long, and also where the clock stands still, as it does in a
// bubble of testing/synctest while a goroutine works.
func (j *job) wait() {
	const looks = 1 << 15 // a millisecond or two
	asked := time.Since(started)
	for look := 0; j.undone.Load() > 0; look++ {
		if look == looks || time.Since(started)-asked > waking.time() {
			j.finished.Wait()
			return
		}
	}
}

func (j *job) help() {
	if !j.someoneHelped.Swap(true) {
		waking.was(time.Since(started) - j.wakingSince)
	}
	j.work(true)
}

// work does pieces until all are taken, so that the caller waits for no goroutine that
// has not begun.
func (j *job) work(fromBack bool) {
	for {
		first, end := j.take(fromBack)
		if first == end {
			return
		}
		j.piece(first*j.unit, j.end(end))
	}
}

// take takes units [first, end), none if there are none left.
func (j *job) take(fromBack bool) (first, end int) {
	for {
		left := j.left.Load()
		low, high := left&math.MaxUint32, left>>32
		if low == high {
			return 0, 0
		}
		size := max(1, (high-low)/uint64(2*j.workers))
		if fromBack {
			if j.left.CompareAndSwap(left, left-size<<32) {
				return int(high - size), int(high)
			}
		} else if j.left.CompareAndSwap(left, left+size) {
			return int(low), int(low + size)
		}
	}
}

// end is where the units before this one end.
func (j *job) end(unit int) int {
	if unit == j.units() {
		return j.n // the product could overflow
	}
	return unit * j.unit
}

func (j *job) piece(lo, hi int) {
	defer j.done(hi - lo) // also where do ends its goroutine, as a test's Fatal does
	j.do(lo, hi)
}

func (j *job) done(elements int) {
	if j.undone.Add(int64(-elements)) == 0 {
		j.finished.Done()
	}
}

// started is when the clock began that jobs and ParallelSlice read.
var started = time.Now()

const (
	// parallelFrom is the number of elements from which ParallelSlice measures, which
	// takes .1 us; the fastest kernel takes 2.7 us for them. Who
	// knows a kernel to be so slow that fewer are worth sharing has ParallelRange.
	parallelFrom = 32768

	// parallelProbe is the number of elements it measures, whole cache lines of any type.
	parallelProbe = 2048

	// parallelPiece is how long its shortest pieces take: much longer than to take one, and much
	// shorter than to wake a helper.
	parallelPiece = 3 * time.Microsecond
)

// ParallelSlice calls do(lo, hi) for pieces that cover the indices of dst exactly once,
// on at most workers goroutines (workers <= 0: one for each processor Go uses), and
// returns when all are done. All pieces but the first begin on cache lines of dst, which
// do writes. It does the first elements on the caller's goroutine and takes the time: if
// the rest takes twice as long as waking another has taken so far, they share it.
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

func share[T Float | Half](workers int, dst []T, do func(lo, hi int)) {
	defer writing(dst)()
	// As many elements as a cache line has bytes are whole cache lines.
	measure(workers, len(dst), toCacheLine(dst)+parallelProbe, parallelProbe/4, cacheLine, do)
}

// measure does the first probe of n items on the caller's goroutine and takes the time.
// The rest it shares in pieces of at least least items and multiples of step, if that gains.
func measure(workers, n, probe, least, step int, do func(lo, hi int)) {
	start := time.Since(started)
	do(0, probe)
	took := time.Since(started) - start
	rest := float64(took) * float64(n-probe) / float64(probe) // ns, on one processor
	// Waking costs the caller half the time that the helper takes to begin: work that takes
	// twice that time alone gains by being shared.
	worth := rest / float64(waking.time())
	if worth < 2 {
		do(probe, n)
		waking.fades()
		return
	}
	if procs := runtime.GOMAXPROCS(0); workers <= 0 || workers > procs {
		workers = procs
	}
	if workers = int(min(float64(workers), worth)); workers == 1 {
		do(probe, n)
		return
	}
	steps := int(float64(parallelPiece) / float64(took) * float64(probe) / float64(step))
	newJob(n-probe, max(least, steps*step), workers, func(lo, hi int) { do(probe+lo, probe+hi) }).run()
}

// toCacheLine returns how many elements of s lie before the first one that begins a
// cache line.
func toCacheLine[T Float | Half](s []T) int {
	size := unsafe.Sizeof(s[0])
	past := uintptr(unsafe.Pointer(&s[0])) % cacheLine
	return int((cacheLine - past) % cacheLine / size)
}
