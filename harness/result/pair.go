package result

import "time"

// What a Pair compares.
const (
	Change = "change" // the old build or setting with the new one
	Floor  = "floor"  // the old one with itself, in another process: what is noise
)

// Pair is one timing of each of two sides of a paired run, taken one right after the other
// with the same number of calls on the same memory. Every pair is kept.
type Pair struct {
	RunID      string    // run folder name, e.g. 20260102T150405Z-1a2b3c4
	Host       string    // machine name
	Started    time.Time // start of the run, UTC, microseconds
	Day        string    // its UTC day, "2026-01-02": what is stored fills it
	Op         string    // see Kernel; the variant is the new side's where a paired run compares variants
	Direction  string
	Type       string
	Variant    string
	ISA        string
	Workers    int64  // goroutines
	N          int64  // elements of the output
	Mode       string // Warm, Cold or InPlace
	Comparison string // Change or Floor
	Old        string // what the old side is: "rev:1a2b3c4", "isa:avx2"
	New        string
	Block      int64  // 0-based; a block is two pairs in opposite order
	Pair       int64  // 0 or 1 in its block
	First      string // the side that was timed first: "old" or "new"
	Order      int64  // 0-based position in the whole run
	Iterations int64  // kernel calls on each side
	OldNs      int64  // wall time of the old side, ns
	NewNs      int64
	LogRatio   float64 // ln(NewNs / OldNs): positive is slower
	Switches   *int64  // involuntary context switches during both, nil if unknown
	StealNs    *int64  // time the hypervisor gave our CPUs to others during the half of the block, nil if unknown
}

// Kernel returns what the row measures.
func (p Pair) Kernel() Kernel { return Kernel{p.Op, p.Direction, p.Type, p.Variant, p.ISA} }

// Name returns the benchmark name of what the pair measures, see [Name].
func (p Pair) Name() string {
	return Name(Bench{Op: p.Op, Direction: p.Direction, Type: p.Type, Variant: p.Variant, Workers: p.Workers, N: p.N, Mode: p.Mode})
}
