package roofline

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"actinit/harness/result"
	"actinit/kernels"
)

// A pass over memory loads and stores some arrays of equal length. The pass that writes
// past the caches has a name of its own.
type pass struct {
	name, past    string
	loads, stores int
	inPlace       bool // dst is the input
}

var passes = []pass{
	{name: result.LimitLoad, loads: 1},
	{name: result.LimitStore, past: result.LimitStoreNT, stores: 1},
	{name: result.LimitCopy, past: result.LimitCopyNT, loads: 1, stores: 1},
	{name: result.LimitAdd, past: result.LimitAddNT, loads: 2, stores: 1},
	{name: result.LimitUpdate, loads: 1, stores: 1, inPlace: true},
}

// arrays is the number of arrays that lie in memory.
func (p pass) arrays() int {
	if p.inPlace {
		return 1
	}
	return p.loads + p.stores
}

// bounds reports whether the pass is part of the work of kernels that write over their input, or of the others.
func (p pass) bounds(inPlace bool) bool {
	return p.inPlace == inPlace || inPlace && p.arrays() == 1
}

// A limit is one thing to measure.
type limit struct {
	result.Limit                   // its name, type, instruction set, workers and bytes
	parts        []func(times int) // one for each worker
	perTime      float64           // bytes, operations or instructions of all parts
	times        int               // of a sample
}

// alignment of arrays, and how much further into its page each begins than the one before: see
// operands in package bench.
const (
	page    = 4096
	stagger = 5 * 64
)

// An arena is the memory of all limits.
type arena []float64

func newArena(bytes int64) arena {
	const element = int64(unsafe.Sizeof(float64(0)))
	a := kernels.AlignedSlice[float64](int((bytes + 4*page) / element))
	for i := range a {
		a[i] = 1 // memory that was never written to has no pages
	}
	return a
}

// at returns the address of a byte.
func (a arena) at(offset int) *byte { return (*byte)(unsafe.Add(unsafe.Pointer(&a[0]), offset)) }

// over returns the limit of a pass by l over memory of that many bytes.
func (p pass) over(l *loops, key result.Limit, memory arena, past bool) *limit {
	length := int(key.Bytes) / p.arrays()
	each := length / int(key.Workers) / block * block
	begin := func(array, worker int) *byte {
		return memory.at(array*((length+page-1)/page*page+stagger) + worker*each)
	}
	store, copies, add := l.store, l.copy, l.add
	if past {
		store, copies, add = l.storePast, l.copyPast, l.addPast
	}
	m := &limit{Limit: key, perTime: float64((p.loads + p.stores) * each * int(key.Workers))}
	for w := range int(key.Workers) {
		first := begin(0, w)
		var part func(times int)
		switch {
		case p.stores == 0:
			sums := make([]uint64, 8)
			part = func(times int) { l.load(first, each, times, &sums[0]) }
		case p.loads == 0:
			part = func(times int) { store(first, 1, each, times) }
		case p.inPlace:
			part = func(times int) { copies(first, first, each, times) }
		case p.loads == 1:
			a := begin(1, w)
			part = func(times int) { copies(first, a, each, times) }
		default:
			a, b := begin(1, w), begin(2, w)
			part = func(times int) { add(first, a, b, each, times) }
		}
		m.parts = append(m.parts, part)
	}
	return m
}

// arithmetic returns the limits of computing by l; key has the instruction set and the workers.
func (l *loops) arithmetic(key result.Limit) []*limit {
	all := []*limit{
		fused(key, result.Float32, l.lanes32, l.fused32), fused(key, result.Float64, l.lanes64, l.fused64),
		quotients(key, result.Float32, l.lanes32, l.quotients32), quotients(key, result.Float64, l.lanes64, l.quotients64),
	}
	if l.mixed != nil {
		all = append(all, onState(key, result.LimitVector, "", mixedRegisters*l.lanes32, mixedInstructions,
			func(state []float32) func(int) {
				return func(times int) { l.mixed(&state[0], .5, 1, times) }
			}))
	}
	return all
}

func fused[T kernels.Float](key result.Limit, of string, lanes int, do func(state *T, factor, addend T, times int)) *limit {
	return onState(key, result.LimitFMA, of, fusedChains*lanes, 2*float64(fusedChains*lanes), func(state []T) func(int) {
		return func(times int) { do(&state[0], .5, 1, times) }
	})
}

// quotients divides numbers whose quotients have all their digits: some processors divide by
// others in fewer steps.
func quotients[T kernels.Float](key result.Limit, of string, lanes int, do func(state *T, dividend T, times int)) *limit {
	return onState(key, result.LimitDivide, of, quotientChains*lanes, float64(quotientChains*lanes), func(state []T) func(int) {
		for i := range state {
			state[i] = T(1.1) + T(i)/7
		}
		return func(times int) { do(&state[0], T(5.3), times) }
	})
}

// onState returns the limit of loops over so many elements of state, of which each worker has its own.
func onState[T kernels.Float](key result.Limit, name, of string, elements int, each float64, bind func(state []T) func(times int)) *limit {
	key.Name, key.Type = name, of
	m := &limit{Limit: key, perTime: each * float64(key.Workers)}
	for range key.Workers {
		state := make([]T, elements)
		for i := range state {
			state[i] = 1
		}
		m.parts = append(m.parts, bind(state))
	}
	return m
}

// elapsed is the time in which all workers do their parts, at least 1 ns. They begin together.
func (m *limit) elapsed(times int) time.Duration {
	var ready, done sync.WaitGroup
	var begin atomic.Bool
	for _, part := range m.parts[1:] {
		ready.Add(1)
		done.Go(func() {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			ready.Done()
			for !begin.Load() {
				runtime.Gosched()
			}
			part(times)
		})
	}
	ready.Wait()
	start := time.Now()
	begin.Store(true)
	m.parts[0](times)
	done.Wait()
	return max(time.Since(start), 1)
}

// calibrate sets times so that a sample lasts about so long, by the fastest of more and more of them.
func (m *limit) calibrate(sample time.Duration) {
	perTime := float64(sample)
	for n := 1; ; {
		elapsed := m.elapsed(n)
		perTime = min(perTime, float64(elapsed)/float64(n))
		if elapsed >= sample/4 {
			break
		}
		n = min(max(int(float64(sample)/3/perTime), n+1), 64*n)
	}
	m.times = max(1, int(float64(sample)/perTime+.5))
}

// sample measures once, after a pass that is not timed and brings memory into the caches it fits in.
func (m *limit) sample(number int) result.Limit {
	if m.Bytes <= warmUpTo {
		m.elapsed(1)
	}
	elapsed := m.elapsed(m.times)
	row := m.Limit
	row.Sample, row.ElapsedNs = int64(number), elapsed.Nanoseconds()
	row.PerS = m.perTime * float64(m.times) / elapsed.Seconds()
	return row
}
