package rowfile

import (
	"cmp"
	"time"

	"actinit/harness/result"
)

// claimColumns is result.Claim with its columns' names, encodings and units.
// Numbers are in the unit of what the statement speaks of.
type claimColumns struct {
	RunID      string    `parquet:"run_id,dict"`
	Host       string    `parquet:"host,dict"`
	Started    time.Time `parquet:"started,timestamp(microsecond)"`
	Day        string    `parquet:"day,dict" absent:"0"`
	Experiment string    `parquet:"experiment,dict"`
	Paper      string    `parquet:"paper,dict"`
	Statement  string    `parquet:"statement,dict"`
	Published  float64   `parquet:"published"`
	Source     string    `parquet:"source,dict"`
	Relation   string    `parquet:"relation,dict"`
	Tolerance  float64   `parquet:"tolerance"`
	Measured   float64   `parquet:"measured"`
	Low        float64   `parquet:"low"`
	High       float64   `parquet:"high"`
	Seeds      int64     `parquet:"seeds" unit:"seeds"`
	Agrees     bool      `parquet:"agrees"`
	Seconds    float64   `parquet:"seconds" unit:"s"`
}

// The claims of an experiment keep the order in which they were made.
var claimTable = &table[result.Claim, claimColumns]{
	name:    "claims",
	version: 1,
	store:   func(r result.Claim) claimColumns { return claimColumns(r) },
	load:    func(c claimColumns) result.Claim { return result.Claim(c) },
	started: func(c *claimColumns) *time.Time { return &c.Started },
	day:     func(c *claimColumns) *string { return &c.Day },
	sorting: []string{"experiment", "run_id"},
	compare: func(a, b claimColumns) int {
		return cmp.Or(
			cmp.Compare(a.Experiment, b.Experiment),
			cmp.Compare(a.RunID, b.RunID),
		)
	},
}
