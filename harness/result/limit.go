package result

import "time"

// Names of limits. Those of memory are in bytes moved per second, loaded and stored bytes
// together; those of arithmetic in operations on elements per second, of which a fused
// multiply-add is two; LimitVector is in instructions.
const (
	LimitLoad    = "load"
	LimitStore   = "store"
	LimitStoreNT = "store-nt" // past the caches
	LimitCopy    = "copy"
	LimitCopyNT  = "copy-nt"
	LimitAdd     = "add" // two loads and a store
	LimitAddNT   = "add-nt"
	LimitUpdate  = "update" // a copy over itself
	LimitFMA     = "fma"
	LimitDivide  = "divide"
	LimitVector  = "vector" // instructions on vectors of any kind
)

// Limits lists their names, those of memory first.
func Limits() []string {
	return []string{LimitLoad, LimitStore, LimitStoreNT, LimitCopy, LimitCopyNT, LimitAdd, LimitAddNT, LimitUpdate, LimitFMA, LimitDivide, LimitVector}
}

// Limit is one sample of what the machine itself can do, without any kernel.
type Limit struct {
	RunID     string    // run folder name, e.g. 20260102T150405Z-1a2b3c4
	Host      string    // machine name
	Started   time.Time // start of the run, UTC, microseconds
	Day       string    // its UTC day, "2026-01-02": what is stored fills it
	Name      string    // LimitLoad, ...
	Type      string    // Float32 or Float64 for arithmetic, "" for memory and instructions
	ISA       string    // instruction set it was measured with
	Workers   int64     // threads
	Bytes     int64     // size of the memory it goes over, all threads together; 0 for arithmetic
	Sample    int64     // 0-based
	ElapsedNs int64     // wall time of the sample, ns
	PerS      float64   // bytes, operations or instructions per second
}
