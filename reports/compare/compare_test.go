package compare

import (
	"bytes"
	"encoding/json"
	"flag"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"golang.org/x/perf/benchmath"
	"pgregory.net/rapid"

	"actinit/harness/result"
	"actinit/reports/gate"
	"actinit/reports/rowfile"
	"actinit/reports/runstore"
)

var update = flag.Bool("update", false, "write the golden files again")

// timings are n samples of a kernel around ns per element, spread over 1%.
func timings(run, op, variant string, size int64, n int, ns float64) []result.Bench {
	rows := make([]result.Bench, n)
	for i := range rows {
		rows[i] = result.Bench{
			RunID: run, Host: "box", Started: time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC),
			Op: op, Direction: "forward", Type: "float32", Variant: variant, Workers: 1, N: size, Sample: int64(i),
			NsPerElem: ns * (1 + .01*float64(i*7%n)/float64(n)),
		}
	}
	return rows
}

func compared(t *testing.T) *Comparison {
	t.Helper()
	before := slices.Concat(
		timings("one", "sigmoid", "avx2", 4096, 10, .25), timings("one", "tanh", "avx2", 4096, 10, .5),
		timings("one", "relu", "unrolled", 64, 10, .4), timings("one", "elu", "scalar", 64, 3, 9), timings("one", "gone", "scalar", 64, 10, 1))
	after := slices.Concat(
		timings("two", "sigmoid", "avx2", 4096, 10, .3), timings("two", "tanh", "avx2", 4096, 10, .4),
		timings("two", "relu", "unrolled", 64, 10, .401), timings("two", "elu", "scalar", 64, 3, 18), timings("two", "added", "scalar", 64, 10, 1))
	c, err := Compare(NewSide("old.parquet", before, nil), NewSide("new.parquet", after, nil), Options{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestGolden(t *testing.T) {
	c := compared(t)
	var text bytes.Buffer
	if err := c.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	encoded, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	for name, got := range map[string][]byte{"compare.txt": text.Bytes(), "compare.json": append(encoded, '\n')} {
		golden := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(golden, got, 0o666); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if diff := gocmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s (-want +got); go test -update writes it again:\n%s", golden, diff)
		}
	}
}

func TestVerdicts(t *testing.T) {
	c := compared(t)
	for _, r := range c.Rows {
		want := map[string]gate.Verdict{"sigmoid": gate.Regressed, "tanh": gate.Improved, "relu": gate.Same, "elu": gate.Undecided}[r.Op]
		if r.Verdict != want {
			t.Errorf("%s: %s, want %s", r.Op, r.Verdict, want)
		}
		// Three samples cannot show anything, even if all are twice as slow.
		if r.Op == "elu" && (r.Significant(c.Alpha) || len(r.Warnings) == 0 || !math.IsInf(float64(r.Old.High), 1)) {
			t.Errorf("elu: %+v", r)
		}
	}
	if got := c.Report().Of(gate.Regressed); len(got) != 1 || !strings.Contains(got[0].Name, "op=sigmoid") {
		t.Errorf("regressed: %+v", got)
	}
	if len(c.OnlyOld) != 1 || len(c.OnlyNew) != 1 || !strings.Contains(c.OnlyOld[0], "gone") || !strings.Contains(c.OnlyNew[0], "added") {
		t.Errorf("only old %q, only new %q", c.OnlyOld, c.OnlyNew)
	}
}

// A run against itself: nothing changes, whatever the timings.
func TestAgainstItself(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var rows []result.Bench
		for i, ns := range rapid.SliceOfN(rapid.Float64Range(.01, 100), 1, 60).Draw(t, "ns") {
			row := timings("one", []string{"a", "b", "c"}[i%3], "avx2", 64, 1, ns)[0]
			row.Sample = int64(i)
			rows = append(rows, row)
		}
		c, err := Compare(NewSide("x", rows, nil), NewSide("x", rows, nil), Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range c.Rows {
			if r.Delta != 0 || r.Significant(c.Alpha) || r.Verdict == gate.Regressed || r.Verdict == gate.Improved {
				t.Errorf("%+v", r)
			}
		}
	})
}

// smallestP is what benchmath gives for samples that do not overlap.
func TestSmallestP(t *testing.T) {
	for n := 4; n <= 12; n++ {
		low, high := make([]float64, n), make([]float64, n+1)
		for i := range low {
			low[i] = float64(i)
		}
		for i := range high {
			high[i] = 100 + float64(i)
		}
		th := benchmath.DefaultThresholds
		got := benchmath.AssumeNothing.Compare(benchmath.NewSample(low, &th), benchmath.NewSample(high, &th)).P
		if want := smallestP(n, n+1); math.Abs(got-want) > 1e-9*want {
			t.Errorf("n = %d: %v, want %v", n, got, want)
		}
	}
}

func TestBadInput(t *testing.T) {
	dir := t.TempDir()
	if _, err := Load(dir); err == nil || !strings.HasPrefix(err.Error(), dir+": no environment.json") {
		t.Errorf("folder without a run: %v", err)
	}
	empty := filepath.Join(dir, "bench.parquet")
	f, err := os.Create(empty)
	if err != nil {
		t.Fatal(err)
	}
	if err := rowfile.WriteParquet[result.Bench](f, nil); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(empty); err == nil || !strings.Contains(err.Error(), "no timings") {
		t.Errorf("empty table: %v", err)
	}
	a, b := NewSide("a", timings("one", "x", "avx2", 64, 9, 1), nil), NewSide("b", timings("two", "y", "avx2", 64, 9, 1), nil)
	if _, err := Compare(a, b, Options{}); err == nil || !strings.Contains(err.Error(), "no kernel was timed in both at the same size, or verified") {
		t.Errorf("nothing in common: %v", err)
	}
	for _, o := range []Options{{Alpha: 2}, {Alpha: -1}, {Threshold: -1}, {Threshold: math.Inf(1)}, {Confidence: 1}, {Alpha: math.NaN()}} {
		if _, err := Compare(a, a, o); err == nil {
			t.Errorf("%+v: no error", o)
		}
	}
}

func TestWarnings(t *testing.T) {
	a := NewSide("a", slices.Concat(timings("one", "x", "avx2", 64, 9, 1), timings("three", "x", "avx2", 64, 9, 1)), nil)
	rows := timings("two", "x", "avx2", 64, 9, 1)
	for i := range rows {
		rows[i].Host = "other"
	}
	c, err := Compare(a, NewSide("b", rows, nil), Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"different machines: box and other", "a: samples of 2 runs taken together"}
	if diff := gocmp.Diff(want, c.Warnings); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Runs of an unknown commit, or of changes to one, are of the same build where they are of the same executable alone.
func TestSameBuild(t *testing.T) {
	const told = "both runs are of the same build"
	root := t.TempDir()
	run := func(env result.Environment) Side {
		t.Helper()
		r, err := runstore.Create(root, result.Identity{Host: "box", Started: time.Unix(1, 0)}, env)
		if err != nil {
			t.Fatal(err)
		}
		row := result.Bench{RunID: r.ID(), Host: "box", Started: time.Unix(1, 0), Op: "relu", Direction: "forward", Type: "float32", Variant: "avx2", ISA: "avx2", Workers: 1, N: 8, NsPerElem: 1}
		for _, err := range []error{runstore.JournalOf[result.Bench](r, "bench").Save("all", []result.Bench{row}), r.Finish(runstore.Options{}), r.Complete()} {
			if err != nil {
				t.Fatal(err)
			}
		}
		side, err := Load(r.Dir())
		if err != nil {
			t.Fatal(err)
		}
		return side
	}
	for _, c := range []struct {
		old, new result.Environment
		same     bool
	}{
		{result.Environment{Commit: "1a"}, result.Environment{Commit: "1a"}, true},
		{result.Environment{Commit: "1a"}, result.Environment{Commit: "1b"}, false},
		{result.Environment{}, result.Environment{}, false}, // of older versions: nobody knows
		{result.Environment{Executable: "aa"}, result.Environment{Executable: "aa"}, true},
		{result.Environment{Executable: "aa"}, result.Environment{Executable: "ab"}, false},
		{result.Environment{Commit: "1a", Modified: true, Executable: "aa"}, result.Environment{Commit: "1a", Modified: true, Executable: "aa"}, true},
		{result.Environment{Commit: "1a", Modified: true, Executable: "aa"}, result.Environment{Commit: "1a", Modified: true, Executable: "ab"}, false},
	} {
		comparison, err := Compare(run(c.old), run(c.new), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if warnings := strings.Join(comparison.Warnings, "\n"); strings.Contains(warnings, told) != c.same {
			t.Errorf("%+v and %+v: %s", c.old.Source(), c.new.Source(), warnings)
		}
	}
}

// Runs of one ID, as of machines that all have a run nightly, are no more the same run than others.
func TestNamesakes(t *testing.T) {
	first, second := timings("nightly", "relu", "avx2", 8, 5, 1), timings("nightly", "relu", "avx2", 8, 5, 1)
	for i := range second {
		second[i].Host, second[i].Started = "other", second[i].Started.Add(time.Second)
	}
	for _, c := range []struct {
		old, new       []result.Bench
		same, together bool
	}{
		{first, first, true, false}, {first, second, false, false}, {first, slices.Concat(first, second), false, true},
	} {
		comparison, err := Compare(NewSide("old", c.old, nil), NewSide("new", c.new, nil), Options{})
		if err != nil {
			t.Fatal(err)
		}
		warnings := strings.Join(comparison.Warnings, "\n")
		if strings.Contains(warnings, "the same run on both sides") != c.same || strings.Contains(warnings, "samples of 2 runs taken together") != c.together {
			t.Errorf("the same: want %v, taken together: want %v\n%s", c.same, c.together, warnings)
		}
	}
}

// Of a file in a run's folder it is known whether the run is complete, also where another of its tables is missing; of one whose environment
// is damaged nobody knows, and it is refused.
func TestFileOfDamagedRun(t *testing.T) {
	env := result.Environment{RunID: "mine", Started: time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC), Commit: "1a", Files: []result.File{{Name: runstore.FileAccuracy, Bytes: 1}}}
	dir := t.TempDir()
	file := filepath.Join(dir, runstore.FileBench)
	var table bytes.Buffer
	if err := rowfile.WriteParquet(&table, timings("mine", "relu", "avx2", 8, 5, 1)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, table.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	if side, err := Load(file); err != nil || side.Unfinished || side.Build != "" {
		t.Errorf("without a run: %+v, %v", side, err)
	}
	text, err := json.Marshal(env)
	if err != nil {
		t.Fatal(err)
	}
	environment := filepath.Join(dir, runstore.FileEnvironment)
	if err := os.WriteFile(environment, text, 0o666); err != nil {
		t.Fatal(err)
	}
	if side, err := Load(file); err != nil || !side.Unfinished || side.Build == "" {
		t.Errorf("of a run that is not complete: %+v, %v", side, err)
	}
	if err := os.WriteFile(environment, text[:9], 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(file); err == nil || !strings.HasPrefix(err.Error(), environment+": damaged") {
		t.Errorf("of a damaged run: %v", err)
	}
}
