package rowfile

import (
	"cmp"
	"time"

	"actinit/harness/result"
)

// benchColumns is result.Bench with its columns' names, encodings and units.
type benchColumns struct {
	RunID      string    `parquet:"run_id,dict"`
	Host       string    `parquet:"host,dict"`
	Started    time.Time `parquet:"started,timestamp(microsecond)"`
	Day        string    `parquet:"day,dict" absent:"0"`
	Op         string    `parquet:"op,dict"`
	Direction  string    `parquet:"direction,dict"`
	Type       string    `parquet:"type,dict"`
	Variant    string    `parquet:"variant,dict"`
	ISA        string    `parquet:"isa,dict"`
	Workers    int64     `parquet:"workers" unit:"goroutines"`
	N          int64     `parquet:"n" unit:"elements"`
	Sample     int64     `parquet:"sample"`
	Order      int64     `parquet:"run_order"`
	Iterations int64     `parquet:"iterations" unit:"calls"`
	ElapsedNs  int64     `parquet:"elapsed_ns" unit:"ns"`
	NsPerOp    float64   `parquet:"ns_per_op" unit:"ns/call"`
	NsPerElem  float64   `parquet:"ns_per_elem" unit:"ns/element"`
	BytesPerOp int64     `parquet:"bytes_per_op" unit:"B/call"`
	BytesPerS  float64   `parquet:"bytes_per_s" unit:"B/s"`

	Mode         string   `parquet:"mode,dict" absent:"0"`
	Cycles       *int64   `parquet:"cycles,optional" unit:"cycles" absent:"0"`
	Instructions *int64   `parquet:"instructions,optional" unit:"instructions" absent:"0"`
	L1Misses     *int64   `parquet:"l1_misses,optional" unit:"loads" absent:"0"`
	LLCMisses    *int64   `parquet:"llc_misses,optional" unit:"loads" absent:"0"`
	Allocs       *int64   `parquet:"allocs,optional" unit:"objects" absent:"0"`
	Switches     *int64   `parquet:"switches,optional" unit:"context switches" absent:"0"`
	StealNs      *int64   `parquet:"steal_ns,optional" unit:"ns" absent:"0"`
	FrequencyHz  *float64 `parquet:"frequency_hz,optional" unit:"Hz" absent:"0"`
	Load         *float64 `parquet:"load,optional" unit:"runnable threads" absent:"0"`
	Intensity    *float64 `parquet:"intensity,optional" unit:"operations/B" absent:"0"`
	Bound        string   `parquet:"bound,dict" absent:"0"`
	BoundNs      *float64 `parquet:"bound_ns,optional" unit:"ns/element" absent:"0"`
}

var benchTable = &table[result.Bench, benchColumns]{
	name:    "bench",
	version: 1,
	store:   func(r result.Bench) benchColumns { return benchColumns(r) },
	load:    func(c benchColumns) result.Bench { return result.Bench(c) },
	started: func(c *benchColumns) *time.Time { return &c.Started },
	day:     func(c *benchColumns) *string { return &c.Day },
	sorting: []string{"op", "direction", "type", "variant", "workers", "n", "mode", "run_id", "sample"},
	compare: func(a, b benchColumns) int {
		return cmp.Or(
			cmp.Compare(a.Op, b.Op),
			cmp.Compare(a.Direction, b.Direction),
			cmp.Compare(a.Type, b.Type),
			cmp.Compare(a.Variant, b.Variant),
			cmp.Compare(a.Workers, b.Workers),
			cmp.Compare(a.N, b.N),
			cmp.Compare(a.Mode, b.Mode),
			cmp.Compare(a.RunID, b.RunID),
			cmp.Compare(a.Sample, b.Sample),
		)
	},
}
