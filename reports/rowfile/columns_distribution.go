package rowfile

import (
	"cmp"
	"time"

	"actinit/harness/result"
)

// distributionColumns is result.Distribution with its columns' names, encodings and units.
type distributionColumns struct {
	RunID         string    `parquet:"run_id,dict"`
	Host          string    `parquet:"host,dict"`
	Started       time.Time `parquet:"started,timestamp(microsecond)"`
	Day           string    `parquet:"day,dict" absent:"0"`
	Fill          string    `parquet:"fill,dict"`
	Type          string    `parquet:"type,dict"`
	Statistic     string    `parquet:"statistic,dict"`
	Draws         int64     `parquet:"draws" unit:"draws"`
	Sum           float64   `parquet:"sum"`
	Value         float64   `parquet:"value"`
	Expected      float64   `parquet:"expected"`
	TermStd       float64   `parquet:"term_std"`
	StandardError float64   `parquet:"standard_error"`
	PValue        float64   `parquet:"p_value" unit:"share of 1"`
	AdjustedP     float64   `parquet:"adjusted_p" unit:"share of 1"`
	Edges         []float64 `parquet:"edges,list"`
	Below         []float64 `parquet:"below,list" unit:"share of 1"`
	Counts        []int64   `parquet:"counts,list" unit:"draws"`
	Seconds       float64   `parquet:"seconds" unit:"s"`
}

var distributionTable = &table[result.Distribution, distributionColumns]{
	name:    "distribution",
	version: 1,
	store:   func(r result.Distribution) distributionColumns { return distributionColumns(r) },
	load: func(c distributionColumns) result.Distribution {
		c.Edges, c.Below, c.Counts = nilIfEmpty(c.Edges), nilIfEmpty(c.Below), nilIfEmpty(c.Counts)
		return result.Distribution(c)
	},
	started: func(c *distributionColumns) *time.Time { return &c.Started },
	day:     func(c *distributionColumns) *string { return &c.Day },
	sorting: []string{"fill", "type", "statistic", "run_id"},
	compare: func(a, b distributionColumns) int {
		return cmp.Or(
			cmp.Compare(a.Fill, b.Fill),
			cmp.Compare(a.Type, b.Type),
			cmp.Compare(a.Statistic, b.Statistic),
			cmp.Compare(a.RunID, b.RunID),
		)
	},
}
