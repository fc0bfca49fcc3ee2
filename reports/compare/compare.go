// Package compare holds the timings of two runs against each other with
// benchstat's statistics: medians with confidence intervals, and Mann-Whitney's
// U test for whether a difference could be chance; and their accuracies, which have no noise.
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
	"strings"
	"time"

	"golang.org/x/perf/benchmath"

	"actinit/harness/result"
	"actinit/reports/gate"
	"actinit/reports/rowfile"
	"actinit/reports/runstore"
)

// Defaults of Options.
const (
	DefaultThreshold  = .05
	DefaultConfidence = .95
)

// Options are the thresholds of a comparison. Zero values take the defaults.
type Options struct {
	Alpha      float64          // a difference whose corrected p is below is significant
	Threshold  float64          // relative slow-down beyond which a significant difference is a regression: .05 is 5%
	Confidence float64          // of the intervals around the medians
	Thresholds *gate.Thresholds // those of single kernels; nil for none
}

func (o Options) complete() (Options, error) {
	o.Alpha = cmp.Or(o.Alpha, gate.DefaultAlpha)
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
	Path     string            `json:"path"` // as the user gave it
	Runs     []string          `json:"runs"` // an ID for each run; several runs may have one
	Hosts    []string          `json:"hosts"`
	Rows     []result.Bench    `json:"-"`
	Accuracy []result.Accuracy `json:"-"`
	Seed     *uint64           `json:"seed,omitempty"` // of the inputs that accuracy was tried on, where known

	Unfinished bool     `json:"unfinished,omitempty"` // the run is not complete: it has a part of what it is to measure
	Build      string   `json:"build,omitempty"`      // of the program that made the run, where its commit or its executable tells it from others
	Noise      []string `json:"noise,omitempty"`      // why the whole run's times should not be believed, for the caller to set
	Newer      string   `json:"newer,omitempty"`      // the run that was to be compared, as it is newer, and why it was not; for the caller to set

	begun []begun // of Runs
}

// A begun tells a run from another of its ID, as machines may each have one.
type begun struct {
	id      string
	started time.Time
}

// Load reads a bench.parquet or an accuracy.parquet, or both of a run's folder.
func Load(path string) (Side, error) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		data, err := runstore.Load(path)
		if err != nil {
			return Side{}, err
		}
		if len(data.Bench)+len(data.Accuracy) == 0 {
			return Side{}, fmt.Errorf("%s: the run has neither timings nor accuracies", path)
		}
		side := NewSide(path, data.Bench, data.Accuracy)
		side.Seed, side.Unfinished, side.Build = &data.Environment.Seed, !data.Environment.Complete, buildOf(data.Environment)
		return side, nil
	}
	side, err := loadFile(path)
	if err != nil {
		return Side{}, err
	}
	env, err := runstore.EnvironmentOf(filepath.Dir(path))
	switch {
	case errors.Is(err, runstore.ErrNoRun): // a file may be without a run
		return side, nil
	case err != nil: // nobody knows whether it is complete
		return Side{}, err
	}
	side.Unfinished, side.Build = !env.Complete, buildOf(env)
	return side, nil
}

// buildOf tells a build from others; "" where neither its source nor its executable is known.
func buildOf(env result.Environment) string {
	if env.Executable == "" && (env.Commit == "" || env.Modified) {
		return ""
	}
	return strings.TrimSpace(fmt.Sprintf("commit %s, %s %s/%s %s", env.Source(), env.GoVersion, env.GOOS, env.GOARCH, env.GOAMD64))
}

// Filter returns the side with these of its rows alone.
func (s Side) Filter(rows []result.Bench, accuracy []result.Accuracy) Side {
	filtered := NewSide(s.Path, rows, accuracy)
	filtered.Seed, filtered.Unfinished, filtered.Build, filtered.Noise, filtered.Newer = s.Seed, s.Unfinished, s.Build, s.Noise, s.Newer
	return filtered
}

func loadFile(path string) (Side, error) {
	if filepath.Base(path) == runstore.FileAccuracy {
		rows, err := rowfile.ReadParquet[result.Accuracy](path)
		return NewSide(path, nil, rows), err
	}
	rows, err := rowfile.ReadParquet[result.Bench](path)
	if err != nil {
		return Side{}, err
	}
	if len(rows) == 0 {
		return Side{}, fmt.Errorf("%s: no timings in it", path)
	}
	return NewSide(path, rows, nil), nil
}

// NewSide is Load for rows in memory.
func NewSide(name string, rows []result.Bench, accuracy []result.Accuracy) Side {
	side := Side{Path: name, Rows: rows, Accuracy: accuracy}
	note := func(run, host string, started time.Time) {
		if b := (begun{run, started.UTC()}); !slices.Contains(side.begun, b) {
			side.begun, side.Runs = append(side.begun, b), append(side.Runs, run)
		}
		if !slices.Contains(side.Hosts, host) {
			side.Hosts = append(side.Hosts, host)
		}
	}
	for _, r := range rows {
		note(r.RunID, r.Host, r.Started)
	}
	for _, r := range accuracy {
		note(r.RunID, r.Host, r.Started)
	}
	return side
}

// A Summary is the median of a kernel's samples, in ns per element, with its
// confidence interval, which is infinite when there are too few samples.
type Summary struct {
	Samples int         `json:"samples"`
	Median  gate.Number `json:"median_ns_per_elem"`
	Low     gate.Number `json:"low_ns_per_elem"`
	High    gate.Number `json:"high_ns_per_elem"`
}

// A Row is one kernel at one size. Delta is that of the medians, P that of Mann-Whitney's
// test, as benchstat shows them; the interval of the change goes from the lowest to the
// highest ratio of the medians' intervals.
type Row struct {
	gate.Row
	Old Summary `json:"old"`
	New Summary `json:"new"`
}

// A Comparison is the result, ready to be encoded as JSON.
type Comparison struct {
	Old       Side        `json:"old"`
	New       Side        `json:"new"`
	Alpha     float64     `json:"alpha"`
	Threshold float64     `json:"threshold"`
	Rows      []Row       `json:"rows"` // in the order of bench.parquet
	OnlyOld   []string    `json:"only_old,omitempty"`
	OnlyNew   []string    `json:"only_new,omitempty"`
	GeoMean   gate.Number `json:"geomean_ratio"`      // of new / old medians, over all rows
	Accuracy  []gate.Case `json:"accuracy,omitempty"` // what changed in the kernels' accuracy
	Verified  int         `json:"verified"`           // kernels whose accuracy both sides have
	Warnings  []string    `json:"warnings,omitempty"`

	subjects []gate.Subject // all that thresholds were looked up for
}

// thresholds looks up the limits of a kernel.
func (c *Comparison) thresholds(s gate.Subject, o Options) gate.Limits {
	c.subjects = append(c.subjects, s)
	return o.Thresholds.For(s, o.Threshold)
}

// Compare compares the kernels that both sides have timed, and the accuracy of those that
// both have verified.
func Compare(before, after Side, o Options) (*Comparison, error) {
	o, err := o.complete()
	if err != nil {
		return nil, err
	}
	c := &Comparison{Old: before, New: after, Alpha: o.Alpha, Threshold: o.Threshold, GeoMean: gate.Number(math.NaN())}
	olds, oldOrder := samples(before.Rows)
	news, newOrder := samples(after.Rows)
	var logs float64
	for _, name := range oldOrder {
		if news[name] == nil {
			c.OnlyOld = append(c.OnlyOld, name)
			continue
		}
		row := compareKernel(olds[name], news[name], c.thresholds(olds[name].subject, o), o)
		c.Rows = append(c.Rows, row)
		logs += math.Log1p(float64(row.Delta))
	}
	for _, name := range newOrder {
		if olds[name] == nil {
			c.OnlyNew = append(c.OnlyNew, name)
		}
	}
	c.compareAccuracy(o)
	if len(c.Rows) == 0 && c.Verified == 0 {
		return nil, errors.New(before.Path + " and " + after.Path + ": no kernel was timed in both at the same size, or verified in both")
	}
	if len(c.Rows) > 0 {
		c.GeoMean = gate.Number(math.Exp(logs / float64(len(c.Rows))))
	}
	gate.Judge(c.rows(), o.Alpha)
	c.doubt()
	if unused := o.Thresholds.Unused(c.subjects); unused != "" {
		c.Warnings = append(c.Warnings, unused)
	}
	return c, nil
}

// rows returns what the rows share with those of paired runs.
func (c *Comparison) rows() []*gate.Row {
	rows := make([]*gate.Row, len(c.Rows))
	for i := range rows {
		rows[i] = &c.Rows[i].Row
	}
	return rows
}

// Report returns what a gate needs of the comparison.
func (c *Comparison) Report() *gate.Report {
	r := &gate.Report{Title: "actinit compare " + c.Old.Path + " " + c.New.Path, Warnings: c.Warnings, Partial: c.partial()}
	for _, row := range c.rows() {
		r.Cases = append(r.Cases, row.Case())
	}
	r.Cases = append(r.Cases, c.Accuracy...)
	return r
}

// partial says why the comparison is no pass whatever it finds: which sides are runs that are not complete, and which
// newer run was not compared; "" if it may be one.
func (c *Comparison) partial() string {
	var reasons []string
	if unfinished := c.unfinished(); unfinished != "" {
		reasons = append(reasons, unfinished)
	}
	if c.New.Newer != "" {
		reasons = append(reasons, "not compared: "+c.New.Newer)
	}
	return strings.Join(reasons, "; ")
}

// unfinished says which sides are runs that are not complete, "" if none is.
func (c *Comparison) unfinished() string {
	var paths []string
	for _, side := range []Side{c.Old, c.New} {
		if side.Unfinished && !slices.Contains(paths, side.Path) {
			paths = append(paths, side.Path)
		}
	}
	if len(paths) == 0 {
		return ""
	}
	return "unfinished run: " + strings.Join(paths, " and ") + " (go on with it first)"
}

// A sample is the timings of one kernel at one size.
type sample struct {
	subject gate.Subject
	ns      []float64 // per element
}

func samples(rows []result.Bench) (map[string]*sample, []string) {
	found := map[string]*sample{}
	var order []string
	for _, row := range rowfile.Sorted(rows) {
		name := result.Name(row)
		s := found[name]
		if s == nil {
			s = &sample{subject: gate.Subject{Kernel: row.Kernel(), Workers: row.Workers, N: row.N, Mode: cmp.Or(row.Mode, result.Warm)}}
			found[name] = s
			order = append(order, name)
		}
		s.ns = append(s.ns, row.NsPerElem)
	}
	return found, order
}

func compareKernel(before, after *sample, limits gate.Limits, o Options) Row {
	thresholds := benchmath.DefaultThresholds
	thresholds.CompareAlpha = o.Alpha
	s1, s2 := benchmath.NewSample(before.ns, &thresholds), benchmath.NewSample(after.ns, &thresholds)
	m1, m2 := benchmath.AssumeNothing.Summary(s1, o.Confidence), benchmath.AssumeNothing.Summary(s2, o.Confidence)
	test := benchmath.AssumeNothing.Compare(s1, s2)
	row := Row{
		Row: gate.NewRow(before.subject, limits),
		Old: Summary{len(before.ns), gate.Number(m1.Center), gate.Number(m1.Lo), gate.Number(m1.Hi)},
		New: Summary{len(after.ns), gate.Number(m2.Center), gate.Number(m2.Lo), gate.Number(m2.Hi)},
	}
	row.Delta, row.P = gate.Number(m2.Center/m1.Center-1), gate.Number(test.P)
	row.Low, row.High = -1, gate.Number(math.Inf(1))
	if known := !math.IsInf(m1.Lo, 0) && !math.IsInf(m2.Lo, 0); known {
		row.Low, row.High = gate.Number(m2.Lo/m1.Hi-1), gate.Number(m2.Hi/m1.Lo-1)
	}
	for _, warning := range slices.Concat(m1.Warnings, m2.Warnings, test.Warnings) {
		if w := warning.Error(); !slices.Contains(row.Warnings, w) {
			row.Warnings = append(row.Warnings, w)
		}
	}
	return row
}

// doubt adds the warnings about the comparison as a whole.
func (c *Comparison) doubt() {
	if !slices.Equal(c.Old.Hosts, c.New.Hosts) {
		c.Warnings = append(c.Warnings, fmt.Sprintf("different machines: %s and %s", list(c.Old.Hosts), list(c.New.Hosts)))
	}
	if slices.Equal(c.Old.begun, c.New.begun) {
		c.Warnings = append(c.Warnings, "the same run on both sides: nothing but its own samples is compared")
	}
	c.Warnings = append(c.Warnings, c.disbelief()...)
	if unfinished := c.unfinished(); unfinished != "" {
		c.Warnings = append(c.Warnings, unfinished+": what it has not measured is not compared")
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

// disbelief says what speaks against any change of times: that both runs are of the same build, and that one of them was disturbed.
func (c *Comparison) disbelief() (warnings []string) {
	if len(c.Rows) == 0 {
		return nil
	}
	if build := c.Old.Build; build != "" && build == c.New.Build && !slices.Equal(c.Old.begun, c.New.begun) {
		warnings = append(warnings, "both runs are of the same build ("+build+"): what differs in their times is noise, or the machine")
	}
	told := map[string]bool{}
	for _, side := range []Side{c.Old, c.New} {
		if len(side.Noise) > 0 && !told[side.Path] {
			warnings = append(warnings, side.Path+": by its own noise verdict this run should not be believed without a second look: "+strings.Join(side.Noise, "; "))
			told[side.Path] = true
		}
	}
	return warnings
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
