package noise

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"actinit/harness/result"
)

// quiet makes a run of 20 cells with 10 samples each, which nothing disturbed.
func quiet() []result.Bench {
	rng := rand.New(rand.NewPCG(1, 2))
	var rows []result.Bench
	for sample := range int64(10) {
		for cell := range int64(20) {
			var zero int64
			switches, steal, frequency, load := zero, zero, 3e9*(1+.01*rng.Float64()), 1.1
			rows = append(rows, result.Bench{
				Op: fmt.Sprintf("op%d", cell), Workers: 1, N: 64, Sample: sample, Order: 20*sample + cell,
				ElapsedNs: 5e6, NsPerOp: float64(100*(cell+1)) * (1 + .005*rng.Float64()),
				Switches: &switches, StealNs: &steal, FrequencyHz: &frequency, Load: &load,
			})
		}
	}
	return rows
}

func ExampleJudge() {
	rows := quiet()
	fmt.Println(len(Judge(rows)), "findings")
	for i := range rows {
		if i%10 == 0 {
			*rows[i].StealNs = 10_000_000
		}
	}
	for _, f := range Judge(rows) {
		fmt.Println(f.Kind+":", f.Text)
	}
	// Output:
	// 0 findings
	// steal: the hypervisor gave 20% of the sampled time, all CPUs together, to others (limit 1%): times are too long, by an unknown part in each sample
}

// Each disturbance is found, alone, and just below its limit is not.
func TestJudge(t *testing.T) {
	each := func(change func(i int, r *result.Bench)) func([]result.Bench) {
		return func(rows []result.Bench) {
			for i := range rows {
				change(i, &rows[i])
			}
		}
	}
	for _, c := range []struct {
		name   string
		change func([]result.Bench)
		want   []string
	}{
		{"nothing", func([]result.Bench) {}, nil},
		{"one tick in 1 s", func(rows []result.Bench) { *rows[7].StealNs = 10e6 }, nil}, // 1% is not more than 1%
		{"two ticks in 1 s", func(rows []result.Bench) { *rows[7].StealNs = 20e6 }, []string{"steal"}},
		{"6% faster half of the time", each(func(i int, r *result.Bench) { *r.FrequencyHz *= 1 + .06*float64(i%2) }), []string{"frequency"}},
		{"twice as fast in 4% of the samples", each(func(i int, r *result.Bench) {
			if i%25 == 0 {
				*r.FrequencyHz *= 2
			}
		}), nil},
		{"a neighbour", each(func(_ int, r *result.Bench) { *r.Load = 1.6 }), []string{"load"}},
		{"load from before the run", func(rows []result.Bench) {
			for i := range rows[:100] {
				*rows[i].Load = 2
			}
		}, nil},
		{"two workers are ours", func(rows []result.Bench) {
			for i := range rows {
				*rows[i].Load = 2.4
			}
			rows[3].Workers = 2
		}, nil},
		{"every 9th interrupted", each(func(i int, r *result.Bench) { *r.Switches = int64(i % 9 / 8) }), []string{"switches"}},
		{"every 11th interrupted", each(func(i int, r *result.Bench) { *r.Switches = int64(i % 11 / 10) }), nil},
		{"15% of the cells wide", each(func(i int, r *result.Bench) {
			if i%20 < 3 {
				r.NsPerOp *= 1 + .1*float64(r.Sample%3)
			}
		}), []string{"spread"}},
		{"10% of the cells wide", each(func(i int, r *result.Bench) {
			if i%20 < 2 {
				r.NsPerOp *= 1 + .1*float64(r.Sample%3)
			}
		}), nil},
		{"everything", each(func(i int, r *result.Bench) {
			*r.StealNs, *r.Switches, *r.Load = 1e6, 1, 9
			*r.FrequencyHz *= 1 + float64(i%2)
			r.NsPerOp *= 1 + float64(r.Sample)
		}), []string{"steal", "frequency", "load", "switches", "spread"}},
		{"nothing known", each(func(_ int, r *result.Bench) { r.StealNs, r.Switches, r.Load, r.FrequencyHz = nil, nil, nil, nil }), nil},
	} {
		rows := quiet()
		c.change(rows)
		var got []string
		for _, f := range Judge(rows) {
			got = append(got, f.Kind)
			if strings.Contains(f.Text, "NaN") {
				t.Errorf("%s: %s", c.name, f.Text)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: found %v, want %v", c.name, got, c.want)
		}
	}
}

// A paired run's share of stolen time is that of the three samples of each half of a block, which two rows tell of.
func TestMeasurePairs(t *testing.T) {
	pair := func(comparison string, steal int64) result.Pair {
		return result.Pair{Comparison: comparison, OldNs: 1e6, NewNs: 1e6, StealNs: &steal, Switches: new(int64(9))}
	}
	rows := []result.Pair{pair(result.Change, 3e5), pair(result.Floor, 3e5), pair(result.Change, 0), pair(result.Floor, 0)}
	f := MeasurePairs(rows)
	if math.Abs(f.Steal-.05) > 1e-12 || f.Samples != 4 || !f.Known() || f.String() != "5% of the time stolen" {
		t.Errorf("%+v: %s", f, f)
	}
	if found := f.Judge(); len(found) != 1 || found[0].Kind != "steal" {
		t.Errorf("findings %+v", found)
	}
	for i := range rows {
		rows[i].StealNs, rows[i].Switches = nil, nil
	}
	for _, unknown := range []Figures{MeasurePairs(rows), MeasurePairs(nil)} {
		if unknown.Known() || len(unknown.Judge()) > 0 {
			t.Errorf("of what tells nothing: %+v", unknown)
		}
	}
}

// A cell of a paired run is wide by the ratios of its blocks, of two pairs each: what one pair has more and the
// other less, as where the machine grows slower, is no spread, and neither is a change.
func TestMeasurePairsSpread(t *testing.T) {
	rows := func(op string, drift, spread float64) (rows []result.Pair) {
		for block := range int64(10) {
			of := .2 + spread*float64(2*(block%2)-1)
			for pair, logRatio := range []float64{of + drift, of - drift} {
				rows = append(rows, result.Pair{Op: op, Comparison: result.Change, Block: block, Pair: int64(pair), OldNs: 1, NewNs: 1, LogRatio: logRatio},
					result.Pair{Op: op, Comparison: result.Floor, Block: block, Pair: int64(pair), OldNs: 1, NewNs: 1, LogRatio: float64(block)})
			}
		}
		return rows
	}
	calm := slices.Concat(rows("relu", .3, .02), rows("tanh", 0, .04))
	if f := MeasurePairs(calm); f.Cells != 2 || f.Wide != 0 || len(f.Judge()) > 0 {
		t.Errorf("%+v", f)
	}
	f := MeasurePairs(append(calm, rows("gelu", 0, .06)...))
	if found := f.Judge(); f.Cells != 3 || f.Wide != 1./3 || len(found) != 1 || found[0].Kind != "spread" {
		t.Errorf("%+v, findings %+v", f, found)
	}
}

// What no row knows is no figure: it is neither judged nor shown.
func TestMeasureUnknown(t *testing.T) {
	rows := quiet()
	for i := range rows {
		rows[i].StealNs, rows[i].FrequencyHz, rows[i].Load, rows[i].Switches = nil, nil, nil, nil
	}
	f := Measure(rows)
	if f.Known() || !math.IsNaN(f.Steal) || !math.IsNaN(f.FrequencySpread) || !math.IsNaN(f.Load) || !math.IsNaN(f.Switched) {
		t.Errorf("invented %+v", f)
	}
	if got := f.String(); got != "0% of the kernels and sizes spread widely" {
		t.Errorf("says %q", got)
	}
	if f := Measure(nil); f.Known() || f.String() != "" || len(f.Judge()) != 0 {
		t.Errorf("no rows say %q", f)
	}
}

// Rows in another order are the same run.
func TestJudgeIgnoresTheOrderOfRows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := quiet()
		for i := range rows {
			*rows[i].Load = rapid.Float64Range(0, 3).Draw(t, "load")
			*rows[i].StealNs = rapid.Int64Range(0, 2).Draw(t, "ticks") * 10e6
			rows[i].NsPerOp = rapid.Float64Range(1, 2).Draw(t, "ns")
		}
		want := Measure(rows)
		got := Measure(rapid.Permutation(rows).Draw(t, "rows"))
		if got.String() != want.String() {
			t.Fatalf("%v, in another order %v", want, got)
		}
	})
}
