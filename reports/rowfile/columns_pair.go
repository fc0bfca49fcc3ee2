package rowfile

import (
	"cmp"
	"time"

	"actinit/harness/result"
)

// pairColumns is result.Pair with its columns' names, encodings and units.
type pairColumns struct {
	RunID      string    `parquet:"run_id,dict"`
	Host       string    `parquet:"host,dict"`
	Started    time.Time `parquet:"started,timestamp(microsecond)"`
	Day        string    `parquet:"day,dict"`
	Op         string    `parquet:"op,dict"`
	Direction  string    `parquet:"direction,dict"`
	Type       string    `parquet:"type,dict"`
	Variant    string    `parquet:"variant,dict"`
	ISA        string    `parquet:"isa,dict"`
	Workers    int64     `parquet:"workers" unit:"goroutines"`
	N          int64     `parquet:"n" unit:"elements"`
	Mode       string    `parquet:"mode,dict"`
	Comparison string    `parquet:"comparison,dict"`
	Old        string    `parquet:"old,dict"`
	New        string    `parquet:"new,dict"`
	Block      int64     `parquet:"block"`
	Pair       int64     `parquet:"pair"`
	First      string    `parquet:"first,dict"`
	Order      int64     `parquet:"run_order"`
	Iterations int64     `parquet:"iterations" unit:"calls"`
	OldNs      int64     `parquet:"old_ns" unit:"ns"`
	NewNs      int64     `parquet:"new_ns" unit:"ns"`
	LogRatio   float64   `parquet:"log_ratio" unit:"ln(new/old)"`
	Switches   *int64    `parquet:"switches,optional" unit:"context switches"`
	StealNs    *int64    `parquet:"steal_ns,optional" unit:"ns"`
}

var pairTable = &table[result.Pair, pairColumns]{
	name:    "pairs",
	version: 1,
	store:   func(r result.Pair) pairColumns { return pairColumns(r) },
	load:    func(c pairColumns) result.Pair { return result.Pair(c) },
	started: func(c *pairColumns) *time.Time { return &c.Started },
	day:     func(c *pairColumns) *string { return &c.Day },
	sorting: []string{"op", "direction", "type", "variant", "workers", "n", "mode", "comparison", "run_id", "block", "pair"},
	compare: func(a, b pairColumns) int {
		return cmp.Or(
			cmp.Compare(a.Op, b.Op),
			cmp.Compare(a.Direction, b.Direction),
			cmp.Compare(a.Type, b.Type),
			cmp.Compare(a.Variant, b.Variant),
			cmp.Compare(a.Workers, b.Workers),
			cmp.Compare(a.N, b.N),
			cmp.Compare(a.Mode, b.Mode),
			cmp.Compare(a.Comparison, b.Comparison),
			cmp.Compare(a.RunID, b.RunID),
			cmp.Compare(a.Block, b.Block),
			cmp.Compare(a.Pair, b.Pair),
		)
	},
}
