package result

import "time"

// Names of limits. Those of memory are in bytes moved per second, loaded and stored bytes
// together; those of arithmetic in operations on elements per second, of which a fused
// multiply-add is two.
const (
	LimitLoad    = "load"
	LimitStore   = "store"
	LimitStoreNT = "store-nt" // past the caches
	LimitCopy    = "copy"
	LimitCopyNT  = "copy-nt"
	LimitFMA     = "fma"
	LimitDivide  = "divide"
)

// Limit is one sample of what the machine itself can do, without any kernel.
type Limit struct {
	RunID     string    // run folder name, e.g. 20260102T150405Z-1a2b3c4
	Host      string    // machine name
	Started   time.Time // start of the run, UTC, microseconds
	Day       string    // its UTC day, "2026-01-02": what is stored fills it
	Name      string    // LimitLoad, ...
	Type      string    // Float32 or Float64 for arithmetic, "" for memory
	ISA       string    // instruction set it was measured with
	Workers   int64     // threads
	Bytes     int64     // size of the memory it goes over, all threads together; 0 for arithmetic
	Sample    int64     // 0-based
	ElapsedNs int64     // wall time of the sample, ns
	PerS      float64   // bytes or operations per second
}
