package rowfile

import (
	"cmp"
	"time"

	"actinit/harness/result"
)

// limitColumns is result.Limit with its columns' names, encodings and units.
type limitColumns struct {
	RunID     string    `parquet:"run_id,dict"`
	Host      string    `parquet:"host,dict"`
	Started   time.Time `parquet:"started,timestamp(microsecond)"`
	Day       string    `parquet:"day,dict"`
	Name      string    `parquet:"name,dict"`
	Type      string    `parquet:"type,dict"`
	ISA       string    `parquet:"isa,dict"`
	Workers   int64     `parquet:"workers" unit:"threads"`
	Bytes     int64     `parquet:"bytes" unit:"B"`
	Sample    int64     `parquet:"sample"`
	ElapsedNs int64     `parquet:"elapsed_ns" unit:"ns"`
	PerS      float64   `parquet:"per_s" unit:"B/s or operations/s"`
}

var limitTable = &table[result.Limit, limitColumns]{
	name:    "limits",
	version: 1,
	store:   func(r result.Limit) limitColumns { return limitColumns(r) },
	load:    func(c limitColumns) result.Limit { return result.Limit(c) },
	started: func(c *limitColumns) *time.Time { return &c.Started },
	day:     func(c *limitColumns) *string { return &c.Day },
	sorting: []string{"name", "type", "isa", "workers", "bytes", "run_id", "sample"},
	compare: func(a, b limitColumns) int {
		return cmp.Or(
			cmp.Compare(a.Name, b.Name),
			cmp.Compare(a.Type, b.Type),
			cmp.Compare(a.ISA, b.ISA),
			cmp.Compare(a.Workers, b.Workers),
			cmp.Compare(a.Bytes, b.Bytes),
			cmp.Compare(a.RunID, b.RunID),
			cmp.Compare(a.Sample, b.Sample),
		)
	},
}
