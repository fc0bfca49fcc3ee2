// Package counters reads the processor's own counters for the calling thread: cycles,
// instructions and the loads that missed the first and the last level of cache.
//
// They come from perf_event_open(2), so there are some on Linux alone, and there only where
// the kernel allows it (/proc/sys/kernel/perf_event_paranoid of at most 2) and the processor has a
// counting unit: most virtual machines have none. A counter that is absent is nil and never
// zero, and [Set.Absent] says why.
//
// What is counted is user space of one operating system thread, the one that called Open, which
// must be locked to its goroutine (runtime.LockOSThread). Goroutines that run on other
// threads are not seen: of a kernel that splits its work over workers these counters say
// nothing, and whoever times one must leave them out.
//
// The counters run from Open on; Start and Stop read them, with one system call for all where the
// kernel schedules them together. Where there are more events than counters the kernel takes turns, and
// what was counted is scaled by the time enabled over the time counted, as perf stat
// does; a counter that had no turn is nil.
package counters

import (
	"math"
	"math/bits"
)

// A Reading is what was counted between Start and Stop. What was not counted is nil.
type Reading struct {
	Cycles       *int64 // of the core, at whatever frequency it ran
	Instructions *int64 // retired
	L1Misses     *int64 // loads that missed the first-level data cache
	LLCMisses    *int64 // loads that missed the last-level cache
}

// An Absence is a counter that this machine does not give, and why.
type Absence struct {
	Counter string
	Reason  string
}

// names of the counters, in the order of Reading's fields.
var names = [...]string{"cycles", "instructions", "L1 misses", "LLC misses"}

// count is the state of one counter at one time; the zero count is one that could not be read.
type count struct {
	value            uint64
	enabled, running uint64 // ns
}

// between is what was counted from one state to a later one, scaled where the counter did not
// run all the time; nil if it never did, or if the kernel's numbers make no sense.
func between(before, after count) *int64 {
	unread := before == count{} || after == count{}
	if unread || after.value < before.value || after.enabled < before.enabled || after.running <= before.running {
		return nil
	}
	value, enabled, running := after.value-before.value, after.enabled-before.enabled, after.running-before.running
	if running > enabled {
		return nil
	}
	if running < enabled {
		high, low := bits.Mul64(value, enabled)
		if high >= running {
			return nil
		}
		value, _ = bits.Div64(high, low, running)
	}
	if value > math.MaxInt64 {
		return nil
	}
	n := int64(value)
	return &n
}

// reading makes a Reading of a counter's values in the order of names.
func reading(values [len(names)]*int64) Reading {
	return Reading{Cycles: values[0], Instructions: values[1], L1Misses: values[2], LLCMisses: values[3]}
}
