package page

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"actinit/harness/result"
	"actinit/reports/runstore"
)

// input is a small run with something of everything.
func input() Input {
	d := &runstore.Data{Environment: result.Environment{
		RunID: "20260102T150405Z-1a2b3c4", Host: "box", Started: time.Date(2026, 1, 2, 15, 4, 5, 0, time.UTC), Complete: true,
		CPU: "Some CPU", PhysicalCores: 2, GOMAXPROCS: 2, GOOS: "linux", GOARCH: "amd64", GoVersion: "go1.26.0", ISA: "avx2", Commit: "1a2b3c4", Seed: 7,
	}}
	for _, op := range []string{"relu", "sigmoid"} {
		for k, variant := range []string{"scalar", "unrolled", "avx2"} {
			for _, n := range []int64{64, 4096, 1 << 20} {
				for sample := range int64(3) {
					ns := []float64{30, 10, 1}[k] + float64(sample)/10 + 64/float64(n)
					d.Bench = append(d.Bench, result.Bench{Op: op, Direction: "forward", Type: "float32", Variant: variant, ISA: "x",
						Workers: 1, N: n, Sample: sample, NsPerElem: ns, NsPerOp: ns * float64(n), BytesPerOp: 8 * n, BytesPerS: 8 / ns * 1e9})
				}
			}
			d.Accuracy = append(d.Accuracy, result.Accuracy{Op: op, Direction: "forward", Type: "float32", Variant: variant, ISA: "x",
				Inputs: 1 << 32, Exhaustive: true, Rounding: "correct", BoundULP: .5, MaxULP: .5, Compared: 1 << 31, CorrectlyRounded: 1 << 32,
				Histogram: []int64{5, 4, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0}})
		}
	}
	hold(d)
	for _, init := range []string{"normal .01", "normal .05", "xavier (lecture)"} {
		for layer := range int64(6) {
			gain := map[string]float64{"normal .01": .3, "normal .05": 1, "xavier (lecture)": .9}[init]
			row := result.Layer{Activation: "tanh", Initializer: init, Data: "n01", Depth: 6, Width: 4096, Batch: 64, Layer: layer + 1,
				Quantity: "activation", RMS: math.Pow(gain, float64(layer)), HistogramLo: -1, HistogramHi: 1, Histogram: make([]int64, 64), TheoryRMS: math.NaN()}
			row.Histogram[32] = 10
			if init == "normal .05" {
				row.SaturatedShare = .44
			}
			d.Layers = append(d.Layers, row)
			row.Quantity, row.Norm = "gradient", math.Pow(gain, float64(6-layer))
			d.Layers = append(d.Layers, row)
		}
	}
	for _, statistic := range []string{"mean", "lag 16", "lag 2", "beyond 5"} {
		d.Distribution = append(d.Distribution, result.Distribution{Fill: "uniform", Type: "float32", Statistic: statistic, Draws: 1 << 20,
			Value: 1e-3, TermStd: 1, StandardError: 0x1p-10, PValue: .3, AdjustedP: 1})
	}
	counts := result.Distribution{Fill: "uniform", Type: "float32", Statistic: result.StatisticCounts, Draws: 1 << 20, PValue: math.NaN(), AdjustedP: math.NaN()}
	for i := 1; i < 1024; i++ {
		counts.Edges, counts.Below, counts.Counts = append(counts.Edges, float64(i)/512-1), append(counts.Below, float64(i)/1024), append(counts.Counts, 1024)
	}
	counts.Counts = append(counts.Counts, 1024)
	d.Distribution = append(d.Distribution, counts)
	return Input{
		Data:   d,
		Ops:    []Op{{Name: "sigmoid", Title: "sigmoid", Formula: "1/(1+e^-x)"}, {Name: "relu", Title: "ReLU", Formula: "max(0, x)"}},
		Curves: []Curve{{Op: "relu", X: []float64{-1, 0, 1}, Y: []float64{0, 0, 1}, DY: []float64{0, 0, 1}}},
	}
}

func write(t *testing.T, in Input) string {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, in); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestPage(t *testing.T) {
	page := write(t, input())
	for _, want := range []string{
		`id="kernels"`, `id="ulp"`, `id="size"`, `id="speedup"`, `id="roofline"`, `id="curves"`, `id="histograms"`, `id="depth"`, `id="distribution"`,
		"6 of 6 kernels keep their promise on 25.8 G inputs, 6 of them on every number of their type there is; 54 timings of 18 kernels and sizes; the draws of the fills follow their laws; 3 deep nets.",
		"all 2³²", "best variant over scalar, 4Ki elements",
		"RMS 1 → 0.00243, it collapses towards 0; the gradient vanishes, ×0.3 a layer",
		"it saturates: 44% of the last layer is at the limits; the gradient holds, ×1 a layer",
		"RMS 1 → 0.59, it holds",
		"uniform, float32: 1049 k draws", "<td class=\"n\">0.00251546</td>",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page has no %q", want)
		}
	}
	if strings.Index(page, ">sigmoid</th>") > strings.Index(page, ">ReLU</th>") {
		t.Error("the operations are not in the table's order")
	}
	if write(t, input()) != page {
		t.Error("two pages of the same run differ")
	}
}

// The types that nets are made of come first, the first table is open, and of each
// kernel the best variant is: the plainer ones are folded, unless something is wrong.
func TestKernelTables(t *testing.T) {
	in := input()
	for _, kind := range []string{"bfloat16", "float16", "float64"} {
		a := in.Data.Accuracy[0]
		a.Type = kind
		in.Data.Accuracy = append(in.Data.Accuracy, a)
	}
	in.Data.Accuracy[4].OverBound = 1 // sigmoid's unrolled
	b := newBuilder(in)
	s, err := b.kernels()
	if err != nil {
		t.Fatal(err)
	}
	var titles []string
	for i, table := range s.Tables {
		titles = append(titles, table.Title)
		if table.Open != (i == 0) {
			t.Errorf("%s: open %v", table.Title, table.Open)
		}
	}
	if want := []string{"forward, float32", "forward, float64", "forward, float16", "forward, bfloat16"}; !slices.Equal(titles, want) {
		t.Errorf("tables %q, want %q", titles, want)
	}
	names := func(rows []kernelRow) (list []string) {
		for _, r := range rows {
			list = append(list, r.Op+" "+r.Variant)
		}
		return list
	}
	if got, want := names(s.Tables[0].Rows), []string{"sigmoid unrolled", "sigmoid avx2", "ReLU avx2"}; !slices.Equal(got, want) {
		t.Errorf("shown %q, want %q", got, want)
	}
	if got, want := names(s.Tables[0].Plainer), []string{"sigmoid scalar", "ReLU scalar", "ReLU unrolled"}; !slices.Equal(got, want) {
		t.Errorf("folded %q, want %q", got, want)
	}
}

// A kernel timed at one size has no curve, and a faithful twin no plain loop to be
// held against.
func TestSpeedLeavesOut(t *testing.T) {
	in := input()
	for i := range in.Ops {
		in.Ops[i].Twin = in.Ops[i].Name == "sigmoid"
	}
	in.Data.Bench = slices.DeleteFunc(in.Data.Bench, func(r result.Bench) bool { return r.Op == "relu" && r.N != 4096 })
	b := newBuilder(in)
	sizes, err := b.sizes()
	if err != nil {
		t.Fatal(err)
	}
	if len(sizes.Rows) != 1 || len(sizes.Rows[0].Figures) != 1 || sizes.Rows[0].Figures[0].Title != "sigmoid" {
		t.Errorf("time over size: %d rows, want one figure, sigmoid's", len(sizes.Rows))
	}
	speed, err := b.speedUp()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range speed.Rows {
		svg := string(row.Figures[0].SVG)
		if !strings.Contains(svg, "ReLU") || strings.Contains(svg, "sigmoid") == (row.Title == "over scalar") {
			t.Errorf("%s: the wrong operations", row.Title)
		}
	}
}

// A section names the tables that the run has, and no others.
func TestSectionsNameTheirTables(t *testing.T) {
	both, timings, accuracies := input(), input(), input()
	timings.Data.Accuracy, accuracies.Data.Bench = nil, nil
	for _, c := range []struct {
		in   Input
		file string
	}{{both, "accuracy.parquet, bench.parquet"}, {timings, "bench.parquet"}, {accuracies, "accuracy.parquet"}} {
		s, err := newBuilder(c.in).kernels()
		if err != nil || s.File != c.file {
			t.Errorf("%q, %v; want %q", s.File, err, c.file)
		}
	}
}

// What a histogram does not draw stands in its title.
func TestShape(t *testing.T) {
	layer := result.Layer{Count: 1000, NaN: 1, Inf: 2, ZeroShare: 500. / 997, HistogramLo: 0, HistogramHi: 8, HistogramAbove: 300, Histogram: []int64{510, 100, 80, 7}}
	counts, aside := shape(layer)
	if want := []int64{10, 100, 80, 7}; !slices.Equal(counts, want) {
		t.Errorf("counts %d, want %d", counts, want)
	}
	if want := ", 50% are 0, 30% beyond, 3 NaN or infinite"; aside != want {
		t.Errorf("said %q, want %q", aside, want)
	}
	layer = result.Layer{Count: 197, HistogramLo: -1, HistogramHi: 1, Histogram: []int64{10, 100, 80, 7}}
	if counts, aside := shape(layer); !slices.Equal(counts, layer.Histogram) || aside != "" {
		t.Errorf("nothing to leave aside, but %d and %q", counts, aside)
	}
}

// One file: nothing is fetched, nothing is run.
func TestSelfContained(t *testing.T) {
	page := write(t, input())
	for _, bad := range regexp.MustCompile(`(?i)<script|<link|<iframe|<img|@import|url\(|src=|href="[^#]`).FindAllString(page, -1) {
		t.Errorf("the page has %s", bad)
	}
	for _, address := range regexp.MustCompile(`https?://[^"' <]*`).FindAllString(page, -1) {
		if !strings.HasPrefix(address, "http://www.w3.org/") {
			t.Errorf("the page names %s", address)
		}
	}
}

// The body is balanced mark-up: a browser has nothing to guess.
func TestWellFormed(t *testing.T) {
	page := write(t, input())
	body := page[strings.Index(page, "<body>"):strings.Index(page, "</html>")]
	// What HTML allows without a value or an end, XML does not.
	body = strings.NewReplacer("<br>", "<br/>", " open>", ` open="">`).Replace(body)
	decoder := xml.NewDecoder(strings.NewReader(body))
	decoder.Entity = xml.HTMLEntity
	for {
		if _, err := decoder.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

// Names from files are text, never mark-up.
func TestEscapes(t *testing.T) {
	in := input()
	const evil = `<script>alert(1)</script>`
	for i := range in.Data.Accuracy {
		in.Data.Accuracy[i].Op, in.Data.Accuracy[i].Reproduce, in.Data.Accuracy[i].OverBound = evil, evil, 1
	}
	for i := range in.Data.Bench {
		in.Data.Bench[i].Op = evil
	}
	for i := range in.Data.Layers {
		in.Data.Layers[i].Activation, in.Data.Layers[i].Initializer = evil, evil
	}
	in.Data.Environment.CPU = evil
	page := write(t, in)
	if strings.Contains(page, "<script") {
		t.Error("a name became mark-up")
	}
	if !strings.Contains(page, "0 of 6 kernels keep") || !strings.Contains(page, `class="verdict wrong"`) {
		t.Error("wrong kernels are not said")
	}
}

// A run with one stage, or none, has a page without the other sections.
func TestPartial(t *testing.T) {
	whole := input()
	for name, change := range map[string]func(*Input){
		"empty":       func(in *Input) { in.Data = &runstore.Data{}; in.Curves = nil },
		"no layers":   func(in *Input) { in.Data.Layers = nil },
		"no accuracy": func(in *Input) { in.Data.Accuracy = nil },
		"no bench":    func(in *Input) { in.Data.Bench = nil },
		"no table":    func(in *Input) { in.Ops = nil },
		"stopped":     func(in *Input) { in.Data.Environment.Complete = false },
	} {
		data := *whole.Data
		in := Input{Data: &data, Ops: whole.Ops, Curves: whole.Curves}
		change(&in)
		page := write(t, in)
		for id, present := range map[string]bool{
			"ulp": len(in.Data.Accuracy) > 0, "size": len(in.Data.Bench) > 0, "depth": len(in.Data.Layers) > 0, "curves": len(in.Curves) > 0,
		} {
			if strings.Contains(page, fmt.Sprintf(`id="%s"`, id)) != present {
				t.Errorf("%s: section %s present: %v, want %v", name, id, !present, present)
			}
		}
		if stopped := strings.Contains(page, "stopped before its end"); stopped != !in.Data.Environment.Complete {
			t.Errorf("%s: stopped %v", name, stopped)
		}
	}
}

// With errors recorded by binade, the plots are over the range of inputs.
func TestBinades(t *testing.T) {
	in := input()
	for i := range in.Data.Accuracy {
		errors := make([]float64, float32Binades)
		for k := range errors {
			errors[k] = .5
		}
		errors[255], errors[511] = math.NaN(), math.NaN()
		in.Data.Accuracy[i].BinadeMaxULP = errors
	}
	page := write(t, in)
	if !strings.Contains(page, "Error over the range of inputs") || strings.Contains(page, "Distribution of errors") {
		t.Error("the errors by binade are not shown")
	}
	if page = write(t, input()); !strings.Contains(page, "Distribution of errors") {
		t.Error("without errors by binade the distribution is not shown")
	}
}

func TestCount(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 4096: "4096", 12345: "12.3 k", 6764096: "6764 k", 1 << 32: "4295 M", 25769803776: "25.8 G"} {
		if got := count(n); got != want {
			t.Errorf("count(%d) = %s, want %s", n, got, want)
		}
	}
}

func TestPercent(t *testing.T) {
	for _, c := range []struct {
		n, of int64
		want  string
	}{{5, 5, "100%"}, {1<<32 - 1, 1 << 32, ">99.999%"}, {1, 3, "33.333%"}, {0, 3, "0.000%"}} {
		if got := percent(c.n, c.of); got != c.want {
			t.Errorf("percent(%d, %d) = %s, want %s", c.n, c.of, got, c.want)
		}
	}
}

// Statistics stand from the plain to the subtle, lags by their number, and one that
// deviates turns the verdict.
func TestDistribution(t *testing.T) {
	in := input()
	page := write(t, in)
	last := 0
	for _, name := range []string{"mean", "beyond 5", "lag 2", "lag 16"} {
		at := strings.Index(page, `<th scope="row" class="wraps">`+name+"</th>")
		if at < last {
			t.Errorf("%s is not in its place", name)
		}
		last = at
	}
	in.Data.Distribution[0].AdjustedP = 1e-5
	page = write(t, in)
	for _, want := range []string{"1 statistics of the fills&#39; draws deviate", `class="verdict wrong"`, `<td class="wrong">wrong</td>`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page of draws that deviate has no %q", want)
		}
	}
}

// A quantile of counts that are the law's is the law's.
func TestQuantile(t *testing.T) {
	d := result.Distribution{Draws: 100, Edges: []float64{-1, 0, 2}, Below: []float64{.1, .5, .8}, Counts: []int64{10, 40, 30, 20}}
	below := []int64{10, 50, 80}
	for p, want := range map[float64]float64{.1: math.NaN(), .3: -.5, .5: 0, .65: 1, .8: 2, .9: math.NaN()} {
		got, ok := quantile(d, below, p)
		if ok == math.IsNaN(want) || ok && math.Abs(got-want) > 1e-12 {
			t.Errorf("the quantile of %v is %v, %v, want %v", p, got, ok, want)
		}
	}
}
