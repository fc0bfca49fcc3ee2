package rowfile

import (
	"cmp"
	"time"

	"actinit/harness/result"
)

// curveColumns is result.Curve with its columns' names and encodings. The figure
// names what x and y are.
type curveColumns struct {
	RunID      string    `parquet:"run_id,dict"`
	Host       string    `parquet:"host,dict"`
	Started    time.Time `parquet:"started,timestamp(microsecond)"`
	Day        string    `parquet:"day,dict" absent:"0"`
	Experiment string    `parquet:"experiment,dict"`
	Figure     string    `parquet:"figure,dict"`
	Series     string    `parquet:"series,dict"`
	Seed       int64     `parquet:"seed"`
	Point      int64     `parquet:"point"`
	X          float64   `parquet:"x"`
	Y          float64   `parquet:"y"`
}

var curveTable = &table[result.Curve, curveColumns]{
	name:    "curves",
	version: 1,
	store:   func(r result.Curve) curveColumns { return curveColumns(r) },
	load:    func(c curveColumns) result.Curve { return result.Curve(c) },
	started: func(c *curveColumns) *time.Time { return &c.Started },
	day:     func(c *curveColumns) *string { return &c.Day },
	sorting: []string{"experiment", "figure", "series", "seed", "point", "run_id"},
	compare: func(a, b curveColumns) int {
		return cmp.Or(
			cmp.Compare(a.Experiment, b.Experiment),
			cmp.Compare(a.Figure, b.Figure),
			cmp.Compare(a.Series, b.Series),
			cmp.Compare(a.Seed, b.Seed),
			cmp.Compare(a.Point, b.Point),
			cmp.Compare(a.RunID, b.RunID),
		)
	},
}
