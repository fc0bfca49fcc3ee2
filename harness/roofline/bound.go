package roofline

import (
	"cmp"
	"math"
	"slices"
	"sync"

	"actinit/harness/result"
	"actinit/kernels"
)

// Work is what a kernel does in one call.
type Work struct {
	result.Kernel
	Workers        int
	N              int   // elements of the result, as times are told per element
	Loaded, Stored int64 // bytes
	Bytes          int64 // of all operands
	InPlace        bool  // the result is written over an input
}

// A Bound is how fast the machine lets a kernel be.
type Bound struct {
	Intensity *float64 // arithmetic operations per byte loaded or stored; nil where they are unknown
	Name      string   // the limit that applies; empty where none was measured
	Ns        *float64 // time of an element at the limit, ns; nil where none was measured
}

// Limits are what was measured on a machine. Nil are none.
type Limits struct {
	isa    string // the instruction set in use
	peaks  map[key][]result.Peak
	bounds sync.Map // Bound by Work: the same work comes once in every round
}

// A key is what a peak is found by; its peaks are of different sizes, in order.
type key struct {
	name, of, isa string
	workers       int
}

// NewLimits returns the limits that rows, of one machine, are samples of. isa is the instruction set that
// was in use there.
func NewLimits(rows []result.Limit, isa string) *Limits {
	l := &Limits{isa: isa, peaks: map[key][]result.Peak{}}
	for _, p := range result.Peaks(rows) {
		k := key{p.Name, p.Type, p.ISA, int(p.Workers)}
		l.peaks[k] = append(l.peaks[k], p)
	}
	return l
}

// Rate returns the best rate of a limit, per second; of memory for so many bytes. The type is empty for
// memory and instructions, and bytes are 0 for arithmetic. It is 0 for what was not measured.
//
// The rate on much memory is one on less, and that of few threads one of more, should that by
// chance have been measured as slower.
func (l *Limits) Rate(name, of, isa string, workers int, bytes int64) float64 {
	rate := 0.
	for k, peaks := range l.peaks {
		if k.name != name || k.of != of || k.isa != isa || k.workers > workers {
			continue
		}
		for _, p := range slices.Backward(peaks) {
			rate = max(rate, p.Best)
			if p.Bytes <= bytes {
				break
			}
		}
	}
	return rate
}

// seconds returns the time that pass p takes for one byte of each of its arrays, by the fastest pass that
// contains it, and the name of p, or of p past the caches if that pass was; 0 if none was measured.
func (l *Limits) seconds(p pass, isa string, w Work) (name string, s float64) {
	for _, q := range passes {
		share := p.containedIn(float64(q.loads), float64(q.stores))
		if !q.bounds(w.InPlace) || share == 0 {
			continue
		}
		rate, named := l.Rate(q.name, "", isa, w.Workers, w.Bytes), p.name
		if past := l.Rate(q.past, "", isa, w.Workers, w.Bytes); past > rate && w.Bytes >= pastFrom {
			rate, named = past, cmp.Or(p.past, p.name)
		}
		if t := float64(q.loads+q.stores) / rate / share; rate > 0 && (s == 0 || t < s) {
			name, s = named, t
		}
	}
	return name, s
}

// tie is how much longer a time must be than another, relatively, to be no rounding of it.
const tie = 1e-9

// Of returns the bound of a kernel's work.
func (l *Limits) Of(w Work) Bound {
	if l == nil {
		return Bound{}
	}
	if b, known := l.bounds.Load(w); known {
		return b.(Bound)
	}
	b := l.bound(w)
	l.bounds.Store(w, b)
	return b
}

// measured returns the instruction set whose limits apply to a kernel's, as measuredWith chose it when they
// were measured: on whatever machine this is asked.
func (l *Limits) measured(isa string) string {
	for k := range l.peaks {
		if k.isa == isa && isa != kernels.Portable {
			return isa
		}
	}
	return l.isa
}

func (l *Limits) bound(w Work) (b Bound) {
	isa := l.measured(w.ISA)
	n := float64(w.N)
	hold := func(name string, seconds float64) {
		ns := seconds / n * 1e9
		if seconds > 0 && (b.Ns == nil || ns > *b.Ns*(1+tie)) {
			b.Name, b.Ns = name, &ns
		}
	}
	moved := func(p pass) float64 {
		return float64(p.loads+p.stores) * p.containedIn(float64(w.Loaded), float64(w.Stored))
	}
	for _, p := range slices.SortedStableFunc(slices.Values(passes), func(p, q pass) int { return cmp.Compare(moved(q), moved(p)) }) {
		if p.bounds(w.InPlace) { // of equal times that of the pass most like the kernel is the first
			name, each := l.seconds(p, isa, w)
			hold(name, each*p.containedIn(float64(w.Loaded), float64(w.Stored)))
		}
	}
	o, known := OperationsOf(w.Kernel)
	if !known {
		return b
	}
	intensity := o.Count() * n / float64(w.Loaded+w.Stored)
	b.Intensity = &intensity
	at := func(name, of string, amount float64) {
		if rate := l.Rate(name, of, isa, w.Workers, 0); rate > 0 {
			hold(name, amount*n/rate)
		}
	}
	compute := func(of string, a Arithmetic) {
		at(result.LimitFMA, of, 2*max(a.FMA+a.Multiply, a.Add))
		at(result.LimitDivide, of, a.Divide)
	}
	compute(result.Float32, o.Float32)
	compute(result.Float64, o.Float64)
	at(result.LimitVector, "", o.Vector)
	return b
}

// containedIn is how many bytes of each of its arrays pass p could move if so many are loaded and stored.
func (p pass) containedIn(loaded, stored float64) float64 {
	bytes := math.Inf(1)
	if p.loads > 0 {
		bytes = min(bytes, loaded/float64(p.loads))
	}
	if p.stores > 0 {
		bytes = min(bytes, stored/float64(p.stores))
	}
	return bytes
}
