// Package noise watches what disturbs a timing, and judges whether a run should be believed.
//
// A [Watch] looks before and after each sample at what the machine did meanwhile: how often the
// system took the CPU away from this program, how much time a hypervisor gave to others, how busy the
// machine is, at which frequency the core runs, and whether the program allocated. What cannot be found out
// is nil and never zero. Nothing of it happens while a sample is timed.
//
// Watching costs 23 us a sample on a 2-CPU virtual machine, of which 18 are the measurement of the
// frequency (BenchmarkWatch); reading /proc/stat takes longer with more CPUs and interrupts.
//
// [Judge] says in plain words what makes the rows of a run doubtful.
package noise

import (
	"runtime/metrics"
	"time"
)

// A Seen is what happened between Begin and End.
type Seen struct {
	// Allocs is how many objects the Go heap was asked for, by the whole process. Where nothing is
	// allocated it is 0. Go reports small objects by the span, when one is used up, so a few
	// may be missing here that are found in a later sample: fewer than 8 KiB of each size and P.
	Allocs *int64

	Switches    *int64   // involuntary context switches of all threads of the process
	StealNs     *int64   // time the hypervisor gave all CPUs to others, in ticks of 10 ms
	FrequencyHz *float64 // of the core that ran Begin, measured there
	Load        *float64 // 1-minute load average, at most loadAge old
}

// loadAge is how old a load average may be: the kernel computes a new one every 5 s.
const loadAge = time.Second

// A Watch watches samples one after the other, on one goroutine.
type Watch struct {
	system    system
	allocs    []metrics.Sample
	load      *float64
	loadAt    time.Time
	frequency *float64

	before struct {
		switches, steal, allocs int64 // negative: unknown
	}
}

// NewWatch returns a watch. It keeps a file open, which Close gives back.
func NewWatch() *Watch {
	return &Watch{system: openSystem(), allocs: []metrics.Sample{{Name: "/gc/heap/allocs:objects"}}}
}

// Begin looks at the machine before a sample. It changes what the core's caches hold by a few kilobytes.
func (w *Watch) Begin() {
	if w.loadAt.IsZero() || time.Since(w.loadAt) > loadAge {
		w.load, w.loadAt = w.system.load(), time.Now()
	}
	w.frequency = Frequency()
	w.before.steal = w.system.stealNs()
	w.before.allocs = w.allocated()
	w.before.switches = w.system.switches()
}

// End looks again after the sample and says what happened meanwhile.
func (w *Watch) End() Seen {
	switches := w.system.switches()
	allocs := w.allocated()
	return Seen{
		Allocs:      since(w.before.allocs, allocs),
		Switches:    since(w.before.switches, switches),
		StealNs:     since(w.before.steal, w.system.stealNs()),
		FrequencyHz: w.frequency,
		Load:        w.load,
	}
}

// allocated returns the objects allocated since the program began. runtime.ReadMemStats would be exact,
// but takes 40 us, as it stops all goroutines, and then wakes a thread on another core.
func (w *Watch) allocated() int64 {
	metrics.Read(w.allocs)
	if w.allocs[0].Value.Kind() != metrics.KindUint64 {
		return -1
	}
	return int64(w.allocs[0].Value.Uint64())
}

// since is the difference of two states of a counter, nil if either is unknown.
func since(before, after int64) *int64 {
	if before < 0 || after < before {
		return nil
	}
	n := after - before
	return &n
}

// Close gives back what the watch keeps open.
func (w *Watch) Close() error { return w.system.close() }
