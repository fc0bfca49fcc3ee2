package rowfile

import (
	"cmp"
	"time"

	"actinit/harness/result"
)

// layerColumns is result.Layer with its columns' names, encodings and units.
// What has no unit is in the unit of the quantity itself.
type layerColumns struct {
	RunID       string    `parquet:"run_id,dict"`
	Host        string    `parquet:"host,dict"`
	Started     time.Time `parquet:"started,timestamp(microsecond)"`
	Day         string    `parquet:"day,dict" absent:"0"`
	Activation  string    `parquet:"activation,dict"`
	Param       float64   `parquet:"param"`
	Initializer string    `parquet:"initializer,dict"`
	Data        string    `parquet:"data,dict"`
	Depth       int64     `parquet:"depth" unit:"layers"`
	Width       int64     `parquet:"width" unit:"units"`
	Batch       int64     `parquet:"batch" unit:"examples"`
	Seed        int64     `parquet:"seed"`
	Layer       int64     `parquet:"layer"`
	Quantity    string    `parquet:"quantity,dict"`
	FanIn       int64     `parquet:"fan_in" unit:"units"`
	WeightStd   float64   `parquet:"weight_std"`

	Count          int64   `parquet:"count" unit:"values"`
	NaN            int64   `parquet:"nan_count" unit:"values"`
	Inf            int64   `parquet:"inf_count" unit:"values"`
	Mean           float64 `parquet:"mean"`
	Std            float64 `parquet:"std"`
	RMS            float64 `parquet:"rms"`
	Min            float64 `parquet:"min"`
	Max            float64 `parquet:"max"`
	Skewness       float64 `parquet:"skewness"`
	ExcessKurtosis float64 `parquet:"excess_kurtosis"`
	ZeroShare      float64 `parquet:"zero_share" unit:"share of 1"`
	SaturatedShare float64 `parquet:"saturated_share" unit:"share of 1"`
	DeadUnits      int64   `parquet:"dead_units" unit:"units"`
	Norm           float64 `parquet:"norm"`
	NormToWeight   float64 `parquet:"norm_to_weight" unit:"ratio"`
	UpdateToWeight float64 `parquet:"update_to_weight" unit:"ratio"`
	HistogramLo    float64 `parquet:"histogram_lo"`
	HistogramHi    float64 `parquet:"histogram_hi"`
	HistogramBelow int64   `parquet:"histogram_below" unit:"values"`
	HistogramAbove int64   `parquet:"histogram_above" unit:"values"`
	Histogram      []int64 `parquet:"histogram,list" unit:"values"`
	TheoryRMS      float64 `parquet:"theory_rms"`
	CellSeconds    float64 `parquet:"cell_seconds" unit:"s"`

	Gain               float64 `parquet:"gain" absent:"0"`
	BiasStd            float64 `parquet:"bias_std" absent:"0"`
	Failure            string  `parquet:"failure,dict" absent:"0"`
	Units              int64   `parquet:"units" unit:"units" absent:"0"`
	Parameters         int64   `parquet:"parameters" unit:"numbers" absent:"0"`
	FLOPs              int64   `parquet:"flops" unit:"operations per example" absent:"0"`
	InitRounds         int64   `parquet:"init_rounds" absent:"0"`
	Deviation          float64 `parquet:"deviation" unit:"share of 1" absent:"nan"`
	Chi                float64 `parquet:"chi" unit:"ratio" absent:"nan"`
	TheoryChi          float64 `parquet:"theory_chi" unit:"ratio" absent:"nan"`
	TheoryDepthScale   float64 `parquet:"theory_depth_scale" unit:"layers" absent:"nan"`
	Correlation        float64 `parquet:"correlation" absent:"nan"`
	TheoryCorrelation  float64 `parquet:"theory_correlation" absent:"nan"`
	ParticipationRank  float64 `parquet:"participation_rank" unit:"dimensions" absent:"nan"`
	EntropyRank        float64 `parquet:"entropy_rank" unit:"dimensions" absent:"nan"`
	IntrinsicDimension int64   `parquet:"intrinsic_dimension" unit:"dimensions" absent:"0"`
}

var layerTable = &table[result.Layer, layerColumns]{
	name:    "layers",
	version: 1,
	store:   func(r result.Layer) layerColumns { return layerColumns(r) },
	load: func(c layerColumns) result.Layer {
		c.Histogram = nilIfEmpty(c.Histogram)
		return result.Layer(c)
	},
	started: func(c *layerColumns) *time.Time { return &c.Started },
	day:     func(c *layerColumns) *string { return &c.Day },
	sorting: []string{"activation", "initializer", "data", "width", "depth", "batch", "gain", "bias_std", "seed", "quantity", "layer", "run_id"},
	compare: func(a, b layerColumns) int {
		return cmp.Or(
			cmp.Compare(a.Activation, b.Activation),
			cmp.Compare(a.Initializer, b.Initializer),
			cmp.Compare(a.Data, b.Data),
			cmp.Compare(a.Width, b.Width),
			cmp.Compare(a.Depth, b.Depth),
			cmp.Compare(a.Batch, b.Batch),
			cmp.Compare(a.Gain, b.Gain),
			cmp.Compare(a.BiasStd, b.BiasStd),
			cmp.Compare(a.Seed, b.Seed),
			cmp.Compare(a.Quantity, b.Quantity),
			cmp.Compare(a.Layer, b.Layer),
			cmp.Compare(a.RunID, b.RunID),
		)
	},
}
