package benchtext

import (
	"bytes"
	"flag"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"actinit/harness/result"
	"actinit/reports/rowfile"
)

var update = flag.Bool("update", false, "write the golden files again")

var (
	started = time.Date(2026, 1, 2, 15, 4, 5, 123456000, time.UTC)
	machine = result.Environment{
		GOOS: "linux", GOARCH: "amd64", Module: "actinit", CPU: "AMD EPYC 7B13",
		Commit: "1a2b3c4d", GoVersion: "go1.26.0", GOMAXPROCS: 2,
	}
)

// bench is one sample of a kernel that takes ns per element.
func bench(op, variant string, n, sample int64, ns float64) result.Bench {
	iterations := int64(1000)
	elapsed := int64(ns * float64(n*iterations))
	perOp := float64(elapsed) / float64(iterations)
	isa := "portable"
	if variant == "avx2" {
		isa = "avx2"
	}
	return result.Bench{
		RunID: "20260102T150405Z-1a2b3c4", Host: "box", Started: started, Day: started.Format(time.DateOnly),
		Op: op, Direction: "forward", Type: "float32", Variant: variant, ISA: isa, Workers: 1, N: n,
		Sample: sample, Order: 7*sample + int64(len(variant)), Iterations: iterations, ElapsedNs: elapsed,
		NsPerOp: perOp, NsPerElem: perOp / float64(n), BytesPerOp: 8 * n, BytesPerS: float64(8*n) / perOp * 1e9, Mode: result.Warm,
	}
}

func TestGolden(t *testing.T) {
	rows := []result.Bench{
		bench("sigmoid", "avx2", 4096, 0, .25), bench("sigmoid", "avx2", 4096, 1, .26),
		bench("sigmoid", "unrolled", 4096, 0, 3.1), bench("relu", "unrolled", 64, 0, .5),
	}
	number := func(n int64) *int64 { return &n }
	frequency, load := 3.25e9, 1.07
	rows[1].Cycles, rows[1].Instructions, rows[1].Allocs, rows[1].Switches, rows[1].StealNs = number(3_461_120), number(9_000_500), number(0), number(2), number(10_000_000)
	rows[1].FrequencyHz, rows[1].Load = &frequency, &load
	var got bytes.Buffer
	if err := Write(&got, rows, machine); err != nil {
		t.Fatal(err)
	}
	golden := filepath.Join("testdata", "bench.txt")
	if *update {
		if err := os.WriteFile(golden, got.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("text differs from %s (-want +got); go test -update writes it again:\n%s", golden, diff)
	}
}

var word = rapid.StringMatching(`[a-z0-9_.=-]{0,12}`)

func generate(t *rapid.T) result.Bench {
	value := rapid.OneOf(rapid.Float64(), rapid.Map(rapid.Uint64(), func(b uint64) float64 {
		if f := math.Float64frombits(b); f == f {
			return f
		}
		return math.NaN() // text keeps that it is NaN, not which
	}))
	phrase := rapid.StringMatching(`([!-~]{1,8}( [!-~]{1,8}){0,2})?`)
	counted := rapid.Ptr(rapid.Int64(), true)
	quantity := rapid.Ptr(value, true)
	row := result.Bench{
		RunID: phrase.Draw(t, "run"), Host: phrase.Draw(t, "host"),
		Started: time.UnixMicro(rapid.Int64Range(0, 4e15).Draw(t, "started")).UTC(),
		Op:      word.Draw(t, "op"), Direction: word.Draw(t, "direction"), Type: word.Draw(t, "type"),
		Variant: word.Draw(t, "variant"), ISA: phrase.Draw(t, "isa"),
		Workers: rapid.Int64().Draw(t, "workers"), N: rapid.Int64Min(0).Draw(t, "n"),
		Sample: rapid.Int64().Draw(t, "sample"), Order: rapid.Int64().Draw(t, "order"),
		Iterations: rapid.Int64().Draw(t, "iterations"), ElapsedNs: rapid.Int64().Draw(t, "elapsed"),
		NsPerOp: value.Draw(t, "ns/op"), NsPerElem: value.Draw(t, "ns/elem"),
		BytesPerOp: rapid.Int64().Draw(t, "bytes"), BytesPerS: value.Draw(t, "B/s"),
		Mode:   rapid.SampledFrom(result.Modes()).Draw(t, "mode"),
		Cycles: counted.Draw(t, "cycles"), Instructions: counted.Draw(t, "instructions"),
		L1Misses: counted.Draw(t, "L1 misses"), LLCMisses: counted.Draw(t, "LLC misses"),
		Allocs: counted.Draw(t, "allocs"), Switches: counted.Draw(t, "switches"), StealNs: counted.Draw(t, "steal"),
		FrequencyHz: quantity.Draw(t, "frequency"), Load: quantity.Draw(t, "load"),
		Intensity: quantity.Draw(t, "intensity"), Bound: phrase.Draw(t, "bound"), BoundNs: quantity.Draw(t, "bound ns"),
	}
	row.Day = row.Started.Format(time.DateOnly)
	return row
}

// Parquet, text, Parquet: every column comes back with the same bits.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.SliceOfN(rapid.Custom(generate), 1, 10).Draw(t, "rows")
		env := machine
		env.GOMAXPROCS = rapid.IntRange(0, 200).Draw(t, "gomaxprocs")
		var first, text, second bytes.Buffer
		if err := rowfile.WriteParquet(&first, rows); err != nil {
			t.Fatal(err)
		}
		rows, err := rowfile.ReadParquetFrom[result.Bench](bytes.NewReader(first.Bytes()), int64(first.Len()), "first")
		if err != nil {
			t.Fatal(err)
		}
		if err := Write(&text, rows, env); err != nil {
			t.Fatal(err)
		}
		back, err := Read(&text, "x.txt")
		if err != nil {
			t.Fatal(err)
		}
		if err := rowfile.WriteParquet(&second, back); err != nil {
			t.Fatal(err)
		}
		got, err := rowfile.ReadParquetFrom[result.Bench](bytes.NewReader(second.Bytes()), int64(second.Len()), "second")
		if err != nil {
			t.Fatal(err)
		}
		sameBits := cmp.Comparer(func(a, b float64) bool { return math.Float64bits(a) == math.Float64bits(b) })
		if diff := cmp.Diff(rows, got, sameBits); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
	})
}

// What the format cannot hold is refused, not bent.
func TestWriteRefuses(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*result.Bench)
	}{
		{"space in op", func(r *result.Bench) { r.Op = "leaky relu" }},
		{"slash in variant", func(r *result.Bench) { r.Variant = "a/b" }},
		{"line break in host", func(r *result.Bench) { r.Host = "box\nBenchmarkX 1 1 ns/op" }},
		{"outer space in run", func(r *result.Bench) { r.RunID = " r" }},
		{"line break in bound", func(r *result.Bench) { r.Bound = "lo\nad" }},
		{"negative n", func(r *result.Bench) { r.N = -1 }},
	} {
		row := bench("relu", "avx2", 64, 0, 1)
		c.change(&row)
		if err := Write(&bytes.Buffer{}, []result.Bench{row}, machine); err == nil {
			t.Errorf("%s: no error", c.name)
		}
	}
}

func TestReadErrors(t *testing.T) {
	var whole bytes.Buffer
	if err := Write(&whole, []result.Bench{bench("relu", "avx2", 64, 0, 1)}, machine); err != nil {
		t.Fatal(err)
	}
	text := whole.String()
	for _, c := range []struct{ name, text, want string }{
		{"cut short", text[:len(text)-5], "x.txt:25: cut short"},
		{"no samples", strings.ReplaceAll(text, "sample: 0\n", ""), "no sample"},
		{"bad sample", strings.ReplaceAll(text, "sample: 0\n", "sample: many\n"), `sample is "many", want an integer`},
		{"bad load", strings.ReplaceAll(text, "sample: 0\n", "sample: 0\nload: high\n"), `load is "high", want a number`},
		{"bad cycles", strings.ReplaceAll(text, "sample: 0\n", "sample: 0\ncycles: 1.5\n"), `cycles is "1.5", want an integer`},
		{"bad time", strings.ReplaceAll(text, "started: 2026", "started: then"), "want a time like"},
		{"other benchmark", "BenchmarkFib10-8 500 1234 ns/op\n", "want one named Kernel/"},
		{"no rate", strings.ReplaceAll(text, " B/s", " q/s"), "no measurement in B/s"},
		{"syntax", "BenchmarkKernel/op=relu many ns/op\n", "x.txt:1: parsing iteration count"},
		{"reordered name", strings.ReplaceAll(text, "/type=float32/variant=avx2", "/variant=avx2/type=float32"), "want Kernel/op="},
		{"not benchmark text", "hello\n", "not benchmark text"},
	} {
		_, err := Read(strings.NewReader(c.text), "x.txt")
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "x.txt") {
			t.Errorf("%s: error %v, want %q", c.name, err, c.want)
		}
	}
}

// benchstat reads the text, makes one table of it, and has our medians.
func TestBenchstat(t *testing.T) {
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("benchstat is built with the go command, and there is none here")
	}
	dir := t.TempDir()
	write := func(name, run string, ns float64) string {
		var rows []result.Bench
		for sample := range int64(11) {
			row := bench("sigmoid", "avx2", 4096, sample, ns+.001*float64(sample*5%11))
			cycles := int64(ns * 4e6 * float64(row.Iterations) / 1000)
			row.Cycles, row.Order = &cycles, sample
			row.RunID, row.Started = run, row.Started.Add(time.Duration(len(run))*time.Hour)
			rows = append(rows, row)
		}
		path := filepath.Join(dir, name)
		f, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		env := machine
		env.Commit = run
		if err := Write(f, rows, env); err != nil {
			t.Fatal(err)
		}
		return path
	}
	command := strings.Fields(Command(write("old.txt", "one", .25), write("new.txt", "second", .50)))
	cmd := exec.Command(command[0], slices.Insert(command[1:], 2, "-format=csv")...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, stderr.String())
	}
	// The median of ns + {0 .. .010} is ns + .005, of 4096 elements.
	for _, want := range []string{",sec/op,CI,sec/op,CI,vs base,P\n", ",1.04448e-06,", ",2.06848e-06,", "+98.04%", ",cycles/op,CI,cycles/op,CI,vs base,P\n", "+100.00%"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("benchstat's output has no %q:\n%s", want, out)
		}
	}
	if n := strings.Count(string(out), ",sec/op,CI,sec/op"); n != 1 {
		t.Errorf("%d tables of times, want 1: a configuration line splits them\n%s", n, out)
	}
	if s := strings.TrimSpace(stderr.String()); s != "" {
		t.Errorf("benchstat warns: %s", s)
	}
}

func TestCommandQuotes(t *testing.T) {
	got := Command("a b.txt", "it's.txt", "runs/x.txt")
	if want := `'a b.txt' 'it'\''s.txt' runs/x.txt`; !strings.HasSuffix(got, want) {
		t.Errorf("%s, want it to end in %s", got, want)
	}
}

// Every column of a row is in the text: a field that is added to the rows is one here.
func TestEveryColumn(t *testing.T) {
	row := bench("relu", "avx2", 64, 0, 1)
	v := reflect.ValueOf(&row).Elem()
	for i := range v.NumField() {
		f := v.Field(i)
		switch {
		case f.Type() == reflect.TypeFor[*int64]():
			f.Set(reflect.ValueOf(new(int64(7))))
		case f.Type() == reflect.TypeFor[*float64]():
			f.Set(reflect.ValueOf(new(.7)))
		case f.IsZero() && f.Kind() == reflect.String:
			f.SetString("word")
		case f.IsZero() && f.CanInt():
			f.SetInt(7)
		case f.IsZero():
			t.Fatalf("%s has no value, and this test knows none to give it", v.Type().Field(i).Name)
		}
	}
	var text bytes.Buffer
	if err := Write(&text, []result.Bench{row}, machine); err != nil {
		t.Fatal(err)
	}
	back, err := Read(&text, "x.txt")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]result.Bench{row}, back); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// The commands in README.md leave out what Command leaves out.
func TestREADMECommands(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	const command = "go tool benchstat -ignore "
	all := strings.Count(string(readme), command)
	if same := strings.Count(string(readme), command+strings.Join(Ignored(), ",")+" "); same != all || all == 0 {
		t.Errorf("%d of %d commands ignore %s", same, all, strings.Join(Ignored(), ","))
	}
}

// Every configuration line of a sample is either the machine's or left out.
func TestIgnoredKeys(t *testing.T) {
	row, seven, seventh := bench("relu", "avx2", 64, 0, 1), int64(7), .7
	row.Bound = "load"
	for _, c := range counts {
		*c.of(&row) = &seven
	}
	for _, q := range quantities {
		*q.of(&row) = &seventh
	}
	for _, c := range record(row, machine).Config {
		switch c.Key {
		case "goos", "goarch", "pkg", "cpu":
		default:
			if !slices.Contains(Ignored(), c.Key) {
				t.Errorf("%s would split benchstat's tables", c.Key)
			}
		}
	}
}

func FuzzRead(f *testing.F) {
	var whole bytes.Buffer
	if err := Write(&whole, []result.Bench{bench("relu", "avx2", 64, 0, 1), bench("relu", "avx2", 64, 1, 2)}, machine); err != nil {
		f.Fatal(err)
	}
	f.Add(whole.String())
	f.Add("")
	f.Add("Unit ns/op better=lower\n")
	f.Add("BenchmarkKernel/op=relu-2 1 1 ns/op\n")
	f.Add("BenchmarkKernel\n")
	f.Fuzz(func(t *testing.T, text string) {
		rows, err := Read(strings.NewReader(text), "x")
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("error of several lines: %q", err)
			}
			return
		}
		// What was read can be written, unless the text came from elsewhere
		// with names or values that Write never makes; then it is refused.
		var again bytes.Buffer
		if err := Write(&again, rows, machine); err != nil {
			return
		}
		if _, err := Read(&again, "again"); err != nil {
			t.Errorf("what was written again cannot be read: %v", err)
		}
	})
}
