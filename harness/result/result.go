// Package result holds the rows a run produces: plain structs that the harness
// fills and package reports stores. It knows no file format.
//
// Every name carries its unit, or the field's comment gives it. Times are UTC.
package result

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Every row begins with the run it belongs to (RunID, Host, Started), so that
// the files of many runs can be read as one table.

// Directions of a kernel.
const (
	Forward   = "forward"
	Backward  = "backward"
	Fused     = "fused"     // an element-wise function and its derivative, by one kernel
	SlopeGrad = "slopegrad" // gradient of PReLU's slope, a sum over elements
	Fill      = "fill"      // an initialiser's random or constant numbers
	GradCheck = "gradcheck" // a backward kernel held against central differences of the forward kernel
)

// Element types.
const (
	Float32 = "float32"
	Float64 = "float64"

	Float16  = "float16"  // binary16, stored in 16 bits and computed in float32
	BFloat16 = "bfloat16" // the same, with float32's exponents
)

// Kernel names what was measured.
type Kernel struct {
	Op        string // operation, as in the table: "sigmoid"
	Direction string // Forward, Backward, SlopeGrad, Fill or GradCheck
	Type      string // element type: Float32, Float64, Float16 or BFloat16
	Variant   string // "scalar", "unrolled", "avx2", "avx512"; in timings also "reference", the loop over the reference, and other libraries' names
	ISA       string // instruction set the variant needs: "portable", "avx2", "avx512"
}

// own lists the variants that are this project's.
var own = []string{"scalar", "unrolled", "avx2", "avx512", "reference"}

// Copying is the variant of a kernel that computes nothing: under ReLU's name, the floor for
// what reads and writes each element once. It is timed, and not verified.
const Copying = "memcpy"

// Peer reports whether the kernel is another library's.
func (k Kernel) Peer() bool { return !slices.Contains(own, k.Variant) }

// HistogramBins is the number of bins in Accuracy.Histogram.
const HistogramBins = 12

// HistogramEdges are the upper edges, in ULP, of the bins of
// Accuracy.Histogram but the last, which holds everything above, NaN
// disagreements excluded. The first bin is results equal to the exact value.
var HistogramEdges = [HistogramBins - 1]float64{0, .25, .5, .501, .55, .75, 1, 1.5, 2, 4, 1024}

// Accuracy is what verify found for one kernel. Rows of disjoint input sets
// merge (package verify): counts and sums add, maxima take the larger.
type Accuracy struct {
	RunID            string    // run folder name, e.g. 20260102T150405Z-1a2b3c4
	Host             string    // machine name
	Started          time.Time // start of the run, UTC, microseconds
	Day              string    // its UTC day, "2026-01-02": what is stored fills it
	Op               string    // see Kernel
	Direction        string
	Type             string
	Variant          string
	ISA              string
	Inputs           int64   // input tuples tried
	Exhaustive       bool    // every input of the type was tried
	Rounding         string  // what is promised: "exact", "correct", "faithful", "bounded", or Unpromised
	BoundULP         float64 // largest error promised, ULP; +Inf where nothing is
	MaxULP           float64 // largest error found, ULP; in GradCheck rows see MaxRelative
	SumULP           float64 // sum of errors over Compared - Widened results, ULP
	Compared         int64   // results with a finite exact value: they have an error in ULP
	CorrectlyRounded int64   // results equal to the correctly rounded exact value (NaN equal as a class)
	Unfaithful       int64   // results that are not the exact value rounded down or up
	Histogram        []int64 // HistogramBins counts of errors, see HistogramEdges
	NaNDisagree      int64   // exactly one of kernel and exact value is NaN
	InfDisagree      int64   // exactly one is this infinity, and the exact value is not rounded to it
	ZeroSignDisagree int64   // both are zero, with different signs
	OverBound        int64   // results that break the promise
	OracleDecided    int64   // inputs that took the arbitrary-precision oracle to decide (Ziv's test)
	ZeroResults      int64   // exact results that are zero, for MISTRUSTED
	DistinctResults  int64   // distinct exact results seen, counted up to 1000, for MISTRUSTED
	Mistrusted       bool    // results mostly zero or constant: the check proves little
	WorstInput       string  // input tuple of MaxULP as hex bits, comma separated: "0x3f800000"
	WorstResult      string  // kernel's result there, hex bits
	WorstExact       string  // correctly rounded result there, hex bits
	WorstULP         float64 // its error, ULP; +Inf for NaN, Inf or sign disagreements
	BitwiseDiffers   int64   // results whose bits differ from the scalar variant's (NaN as a class)
	LayoutFailures   int64   // failures over lengths, alignments, in-place use and guard values
	Reproduce        string  // command that shows the worst input again; empty if nothing failed
	Seconds          float64 // time spent, s

	// BinadeMaxULP is the largest error found in each binade of the last input,
	// ULP, NaN where the binade had no result with a finite exact value. The
	// index is the input's sign and exponent bits: 512 entries for float32
	// (bits>>23), 4096 for float64 (bits>>52), 64 for float16 (bits>>10), 512 for
	// bfloat16 (bits>>7). Empty where it was not recorded.
	BinadeMaxULP []float64

	// PairDecided counts the inputs that float64 arithmetic could not decide, and
	// double-double arithmetic could.
	PairDecided int64

	// Widened counts the results whose error is beyond BoundULP and that keep their
	// promise all the same, because it is wider where the factor of a product is
	// subnormal. MaxULP and Histogram have their errors; SumULP, BinadeMaxULP and
	// MaxUnwidenedULP, the largest error of the other results, have not.
	Widened         int64
	MaxUnwidenedULP float64

	// OutsideDomain counts those of Inputs for which nothing is promised: saved outputs
	// that no input gives. Their results are held against the scalar variant's only.
	OutsideDomain int64

	// SweptBoundULP is the largest error promised, ULP, of the inputs that a sweep tried:
	// of a gradient by a saved input it is the derivative's, less than BoundULP, which is
	// that of a product with any gradient. 0 if there was no sweep.
	SweptBoundULP float64
}

// InDomain returns the number of inputs that the kernel promises something for.
func (a Accuracy) InDomain() int64 { return a.Inputs - a.OutsideDomain }

// LargestError words MaxULP: "1.46", or "1.46, 2.8e+05 of subnormal factors" where
// the promise is wider for some results.
func (a Accuracy) LargestError() string {
	if a.Widened == 0 {
		return fmt.Sprintf("%.4g", a.MaxULP)
	}
	return fmt.Sprintf("%.4g, %.2g of subnormal factors", a.MaxUnwidenedULP, a.MaxULP)
}

// UsualULP returns the largest error found at last inputs of magnitudes from 2^-20 to 16, where
// activations do what they are for, and false where it was not recorded.
func (a Accuracy) UsualULP() (largest float64, recorded bool) {
	exponents, bias := 1<<8, 127
	if a.Type == Float64 {
		exponents, bias = 1<<11, 1023
	}
	if len(a.BinadeMaxULP) != 2*exponents {
		return 0, false
	}
	for exponent := -20; exponent < 4; exponent++ {
		for _, sign := range []int{0, exponents} {
			if err := a.BinadeMaxULP[sign+bias+exponent]; err >= largest {
				largest, recorded = err, true
			}
		}
	}
	return largest, recorded
}

// MaxRelative returns the largest relative difference of a GradCheck row, whose
// errors in ULP are multiples of 2^-52.
func (a Accuracy) MaxRelative() float64 { return a.MaxULP * 0x1p-52 }

// Kernel returns what the row is about.
func (a Accuracy) Kernel() Kernel { return Kernel{a.Op, a.Direction, a.Type, a.Variant, a.ISA} }

// Unpromised is the Rounding of other libraries' kernels: their errors are counted, and
// none of them makes a row fail.
const Unpromised = "none"

// Failed reports whether the kernel is wrong: it breaks its promise at some
// input, disagrees with its scalar variant, or fails a check of lengths,
// alignments, in-place use or guard values. A Mistrusted row has not failed, nor has
// that of a kernel that promises nothing.
func (a Accuracy) Failed() bool {
	return a.Rounding != Unpromised && a.OverBound+a.NaNDisagree+a.InfDisagree+a.ZeroSignDisagree+a.BitwiseDiffers+a.LayoutFailures > 0
}

// DistributionAlarm is the adjusted probability below which a statistic says that
// a fill's draws do not follow their law.
const DistributionAlarm = .001

// StatisticCounts is the Statistic of a Distribution row that holds counts and no
// value: how many draws fell between its Edges.
const StatisticCounts = "counts"

// Distribution is one statistic of the numbers that a fill drew, beside its value
// under the law that they are to follow.
type Distribution struct {
	RunID         string    // run folder name, e.g. 20260102T150405Z-1a2b3c4
	Host          string    // machine name
	Started       time.Time // start of the run, UTC, microseconds
	Day           string    // its UTC day, "2026-01-02": what is stored fills it
	Fill          string    // "uniform", "normal", ...
	Type          string    // Float32 or Float64
	Statistic     string    // "mean", "lag 1", ...: package distribution has the list
	Draws         int64     // draws it was computed from
	Sum           float64   // sum of the terms, for statistics that are an average of one term a draw; else 0
	Value         float64   // Sum / Draws, or the statistic computed from the counts
	Expected      float64   // its mean under the law
	TermStd       float64   // standard deviation of a term under the law; 0 where there are no terms
	StandardError float64   // standard deviation of Value under the law
	PValue        float64   // probability, under the law, of a value at least as far from the expected one; NaN in rows of counts
	AdjustedP     float64   // PValue adjusted for all those of the run by Holm's method
	Edges         []float64 // edges between the bins, ascending; one fewer than Counts
	Below         []float64 // probability, under the law, of a value below each edge
	Counts        []int64   // draws in each bin [edge, next edge)
	Seconds       float64   // CPU time spent, s
}

// StandardErrors returns how far the value is from the expected one.
func (d Distribution) StandardErrors() float64 { return (d.Value - d.Expected) / d.StandardError }

// Failed reports whether the draws do not follow their law, as far as this statistic tells.
func (d Distribution) Failed() bool { return d.AdjustedP < DistributionAlarm }

// LayerHistogramBins is the number of bins of Layer.Histogram, which spans
// [HistogramLo, HistogramHi]; values outside are counted in HistogramBelow and HistogramAbove.
const LayerHistogramBins = 64

// Layer is the statistics of one quantity at one layer of one net.
type Layer struct {
	RunID       string    // run folder name, e.g. 20260102T150405Z-1a2b3c4
	Host        string    // machine name
	Started     time.Time // start of the run, UTC, microseconds
	Day         string    // its UTC day, "2026-01-02": what is stored fills it
	Activation  string    // operation of the table
	Param       float64   // its parameter, 0 if none
	Initializer string    // "normal .01", "normal .05", "xavier (lecture)", "xavier (glorot)", "kaiming", ...
	Data        string    // "n01", "digits"
	Depth       int64     // layers
	Width       int64     // units per layer
	Batch       int64     // examples
	Seed        int64
	Layer       int64  // 1-based; 0 is the net's input
	Quantity    string // "activation", "preactivation", "gradient" (of the loss by the activation), "weight", "weight_gradient"
	FanIn       int64
	WeightStd   float64 // standard deviation the initialiser promises, 0 where there is no weight

	Count          int64 // values, NaN and Inf included
	NaN            int64
	Inf            int64
	Mean           float64 // of the finite values, as all below
	Std            float64
	RMS            float64
	Min            float64
	Max            float64
	Skewness       float64
	ExcessKurtosis float64
	ZeroShare      float64 // share exactly zero
	SaturatedShare float64 // |tanh| > .97, sigmoid outside .03 .. .97; NaN for other activations
	DeadUnits      int64   // units that are zero on the whole batch (activation only)
	Norm           float64 // Euclidean norm of all values
	NormToWeight   float64 // weight_gradient only: norm / weight norm; NaN elsewhere
	UpdateToWeight float64 // weight_gradient only: the same times the learning rate .01; NaN elsewhere
	HistogramLo    float64
	HistogramHi    float64
	HistogramBelow int64
	HistogramAbove int64
	Histogram      []int64 // LayerHistogramBins counts over equal bins of [HistogramLo, HistogramHi]
	TheoryRMS      float64 // infinite-width value of RMS where known, else NaN
	CellSeconds    float64 // wall time of the whole net's pass this row came from, s

	Gain       float64 // factor of what the initialiser draws; 0 in runs from before there was one, which stands for 1
	BiasStd    float64 // standard deviation of the biases, 0 where there are none
	Failure    string  // why the net could not be run: then this is its only row, and its quantity "failed"
	Units      int64   // of the layer; 0 of the input
	Parameters int64   // of the whole net: maxout's k weight matrices all count; 0 in runs from before it was counted
	FLOPs      int64   // of the products of the net's forward pass of one example; backward has twice as many
	InitRounds int64   // weight only: rounds that a data-dependent initialiser took for the layer; 0 elsewhere

	// What follows is NaN, or 0 for the counts, where there is none.
	Deviation          float64 // RMS / TheoryRMS - 1
	Chi                float64 // gradient only: mean square of the gradient by the layer's input over that by its output, times fan-in / units
	TheoryChi          float64 // the same of infinite width: fan-in s^2 E f'^2
	TheoryDepthScale   float64 // gradient only: 1/|ln TheoryChi|, the layers in which the gradient's mean square changes by e
	Correlation        float64 // activation only: mean over pairs of examples of their cosine
	TheoryCorrelation  float64 // the same of infinite width, from the correlation of the inputs on
	ParticipationRank  float64 // activation only: (sum of the eigenvalues of the covariance)^2 / sum of their squares
	EntropyRank        float64 // activation only: e to the entropy of the eigenvalues' shares (Roy & Vetterli 2007)
	IntrinsicDimension int64   // activation only: eigenvalues that make 99% of the variance
}

// Claim is one number of a paper beside what an experiment measured.
type Claim struct {
	RunID      string    // run folder name, e.g. 20260102T150405Z-1a2b3c4
	Host       string    // machine name
	Started    time.Time // start of the run, UTC, microseconds
	Day        string    // its UTC day, "2026-01-02": what is stored fills it
	Experiment string    // "sigmoid-problems": package reproduce has the list
	Paper      string    // "He, Zhang, Ren and Sun 2015"
	Statement  string    // what is claimed
	Published  float64   // the paper's number, or its theory's
	Source     string    // where it stands in the paper, or how it was computed from it
	Relation   string    // "about" and "within" (absolute and relative), "at least", "at most"
	Tolerance  float64   // stated beforehand
	Measured   float64   // mean over the seeds
	Low        float64   // smallest of the seeds
	High       float64   // largest of the seeds
	Seeds      int64
	Agrees     bool    // Measured holds Relation
	Seconds    float64 // wall time of the whole experiment, s
}

// Curve is one point of a figure that an experiment draws.
type Curve struct {
	RunID      string    // run folder name, e.g. 20260102T150405Z-1a2b3c4
	Host       string    // machine name
	Started    time.Time // start of the run, UTC, microseconds
	Day        string    // its UTC day, "2026-01-02": what is stored fills it
	Experiment string    // as in Claim
	Figure     string    // what is drawn: "training loss against step"
	Series     string    // which line: "he, 30 layers"; "theory" and "paper" are not measured
	Seed       int64
	Point      int64 // 0-based place along the line, which need not be that of X
	X          float64
	Y          float64
}

// Environment is the machine and build a run was made on.
type Environment struct {
	RunID         string            `json:"run_id"`
	Host          string            `json:"host"`
	Started       time.Time         `json:"started"`
	Finished      time.Time         `json:"finished,omitzero"`
	Complete      bool              `json:"complete"`
	Command       []string          `json:"command"`
	Seed          uint64            `json:"seed"`
	Commit        string            `json:"commit"`
	Modified      bool              `json:"modified"`
	Executable    string            `json:"executable,omitempty"` // SHA-256 sum of the program, where the commit does not tell its source
	Module        string            `json:"module"`
	GoVersion     string            `json:"go_version"`
	GOOS          string            `json:"goos"`
	GOARCH        string            `json:"goarch"`
	GOAMD64       string            `json:"goamd64,omitempty"`
	GOMAXPROCS    int               `json:"gomaxprocs"`
	ISA           string            `json:"isa"`
	CPU           string            `json:"cpu"`
	CPUFeatures   []string          `json:"cpu_features"`
	PhysicalCores int               `json:"physical_cores"`
	LogicalCores  int               `json:"logical_cores"`
	CacheBytes    map[string]int    `json:"cache_bytes"` // "l1d", "l2", "l3"; absent when unknown
	Kernel        string            `json:"kernel"`      // operating system kernel release
	HugePages     string            `json:"transparent_huge_pages,omitempty"`
	Governor      string            `json:"cpu_governor,omitempty"`
	Load          []float64         `json:"load_average,omitempty"`
	Modules       map[string]string `json:"modules"` // dependency versions
	Libraries     []Library         `json:"libraries,omitempty"`
	Joined        []Shard           `json:"joined,omitempty"` // the runs that this one was joined of, whose machines the rows' hosts name
	Files         []File            `json:"files,omitzero"`   // the tables of a complete run; nil of one that is not, or that an older version made
}

// SameProgram reports whether both were made by programs of the same source, as far as that is known: of environments of
// older versions without a commit, or with changes to it, it is not.
func (e Environment) SameProgram(other Environment) bool {
	return e.Commit == other.Commit && e.Modified == other.Modified && e.Executable == other.Executable
}

// Source says in words what the program was built from: a commit, of one with changes or of an unknown one also the
// executable.
func (e Environment) Source() string {
	source := cmp.Or(e.Commit, "unknown")
	if e.Modified {
		source += " with changes"
	}
	if e.Executable != "" {
		source += ", executable " + e.Executable[:min(len(e.Executable), 12)]
	}
	return source
}

// A File is one that a complete run consists of.
type File struct {
	Name   string `json:"name"` // in the run's folder, with slashes
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"` // of its content, in hexadecimal digits
}

// A Library is another library that was verified or timed beside ours.
type Library struct {
	Name    string `json:"name"`    // the variant of its kernels
	Version string `json:"version"` // with flags and the code path it chose on this CPU, in words
	Command string `json:"command"` // that served it
}

// Shard is one of the runs that another was joined of.
type Shard struct {
	RunID    string    `json:"run_id"`
	Host     string    `json:"host"`
	Started  time.Time `json:"started"`
	Finished time.Time `json:"finished"`
}

// Identity is what every row of a run begins with.
type Identity struct {
	RunID   string
	Host    string
	Started time.Time
}

// A Journal keeps finished units of work, so that an interrupted run loses none
// of them and a resumed run repeats none. A unit's name is stable: the same
// plan gives the same names. The methods may be called from any goroutine.
type Journal[Row any] interface {
	// Done reports whether the unit was saved before.
	Done(unit string) bool
	// Save stores the unit's rows, all or nothing.
	Save(unit string, rows []Row) error
}
