// Package compare holds the timings of two runs against each other with
// benchstat's statistics: medians with confidence intervals, and Mann-Whitney's
// U test for whether a difference could be chance.
//
// What it can say is limited. The two runs were made at different times: the
// test answers whether the samples come from one distribution, and a machine
// that was busier, hotter or laid out its memory differently gives another
// distribution to the same code. So a kernel counts as regressed only when it
// is slower by more than a threshold as well as significantly so, and p is
// first corrected for the number of kernels compared (Holm), which benchstat
// does not do. Two runs of the same commit show how much of the rest is noise.
package compare

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/perf/benchmath"

	"actinit/harness/result"
	"actinit/reports/rowfile"
)

// Defaults of Options.
const (
	DefaultAlpha      = .05
	DefaultThreshold  = .05
	DefaultConfidence = .95
)

// Options are the thresholds of a comparison. Zero values take the defaults.
type Options struct {
	Alpha      float64 // a difference whose corrected p is below is significant
	Threshold  float64 // relative slow-down beyond which a significant difference is a regression: .05 is 5%
	Confidence float64 // of the intervals around the medians
}

func (o Options) complete() (Options, error) {
	o.Alpha = cmp.Or(o.Alpha, DefaultAlpha)
	o.Threshold = cmp.Or(o.Threshold, DefaultThreshold)
	o.Confidence = cmp.Or(o.Confidence, DefaultConfidence)
	switch {
	case !(o.Alpha > 0 && o.Alpha < 1):
		return o, fmt.Errorf("alpha is %v, want it between 0 and 1", o.Alpha)
	case !(o.Threshold > 0) || math.IsInf(o.Threshold, 1):
		return o, fmt.Errorf("threshold is %v, want a positive share such as 0.05", o.Threshold)
	case !(o.Confidence > 0 && o.Confidence < 1):
		return o, fmt.Errorf("confidence is %v, want it between 0 and 1", o.Confidence)
	}
	return o, nil
}

// A Side is one of the two things compared.
type Side struct {
	Path  string         `json:"path"` // as the user gave it
	Runs  []string       `json:"runs"`
	Hosts []string       `json:"hosts"`
	Rows  []result.Bench `json:"-"`
}

// Load reads the timings in a bench.parquet, or in the folder of a run.
func Load(path string) (Side, error) {
	file := path
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		file = filepath.Join(path, "bench.parquet")
	}
	rows, err := rowfile.ReadParquet[result.Bench](file)
	if err != nil {
		return Side{}, err
	}
	if len(rows) == 0 {
		return Side{}, fmt.Errorf("%s: no timings in it", file)
	}
	return NewSide(path, rows), nil
}

// NewSide is Load for rows in memory.
func NewSide(name string, rows []result.Bench) Side {
	side := Side{Path: name, Rows: rows}
	for _, r := range rows {
		if !slices.Contains(side.Runs, r.RunID) {
			side.Runs = append(side.Runs, r.RunID)
		}
		if !slices.Contains(side.Hosts, r.Host) {
			side.Hosts = append(side.Hosts, r.Host)
		}
	}
	return side
}

// A Number is a float64 that JSON shows as null where it is not finite.
type Number float64

// MarshalJSON implements json.Marshaler.
func (n Number) MarshalJSON() ([]byte, error) {
	if f := float64(n); math.IsNaN(f) || math.IsInf(f, 0) {
		return []byte("null"), nil
	}
	return fmt.Appendf(nil, "%v", float64(n)), nil
}

// A Summary is the median of a kernel's samples, in ns per element, with its
// confidence interval, which is infinite when there are too few samples.
type Summary struct {
	Samples int    `json:"samples"`
	Median  Number `json:"median_ns_per_elem"`
	Low     Number `json:"low_ns_per_elem"`
	High    Number `json:"high_ns_per_elem"`
}

// A Row is one kernel at one size.
type Row struct {
	Name        string   `json:"name"` // as in the benchmark text
	Op          string   `json:"op"`
	Direction   string   `json:"direction"`
	Type        string   `json:"type"`
	Variant     string   `json:"variant"`
	Workers     int64    `json:"workers"`
	N           int64    `json:"n"`
	Old         Summary  `json:"old"`
	New         Summary  `json:"new"`
	Delta       Number   `json:"delta"`       // new median / old median - 1
	P           Number   `json:"p"`           // Mann-Whitney, as benchstat shows it
	PHolm       Number   `json:"p_holm"`      // corrected for all rows of the comparison
	Significant bool     `json:"significant"` // PHolm < alpha
	Regressed   bool     `json:"regressed"`   // significant, and slower by more than the threshold
	Improved    bool     `json:"improved"`    // significant, and faster by more than the threshold
	Warnings    []string `json:"warnings,omitempty"`
}

// A Comparison is the result, ready to be encoded as JSON.
type Comparison struct {
	Old       Side     `json:"old"`
	New       Side     `json:"new"`
	Alpha     float64  `json:"alpha"`
	Threshold float64  `json:"threshold"`
	Rows      []Row    `json:"rows"` // in the order of bench.parquet
	OnlyOld   []string `json:"only_old,omitempty"`
	OnlyNew   []string `json:"only_new,omitempty"`
	GeoMean   Number   `json:"geomean_ratio"` // of new / old medians, over all rows
	Warnings  []string `json:"warnings,omitempty"`
}

// Regressed returns the rows that regressed, worst first.
func (c *Comparison) Regressed() []Row {
	var rows []Row
	for _, r := range c.Rows {
		if r.Regressed {
			rows = append(rows, r)
		}
	}
	slices.SortStableFunc(rows, func(a, b Row) int { return cmp.Compare(b.Delta, a.Delta) })
	return rows
}

// Compare compares the kernels that both sides have timed.
func Compare(before, after Side, o Options) (*Comparison, error) {
	o, err := o.complete()
	if err != nil {
		return nil, err
	}
	c := &Comparison{Old: before, New: after, Alpha: o.Alpha, Threshold: o.Threshold, GeoMean: Number(math.NaN())}
	olds, oldOrder := samples(before.Rows)
	news, newOrder := samples(after.Rows)
	var logs float64
	for _, name := range oldOrder {
		if news[name] == nil {
			c.OnlyOld = append(c.OnlyOld, name)
			continue
		}
		row := compareKernel(olds[name], news[name], o)
		c.Rows = append(c.Rows, row)
		logs += math.Log1p(float64(row.Delta))
	}
	for _, name := range newOrder {
		if olds[name] == nil {
			c.OnlyNew = append(c.OnlyNew, name)
		}
	}
	if len(c.Rows) == 0 {
		return nil, errors.New(before.Path + " and " + after.Path + ": no kernel was timed in both at the same size")
	}
	c.GeoMean = Number(math.Exp(logs / float64(len(c.Rows))))
	c.judge(o)
	c.doubt()
	return c, nil
}

// A sample is the timings of one kernel at one size.
type sample struct {
	first result.Bench
	ns    []float64 // per element
}

func samples(rows []result.Bench) (map[string]*sample, []string) {
	found := map[string]*sample{}
	var order []string
	for _, row := range rowfile.Sorted(rows) {
		name := result.Name(row)
		s := found[name]
		if s == nil {
			s = &sample{first: row}
			found[name] = s
			order = append(order, name)
		}
		s.ns = append(s.ns, row.NsPerElem)
	}
	return found, order
}

func compareKernel(before, after *sample, o Options) Row {
	thresholds := benchmath.DefaultThresholds
	thresholds.CompareAlpha = o.Alpha
	s1, s2 := benchmath.NewSample(before.ns, &thresholds), benchmath.NewSample(after.ns, &thresholds)
	m1, m2 := benchmath.AssumeNothing.Summary(s1, o.Confidence), benchmath.AssumeNothing.Summary(s2, o.Confidence)
	test := benchmath.AssumeNothing.Compare(s1, s2)
	k := before.first
	row := Row{
		Name: result.Name(k), Op: k.Op, Direction: k.Direction, Type: k.Type, Variant: k.Variant, Workers: k.Workers, N: k.N,
		Old:   Summary{len(before.ns), Number(m1.Center), Number(m1.Lo), Number(m1.Hi)},
		New:   Summary{len(after.ns), Number(m2.Center), Number(m2.Lo), Number(m2.Hi)},
		Delta: Number(m2.Center/m1.Center - 1),
		P:     Number(test.P),
	}
	for _, warning := range slices.Concat(m1.Warnings, m2.Warnings, test.Warnings) {
		if w := warning.Error(); !slices.Contains(row.Warnings, w) {
			row.Warnings = append(row.Warnings, w)
		}
	}
	return row
}

// judge corrects the p values for their number (Holm: the k-th smallest of m
// is multiplied by m-k+1, never falling below one before it) and marks what is
// significant.
func (c *Comparison) judge(o Options) {
	order := make([]int, len(c.Rows))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(c.Rows[a].P, c.Rows[b].P) })
	floor := 0.
	for k, i := range order {
		row := &c.Rows[i]
		floor = max(floor, min(1, float64(row.P)*float64(len(order)-k)))
		row.PHolm = Number(floor)
		row.Significant = floor < o.Alpha
		row.Regressed = row.Significant && float64(row.Delta) > o.Threshold
		row.Improved = row.Significant && float64(row.Delta) < 1/(1+o.Threshold)-1
	}
}

// doubt adds the warnings about the comparison as a whole.
func (c *Comparison) doubt() {
	if !slices.Equal(c.Old.Hosts, c.New.Hosts) {
		c.Warnings = append(c.Warnings, fmt.Sprintf("different machines: %s and %s", list(c.Old.Hosts), list(c.New.Hosts)))
	}
	if slices.Equal(c.Old.Runs, c.New.Runs) {
		c.Warnings = append(c.Warnings, "the same run on both sides: nothing but its own samples is compared")
	}
	for _, side := range []Side{c.Old, c.New} {
		if len(side.Runs) > 1 {
			c.Warnings = append(c.Warnings, fmt.Sprintf("%s: samples of %d runs taken together", side.Path, len(side.Runs)))
		}
	}
	powerless := 0
	for _, row := range c.Rows {
		if smallestP(row.Old.Samples, row.New.Samples)*float64(len(c.Rows)) >= c.Alpha {
			powerless++
		}
	}
	if powerless > 0 {
		c.Warnings = append(c.Warnings, fmt.Sprintf(
			"%d of %d kernels have too few samples for any difference to be significant among so many: take more samples, or filter",
			powerless, len(c.Rows)))
	}
}

// smallestP is the smallest two-sided p that Mann-Whitney's test can give:
// 2 / (n+m choose n), when all samples of one side are below all of the other.
func smallestP(n, m int) float64 {
	logChoose := func(n, k int) float64 {
		a, _ := math.Lgamma(float64(n + 1))
		b, _ := math.Lgamma(float64(k + 1))
		c, _ := math.Lgamma(float64(n - k + 1))
		return a - b - c
	}
	return math.Min(1, 2*math.Exp(-logChoose(n+m, n)))
}
