package distribution

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"actinit/harness/ops"
	"actinit/harness/result"
	"actinit/kernels"
)

// memory is a journal in memory.
type memory struct {
	mu    sync.Mutex
	names []string
	rows  map[string][]result.Distribution
	err   error
}

func newMemory() *memory { return &memory{rows: map[string][]result.Distribution{}} }

func (m *memory) Done(unit string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.rows[unit] != nil
}

func (m *memory) Save(unit string, rows []result.Distribution) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.names = append(m.names, unit)
	m.rows[unit] = rows
	return m.err
}

// all returns the rows in the order of the units' names, as a run's files have them.
func (m *memory) all() []result.Distribution {
	slices.Sort(m.names)
	var rows []result.Distribution
	for _, name := range m.names {
		rows = append(rows, m.rows[name]...)
	}
	return rows
}

// drawn returns the merged rows of so many draws of a fill.
func drawn(t *testing.T, f ops.Fill, seed uint64, draws int) []result.Distribution {
	t.Helper()
	s := newSource(f, f.Kernel32(kernels.Scalar))
	rows, err := s.measure(t.Context(), seed, 0, draws)
	if err != nil {
		t.Fatal(err)
	}
	return Merge(rows)
}

func find(t *testing.T, rows []result.Distribution, statistic string) result.Distribution {
	t.Helper()
	i := slices.IndexFunc(rows, func(r result.Distribution) bool { return r.Statistic == statistic })
	if i < 0 {
		t.Fatalf("there is no statistic %q", statistic)
	}
	return rows[i]
}

// The fills as they are raise no alarm at the default number of draws.
func TestFillsFollowTheirLaws(t *testing.T) {
	if testing.Short() {
		t.Skip("draws 80 million numbers and their neighbours: too slow for -short, which the race detector runs with")
	}
	journal := newMemory()
	if err := Run(t.Context(), Options{Seed: 1, Journal: journal}); err != nil {
		t.Fatal(err)
	}
	rows := Merge(journal.all())
	for _, r := range rows {
		if r.Failed() {
			t.Errorf("%s %s, %s: %v, expected %v +- %v, adjusted probability %.2g", r.Fill, r.Type, r.Statistic, r.Value, r.Expected, r.StandardError, r.AdjustedP)
		}
		if r.Draws != unitDraws*units {
			t.Errorf("%s %s, %s: %d draws", r.Fill, r.Type, r.Statistic, r.Draws)
		}
	}
	tested := slices.DeleteFunc(rows, func(r result.Distribution) bool { return r.Statistic == result.StatisticCounts })
	for _, f := range ops.Fills() {
		for _, typ := range []string{result.Float32, result.Float64} {
			if !slices.ContainsFunc(tested, func(r result.Distribution) bool { return r.Fill == f.Name && r.Type == typ && r.PValue < 1 }) {
				t.Errorf("%s %s was not tested", f.Name, typ)
			}
		}
	}
}

// wrong is a way in which numbers can fail to follow N(0, 1) or U[-1, 1).
type wrong struct {
	fill      string
	statistic string // which has to notice
	draws     int
	spoil     func(dst []float32, seed, stream, offset uint64)
}

func normal(dst []float32, seed, stream, offset uint64) {
	kernels.Normal(dst, seed, stream, offset, 0, 1)
}

func uniform(dst []float32, seed, stream, offset uint64) {
	kernels.Uniform(dst, seed, stream, offset, -1, 1)
}

// each spoils every element on its own.
func each(draw func(dst []float32, seed, stream, offset uint64), f func(float32) float32) func(dst []float32, seed, stream, offset uint64) {
	return func(dst []float32, seed, stream, offset uint64) {
		draw(dst, seed, stream, offset)
		for i, x := range dst {
			dst[i] = f(x)
		}
	}
}

var wrongs = map[string]wrong{
	"a shifted mean":       {"normal", "mean", 1 << 20, each(normal, func(x float32) float32 { return x + .01 })},
	"a wide spread":        {"normal", "variance", 1 << 20, each(normal, func(x float32) float32 { return x * 1.01 })},
	"a skew":               {"normal", "skewness", 1 << 20, each(normal, func(x float32) float32 { return x + .01*(x*x-1) })},
	"heavy tails":          {"normal", "kurtosis", 1 << 20, each(normal, func(x float32) float32 { return x * (.985 + .005*x*x) })},
	"no tails":             {"normal", "beyond 4", 1 << 20, each(normal, func(x float32) float32 { return min(max(x, -4), 4) })},
	"a hole":               {"normal", "chi_square", 1 << 20, each(normal, hole)},
	"a stretched middle":   {"uniform", "kolmogorov_smirnov", 1 << 20, each(uniform, func(x float32) float32 { return x * (.98 + .02*x*x) })},
	"squeezed ends":        {"normal", "anderson_darling", 1 << 20, each(normal, func(x float32) float32 { return x * (1 - .004*x*x) })},
	"a coarse grid":        {"uniform", "chi_square", 1 << 20, each(uniform, func(x float32) float32 { return float32(math.Floor(float64(x)*1000) / 1000) })},
	"NaN now and then":     {"normal", "mean", 1 << 15, each(normal, func(x float32) float32 { return float32(math.Sqrt(float64(x + 3))) })},
	"the same streams":     {"normal", "next stream", 1 << 15, func(dst []float32, seed, _, offset uint64) { normal(dst, seed, 0, offset) }},
	"the same seeds":       {"normal", "next seed", 1 << 15, func(dst []float32, _, stream, offset uint64) { normal(dst, 0, stream, offset) }},
	"pairs":                {"normal", "lag 1", 1 << 15, paired(1)},
	"a period of 1024":     {"normal", "lag 1024", 1 << 15, func(dst []float32, seed, stream, offset uint64) { periodic(dst, seed, stream, offset, 1024) }},
	"every fourth related": {"normal", "lag 4", 1 << 15, paired(4)},
}

// hole moves what falls into one of 1000 parts of the middle to its end.
func hole(x float32) float32 {
	if x > .1 && x < .1025 {
		return .1025
	}
	return x
}

// paired adds a tenth of the element lag before.
func paired(lag uint64) func(dst []float32, seed, stream, offset uint64) {
	return func(dst []float32, seed, stream, offset uint64) {
		before := make([]float32, len(dst))
		normal(dst, seed, stream, offset+lag)
		normal(before, seed, stream, offset)
		for i := range dst {
			dst[i] = (dst[i] + .1*before[i]) / float32(math.Sqrt(1.01))
		}
	}
}

func periodic(dst []float32, seed, stream, offset, period uint64) {
	one := make([]float32, period)
	normal(one, seed, stream, 0)
	for i := range dst {
		dst[i] = one[(offset+uint64(i))%period]
	}
}

func TestWrongDrawsRaiseTheAlarm(t *testing.T) {
	for name, w := range wrongs {
		t.Run(name, func(t *testing.T) {
			i := slices.IndexFunc(ops.Fills(), func(f ops.Fill) bool { return f.Name == w.fill })
			f := ops.Fills()[i]
			f.Kernel32 = func(kernels.Variant) ops.FillKernel[float32] { return w.spoil }
			if r := find(t, drawn(t, f, 1, w.draws), w.statistic); !r.Failed() {
				t.Errorf("%s: %v, expected %v +- %v, adjusted probability %v: no alarm", r.Statistic, r.Value, r.Expected, r.StandardError, r.AdjustedP)
			}
		})
	}
}

// Over many seeds the probabilities of correct draws are spread as probabilities
// are: 5% of them are below .05, give or take.
func TestProbabilitiesAreHonest(t *testing.T) {
	const seeds, level = 400, .05
	for _, f := range ops.Fills() {
		low, all := map[string]int{}, map[string]int{}
		for seed := range uint64(seeds) {
			for _, r := range drawn(t, f, 2*seed, 1<<14) { // "next seed" takes the odd ones
				if r.Statistic == result.StatisticCounts || r.Statistic == "beyond 5" || r.Statistic == "beyond 6" {
					continue // these two are of no draw, or one
				}
				all[r.Statistic]++
				if r.PValue < level {
					low[r.Statistic]++
				}
			}
		}
		for statistic, n := range all {
			mean := level * float64(n)
			reach := 4 * math.Sqrt(mean*(1-level))
			low := float64(low[statistic])
			if few := low < mean-reach && statistic != "beyond 4" && statistic != "beyond 3"; low > mean+reach || few { // counts of few are cautious
				t.Errorf("%s, %s: %v of %d probabilities are below %v, want %.0f +- %.0f", f.Name, statistic, low, n, level, mean, reach)
			}
		}
	}
}

// Rows do not depend on workers, shards or interruptions.
func TestAnyWayOfRunningGivesTheSameRows(t *testing.T) {
	fills := ops.Fills()[:2]
	base := Options{Fills: fills, Seed: 5, Samples: .6, Filter: func(k result.Kernel) bool { return k.Type == result.Float32 }}
	merge := func(all []result.Distribution) []result.Distribution {
		for i := range all {
			all[i].Seconds = 0
		}
		merged := Merge(all)
		for i := range merged {
			r := &merged[i]
			if math.IsNaN(r.PValue) != (r.Statistic == result.StatisticCounts) {
				t.Errorf("%s: probability %v", r.Statistic, r.PValue)
			}
			if r.Statistic == result.StatisticCounts {
				r.PValue, r.AdjustedP = 0, 0 // NaN is not equal to itself
			}
		}
		return merged
	}
	rows := func(m *memory) []result.Distribution { return merge(m.all()) }
	one := newMemory()
	o := base
	o.Workers, o.Journal = 1, one
	if err := Run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	want := rows(one)

	sharded := newMemory()
	var apart []result.Distribution // each shard merged by itself
	for shard := range 3 {
		for _, m := range []*memory{sharded, newMemory()} {
			o := base
			o.Workers, o.Journal, o.Shard, o.Shards = 2, m, shard, 3
			if err := Run(t.Context(), o); err != nil {
				t.Fatal(err)
			}
			if m != sharded {
				apart = append(Merge(m.all()), apart...) // the last first
			}
		}
	}
	if got := rows(sharded); !reflect.DeepEqual(got, want) {
		t.Error("three shards give other rows than one run")
	}
	byName := func(a, b result.Distribution) int {
		return cmp.Or(strings.Compare(a.Fill, b.Fill), strings.Compare(a.Type, b.Type), strings.Compare(a.Statistic, b.Statistic))
	}
	joined := merge(apart)
	slices.SortFunc(joined, byName)
	if !reflect.DeepEqual(joined, slices.SortedFunc(slices.Values(want), byName)) {
		t.Error("three shards, each merged and then merged with the others, give other rows than one run")
	}

	// A journal that has a unit is not given it again.
	before := len(one.names)
	if err := Run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	if len(one.names) != before {
		t.Errorf("%d units were drawn again", len(one.names)-before)
	}
	again := Merge(want)
	for i := range again {
		if r := &again[i]; r.Statistic == result.StatisticCounts {
			r.PValue, r.AdjustedP = 0, 0
		}
	}
	if !reflect.DeepEqual(again, want) {
		t.Error("merging merged rows changes them")
	}
}

func TestRunReportsWhatStopsIt(t *testing.T) {
	if err := Run(t.Context(), Options{}); err == nil {
		t.Error("a run without a journal was begun")
	}
	if err := Run(t.Context(), Options{Journal: newMemory(), Samples: -1}); err == nil {
		t.Error("a run of a negative number of draws was begun")
	}
	full := newMemory()
	full.err = errors.New("the disk is full")
	if err := Run(t.Context(), Options{Journal: full, Workers: 1}); !errors.Is(err, full.err) {
		t.Errorf("error %v, want the journal's", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Run(ctx, Options{Journal: newMemory(), Exhaustive: true}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want the context's", err)
	}
}

// The counts of a sample that is given by its quantiles are one in each part.
func TestBinsHoldTheirProbabilities(t *testing.T) {
	for name, quantile := range map[string]func(float64) float64{
		"uniform": ops.UniformLaw(-1, 1).Quantile,
		"normal":  ops.NormalLaw(0, 1).Quantile,
	} {
		b := newBins(quantile)
		if !slices.IsSorted(b.edges) || len(b.edges) != len(b.below) {
			t.Fatalf("%s: %d edges of %d probabilities, sorted: %v", name, len(b.edges), len(b.below), slices.IsSorted(b.edges))
		}
		const n = 1 << 16
		x := make([]float64, n)
		for i := range x {
			x[i] = quantile((float64(i) + .5) / n)
		}
		counts := make([]int64, len(b.edges)+1)
		count(b, counts, x)
		if total(counts) != n {
			t.Errorf("%s: %d values of %d were counted", name, total(counts), n)
		}
		if d := distance(b.below, counts); d > 1./n {
			t.Errorf("%s: the distance is %v, want at most 1/n", name, d)
		}
		if c := chiSquareOf(counts); c != 0 {
			t.Errorf("%s: chi-square of equal counts is %v", name, c)
		}
		for i, e := range b.edges { // an edge belongs to the bin above it
			at := make([]int64, len(counts))
			count(b, at, []float64{math.Nextafter(e, -9), e})
			if at[i] != 1 || at[i+1] != 1 {
				t.Fatalf("%s: edge %d, %v, is not where it should be", name, i, e)
			}
		}
		count(b, counts, []float64{math.Inf(-1), math.Inf(1), math.NaN()}) // none is out of range
	}
}

// Computed from counts, the Anderson-Darling statistic is close to what the sorted
// sample gives.
func TestAndersonDarlingAgreesWithTheDefinition(t *testing.T) {
	x := make([]float64, 5000)
	for _, seed := range []uint64{1, 2, 3} {
		kernels.Normal(x, seed, 0, 0, .02, 1)
		b := newBins(ops.NormalLaw(0, 1).Quantile)
		counts := make([]int64, len(b.edges)+1)
		count(b, counts, x)
		slices.Sort(x)
		n := float64(len(x))
		want := -n
		for i := range x {
			below, above := normalBelow(x[i]), normalBelow(-x[len(x)-1-i])
			want -= (2*float64(i) + 1) / n * (math.Log(below) + math.Log(above))
		}
		if got := weightedDistance(b.below, counts); math.Abs(got-want) > .02*want {
			t.Errorf("seed %d: %v, the definition gives %v", seed, got, want)
		}
	}
}

func normalBelow(z float64) float64 { return math.Erfc(-z/math.Sqrt2) / 2 }

func TestHolm(t *testing.T) {
	rows := []result.Distribution{{PValue: .01}, {PValue: .04}, {PValue: math.NaN()}, {PValue: .03}, {PValue: .005}}
	adjust(rows)
	for i, want := range []float64{.03, .06, math.NaN(), .06, .02} {
		if got := rows[i].AdjustedP; math.Abs(got-want) > 1e-15 || math.IsNaN(got) != math.IsNaN(want) {
			t.Errorf("%v becomes %v, want %v", rows[i].PValue, got, want)
		}
	}
}

func ExamplePlan() {
	units, err := Plan(Options{Filter: func(k result.Kernel) bool { return k.Op == "normal" && k.Type == result.Float32 }})
	if err != nil {
		fmt.Println(err)
		return
	}
	draws := 0
	for _, u := range units {
		draws += u.Draws
	}
	fmt.Println(len(units), "units,", draws, "draws")
	// Output: 5 units, 10485760 draws
}
