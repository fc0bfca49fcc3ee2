package result

import "time"

// Modes of a timing: where the operands are when a sample begins, and where the results go.
const (
	Warm    = "warm"     // operands in the caches they fit in, results beside them
	Cold    = "cold"     // operands and results in no cache
	InPlace = "in-place" // warm, and the results over the input
)

// Modes lists them.
func Modes() []string { return []string{Warm, Cold, InPlace} }

// Bench is one timing sample of one kernel at one size. Every sample is kept.
type Bench struct {
	RunID      string    // run folder name, e.g. 20260102T150405Z-1a2b3c4
	Host       string    // machine name
	Started    time.Time // start of the run, UTC, microseconds
	Day        string    // its UTC day, "2026-01-02": what is stored fills it
	Op         string    // see Kernel
	Direction  string
	Type       string
	Variant    string
	ISA        string
	Workers    int64   // goroutines
	N          int64   // elements of the output
	Sample     int64   // 0-based number of the sample of this kernel and size
	Order      int64   // 0-based position in the whole run: samples are interleaved in random order
	Iterations int64   // kernel calls in the sample
	ElapsedNs  int64   // wall time of the sample, ns
	NsPerOp    float64 // ElapsedNs / Iterations
	NsPerElem  float64 // NsPerOp / N
	BytesPerOp int64   // bytes read + written by one call
	BytesPerS  float64 // BytesPerOp / time of one call

	Mode string // Warm, Cold or InPlace; runs from before there were modes are warm

	// What the processor and the system counted during the sample, all calls together.
	// What the machine does not tell is nil, never zero.
	Cycles       *int64
	Instructions *int64
	L1Misses     *int64 // loads that missed the first-level data cache
	LLCMisses    *int64 // that missed the last-level cache
	Allocs       *int64 // objects the Go heap was asked for; of another library's process unknown
	Switches     *int64 // involuntary context switches of the process
	StealNs      *int64 // time the hypervisor gave all our CPUs to others, in ticks of 10 ms

	FrequencyHz *float64 // of the core, just before the sample
	Load        *float64 // 1-minute load average of the machine, this program included

	// The roofline: how fast the machine itself could do it at this size, by what it was
	// measured to do at the start of the run; nil or empty where it was not measured.
	Intensity *float64 // arithmetic operations per byte read or written
	Bound     string   // the limit that applies: a Limit's name
	BoundNs   *float64 // time of an element at the limit, ns
}

// Kernel returns what the row measures.
func (b Bench) Kernel() Kernel { return Kernel{b.Op, b.Direction, b.Type, b.Variant, b.ISA} }

// BoundShare returns the limit's time as a share of the kernel's: 1 is as fast as the
// machine can, and false says that the limit is unknown.
func (b Bench) BoundShare() (share float64, known bool) {
	if b.BoundNs == nil {
		return 0, false
	}
	return *b.BoundNs / b.NsPerElem, true
}
