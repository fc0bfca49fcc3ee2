package bench

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"actinit/harness/filter"
	"actinit/harness/ops"
	"actinit/harness/remote"
	"actinit/harness/result"
	"actinit/kernels"
)

// # Modes
//
// Warm is the method of the package documentation: every call works on the same operands, which are
// in the caches they fit in. Two other modes time calls on stretches of memory that are
// different for each. They are made ready outside of the timing, and a sample is the time
// of as many rounds over the stretches as fill it, each between two readings of the clock: a call
// costs one through a list of functions more, and the clock is in it with some 30 ns for
// each round.
//
// Cold: no operand is in any cache. Each call has operands of its own, coldBytes together or
// maxStretches of them, in an order that no prefetcher guesses, and evict throws them out of the caches before the
// round. Code and page tables stay warm as far as they fit. It is what a call costs whose
// input somebody else made a while ago.
//
// In-place: dst is src, or of a backward kernel grad. A kernel that is called on its own output
// again and again soon works on other numbers than were meant (sigmoid's go to .659, those of exp
// to infinity, GELU's to subnormals, which some processors are slow at), so each call gets a
// fresh copy of the input. The copies together take inPlaceBytes: they come from a second-level cache, where the
// operands of a small warm cell would come from the first.

const (
	// coldBytes are all stretches of a cold cell. They need not be more than a cache holds, as they are
	// evicted, but enough calls for the clock's resolution.
	coldBytes = 16 << 20

	// inPlaceBytes are all copies of an in-place cell, a part of any second-level cache.
	inPlaceBytes = 256 << 10

	// remoteInPlace is the least number of elements of another process's in-place cell: as many as
	// our own cells of that size have one copy for, and a call that takes hundreds of readings of the clock.
	remoteInPlace = inPlaceBytes / 4

	// maxStretches keeps the list of calls in the second-level cache.
	maxStretches = 4096
)

// modes are those that the options ask for.
func (o Options) modes() []string {
	switch {
	case o.Modes != nil:
		return o.Modes
	case o.Filter != nil && o.Filter.Uses(filter.Mode):
		return result.Modes()
	}
	return []string{result.Warm}
}

func checkModes(modes []string) error {
	for _, m := range modes {
		if !slices.Contains(result.Modes(), m) {
			return fmt.Errorf("mode %q: want some of %s", m, strings.Join(result.Modes(), ", "))
		}
	}
	return nil
}

// has reports whether a cell can be timed in a mode. Other modes than warm are for kernels on one worker;
// the reference's time does not depend on where its operands are. Of other processes' kernels those
// calls are timed in place that are long enough to be timed one by one.
func (c Cell) has(mode string) bool {
	switch {
	case mode == result.Warm:
		return true
	case c.Workers != 1 || c.Variant == Reference:
		return false
	case c.subject.remote != nil && (mode != result.InPlace || c.N < remoteInPlace):
		return false
	case mode == result.Cold:
		return true
	}
	row, found := ops.Find(c.Op)
	return found && row.Pieces == 1 && (c.Direction == ops.Forward || c.Direction == ops.Backward)
}

// inModes returns a warm cell in every mode that it can be timed in.
func (c Cell) inModes(modes []string) []Cell {
	var all []Cell
	for _, mode := range modes {
		if c.has(mode) {
			c.Mode = mode
			all = append(all, c)
		}
	}
	return all
}

// stretches is how many pieces of memory the cell's calls work on by turns.
func (c Cell) stretches() int {
	switch c.Mode {
	case result.Cold:
		return max(1, min(maxStretches, int(coldBytes/c.BytesPerOp())))
	case result.InPlace:
		return max(1, min(maxStretches, inPlaceBytes/(c.N*elementSize(c.Type))))
	}
	return 1
}

// stride is how many elements of each operand lie between the beginnings of two stretches:
// whole cache lines. In-place cells take their copies from the results, and share the rest.
func (c Cell) stride() footprint {
	f, setup := c.subject.footprint, c.subject.setup
	lines := func(n, size int) int {
		perLine := cacheLine / size
		return (n*c.N + perLine - 1) / perLine * perLine
	}
	size := elementSize(c.Type)
	if c.Mode == result.InPlace {
		return footprint{out: lines(f.out, size)}
	}
	return footprint{
		x: lines(max(f.x, setup.x), size), grad: lines(f.grad, size), saved: lines(f.saved, size),
		out: lines(f.out, size), argmax: lines(f.argmax, 1),
	}
}

// need is how many elements of each operand the cell works on.
func (c Cell) need() footprint {
	f, setup := c.subject.footprint, c.subject.setup
	more, stride := c.stretches()-1, c.stride()
	return footprint{
		x: max(f.x, setup.x)*c.N + more*stride.x, grad: f.grad*c.N + more*stride.grad, saved: f.saved*c.N + more*stride.saved,
		out: f.out*c.N + more*stride.out, argmax: f.argmax*c.N + more*stride.argmax,
	}
}

// stretch returns the operands from the i-th stretch on.
func (o *typedOperands[T]) stretch(i int, stride footprint) typedOperands[T] {
	from := *o
	from.x, from.grad = o.x[i*stride.x:], o.grad[i*stride.grad:]
	from.saved, from.out = o.saved[i*stride.saved:], o.out[i*stride.out:]
	return from
}

// rounds are the calls of a cell on stretches of memory.
type rounds struct {
	calls []loop
	ready func(calls int) // makes the stretches of the first calls ready
}

// rounds binds a cell of another mode than warm.
func (c Cell) rounds(o *operands) rounds {
	if c.Type == result.Float64 {
		return roundsOf(c, o, &o.float64s, func(t typedOperands[float64], argmax []uint8) *operands {
			return &operands{float64s: t, argmax: argmax}
		})
	}
	return roundsOf(c, o, &o.float32s, func(t typedOperands[float32], argmax []uint8) *operands {
		return &operands{float32s: t, argmax: argmax}
	})
}

func roundsOf[T kernels.Float](c Cell, o *operands, typed *typedOperands[T], part func(typedOperands[T], []uint8) *operands) rounds {
	if c.Mode == result.InPlace {
		return inPlaceRounds(c, typed, part)
	}
	return coldRounds(c, o, typed, part)
}

// coldRounds has each call's operands evicted before a round.
func coldRounds[T kernels.Float](c Cell, o *operands, typed *typedOperands[T], part func(typedOperands[T], []uint8) *operands) rounds {
	stride, f, n := c.stride(), c.subject.footprint, c.N
	var r rounds
	var prepares []func()
	var memory [][]byte
	for _, i := range rand.New(rand.NewPCG(1, uint64(n))).Perm(c.stretches()) {
		t, argmax := typed.stretch(i, stride), o.argmax[i*stride.argmax:]
		prepare, call := c.subject.bind(part(t, argmax), n, c.Workers)
		r.calls, prepares = append(r.calls, call), append(prepares, prepare)
		memory = append(memory,
			bytesOf(t.x[:f.x*n]), bytesOf(t.grad[:f.grad*n]), bytesOf(t.saved[:f.saved*n]), bytesOf(t.out[:f.out*n]), argmax[:f.argmax*n])
	}
	r.ready = func(calls int) {
		for _, prepare := range prepares[:calls] {
			if prepare != nil {
				prepare()
			}
		}
		evict(memory[:len(memory)/len(r.calls)*calls])
	}
	return r
}

// inPlaceRounds has each call's input copied afresh before a round.
func inPlaceRounds[T kernels.Float](c Cell, typed *typedOperands[T], part func(typedOperands[T], []uint8) *operands) rounds {
	stride, n := c.stride(), c.N
	input := typed.x[:n]
	if c.Direction == ops.Backward {
		input = typed.grad[:n]
	}
	var r rounds
	var prepare func() // the same for all: they share what it puts in place
	var copies [][]T
	for i := range c.stretches() {
		t := typed.stretch(i, stride)
		if c.Direction == ops.Backward {
			t.grad = t.out
		} else {
			t.x = t.out
		}
		var call loop
		prepare, call = c.subject.bind(part(t, nil), n, c.Workers)
		r.calls, copies = append(r.calls, call), append(copies, t.out[:n])
	}
	r.ready = func(calls int) {
		if prepare != nil {
			prepare()
		}
		for _, dst := range copies[:calls] {
			copy(dst, input)
		}
	}
	return r
}

// run makes so many calls and returns the time that they took.
func (r rounds) run(iterations int) (elapsed time.Duration) {
	for iterations > 0 {
		calls := r.calls[:min(iterations, len(r.calls))]
		r.ready(len(calls))
		start := time.Now()
		for _, call := range calls {
			call(1)
		}
		elapsed += time.Since(start)
		iterations -= len(calls)
	}
	return elapsed
}

// runner takes samples of the calls.
func (r rounds) runner(c Cell, observed *observation) runner {
	return func(warmup, iterations int) (remote.Answer, error) {
		observed.begin()
		r.run(warmup)
		observed.count()
		elapsed := r.run(iterations)
		observed.end()
		return observed.answer(elapsed.Nanoseconds(), c), nil
	}
}
