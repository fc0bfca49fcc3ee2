package rowfile

import (
	"cmp"
	"time"

	"actinit/harness/result"
)

// accuracyColumns is result.Accuracy with its columns' names, encodings and units.
type accuracyColumns struct {
	RunID            string    `parquet:"run_id,dict"`
	Host             string    `parquet:"host,dict"`
	Started          time.Time `parquet:"started,timestamp(microsecond)"`
	Day              string    `parquet:"day,dict" absent:"0"`
	Op               string    `parquet:"op,dict"`
	Direction        string    `parquet:"direction,dict"`
	Type             string    `parquet:"type,dict"`
	Variant          string    `parquet:"variant,dict"`
	ISA              string    `parquet:"isa,dict"`
	Inputs           int64     `parquet:"inputs"`
	Exhaustive       bool      `parquet:"exhaustive"`
	Rounding         string    `parquet:"rounding,dict"`
	BoundULP         float64   `parquet:"bound_ulp" unit:"ULP"`
	MaxULP           float64   `parquet:"max_ulp" unit:"ULP"`
	SumULP           float64   `parquet:"sum_ulp" unit:"ULP"`
	Compared         int64     `parquet:"compared" unit:"results"`
	CorrectlyRounded int64     `parquet:"correctly_rounded" unit:"results"`
	Unfaithful       int64     `parquet:"unfaithful" unit:"results"`
	Histogram        []int64   `parquet:"ulp_histogram,list" unit:"results"`
	NaNDisagree      int64     `parquet:"nan_disagree" unit:"results"`
	InfDisagree      int64     `parquet:"inf_disagree" unit:"results"`
	ZeroSignDisagree int64     `parquet:"zero_sign_disagree" unit:"results"`
	OverBound        int64     `parquet:"over_bound" unit:"results"`
	OracleDecided    int64     `parquet:"oracle_decided" unit:"inputs"`
	ZeroResults      int64     `parquet:"zero_results" unit:"results"`
	DistinctResults  int64     `parquet:"distinct_results" unit:"results"`
	Mistrusted       bool      `parquet:"mistrusted"`
	WorstInput       string    `parquet:"worst_input,dict"`
	WorstResult      string    `parquet:"worst_result,dict"`
	WorstExact       string    `parquet:"worst_exact,dict"`
	WorstULP         float64   `parquet:"worst_ulp" unit:"ULP"`
	BitwiseDiffers   int64     `parquet:"bitwise_differs" unit:"results"`
	LayoutFailures   int64     `parquet:"layout_failures"`
	Reproduce        string    `parquet:"reproduce,dict"`
	Seconds          float64   `parquet:"seconds" unit:"s"`
	BinadeMaxULP     []float64 `parquet:"binade_max_ulp,list" unit:"ULP" absent:"0"`
	PairDecided      int64     `parquet:"pair_decided" unit:"inputs" absent:"0"`
	Widened          int64     `parquet:"widened" unit:"results" absent:"0"`
	MaxUnwidenedULP  float64   `parquet:"max_unwidened_ulp" unit:"ULP" absent:"0"`
	OutsideDomain    int64     `parquet:"outside_domain" unit:"inputs" absent:"0"`
	SweptBoundULP    float64   `parquet:"swept_bound_ulp" unit:"ULP" absent:"0"`
}

var accuracyTable = &table[result.Accuracy, accuracyColumns]{
	name:    "accuracy",
	version: 1,
	store:   func(r result.Accuracy) accuracyColumns { return accuracyColumns(r) },
	load: func(c accuracyColumns) result.Accuracy {
		c.Histogram = nilIfEmpty(c.Histogram)
		c.BinadeMaxULP = nilIfEmpty(c.BinadeMaxULP)
		return result.Accuracy(c)
	},
	started: func(c *accuracyColumns) *time.Time { return &c.Started },
	day:     func(c *accuracyColumns) *string { return &c.Day },
	sorting: []string{"op", "direction", "type", "variant", "run_id"},
	compare: func(a, b accuracyColumns) int {
		return cmp.Or(
			cmp.Compare(a.Op, b.Op),
			cmp.Compare(a.Direction, b.Direction),
			cmp.Compare(a.Type, b.Type),
			cmp.Compare(a.Variant, b.Variant),
			cmp.Compare(a.RunID, b.RunID),
		)
	},
}
