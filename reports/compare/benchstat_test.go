package compare

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"actinit/harness/result"
	"actinit/reports/benchtext"
)

// randomRun is a run of kernels with skewed noise, each a little slower in run two.
func randomRun(run string, seed uint64) []result.Bench {
	r := rand.New(rand.NewPCG(seed, 1))
	var rows []result.Bench
	kernel := 0
	for _, op := range []string{"sigmoid", "tanh", "relu"} {
		for _, variant := range []string{"scalar", "avx2"} {
			for _, n := range []int64{64, 4096} {
				kernel++
				for sample := range int64(4 + 3*kernel%12) {
					ns := (1 + float64(kernel)) * (1 + .05*r.ExpFloat64()) * (1 + .01*float64(kernel)*float64(seed-1))
					rows = append(rows, result.Bench{RunID: run, Host: "box", Started: time.Date(2026, 1, int(seed), 0, 0, 0, 0, time.UTC),
						Op: op, Direction: "forward", Type: "float32", Variant: variant, ISA: "portable", Workers: 1, N: n, Mode: result.Warm, Sample: sample,
						Iterations: 1000, ElapsedNs: int64(ns * 1000 * float64(n)), NsPerOp: ns * float64(n), NsPerElem: ns, BytesPerOp: 8 * n, BytesPerS: 8e9 / ns})
				}
			}
		}
	}
	return rows
}

// export writes the run as the text for benchstat.
func export(t *testing.T, path string, rows []result.Bench) {
	t.Helper()
	var text bytes.Buffer
	if err := benchtext.Write(&text, rows, result.Environment{GOOS: "linux", GOARCH: "amd64", GOMAXPROCS: 2, Commit: rows[0].RunID}); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
}

// benchstat runs a command line of benchstat, as a shell would, and returns the rows of the
// table in the unit, and everything. benchstat shows ns as seconds.
func benchstat(t *testing.T, command, unit string) (header []string, rows [][]string, all string) {
	t.Helper()
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("runs the README's commands as a shell does, and there is no sh here")
	}
	cmd := exec.Command("sh", "-c", strings.Replace(command, "go tool benchstat", "go tool benchstat -format=csv", 1))
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v: %s", command, err, stderr.String())
	}
	table := csv.NewReader(&stdout)
	table.FieldsPerRecord = -1
	all = stdout.String()
	lines, err := table.ReadAll()
	if err != nil {
		t.Fatalf("%s: %v", command, err)
	}
	inside := false
	for _, fields := range lines {
		switch {
		case len(fields) > 2 && fields[2] == "CI":
			if inside = fields[1] == unit; inside {
				header = fields
			}
		case inside && len(fields) > 2 && fields[0] != "" && fields[0] != "geomean":
			rows = append(rows, fields)
		}
	}
	return header, rows, all
}

// Our medians, intervals, changes and probabilities are benchstat's, of the exported text.
func TestAgreesWithBenchstat(t *testing.T) {
	dir := t.TempDir()
	before, after := randomRun("one", 1), randomRun("two", 2)
	export(t, filepath.Join(dir, "old.txt"), before)
	export(t, filepath.Join(dir, "new.txt"), after)
	c, err := Compare(NewSide("old", before, nil), NewSide("new", after, nil), Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, rows, all := benchstat(t, benchtext.Command(filepath.Join(dir, "old.txt"), filepath.Join(dir, "new.txt")), "sec/elem")
	theirs := map[string][]string{}
	for _, fields := range rows {
		theirs[strings.TrimSuffix(fields[0], "-2")] = fields
	}
	if len(theirs) != len(c.Rows) || len(c.Rows) != 12 {
		t.Fatalf("%d kernels of ours, of benchstat:\n%s", len(c.Rows), all)
	}
	significant := 0
	for _, r := range c.Rows {
		fields := theirs[r.Name]
		if len(fields) < 7 {
			t.Errorf("%s: benchstat has %q", r.Name, fields)
			continue
		}
		for i, s := range []Summary{r.Old, r.New} {
			median, err := strconv.ParseFloat(fields[1+2*i], 64)
			if err != nil || math.Abs(1e9*median-float64(s.Median)) > 1e-6*float64(s.Median) {
				t.Errorf("%s: median %v, of benchstat %s", r.Name, s.Median, fields[1+2*i])
			}
			if _, half, _ := strings.Cut(s.String(), "± "); half != fields[2+2*i] {
				t.Errorf("%s: interval ± %s, of benchstat %s", r.Name, half, fields[2+2*i])
			}
		}
		if want := fmt.Sprintf("p=%.3f n=%d+%d", float64(r.P), r.Old.Samples, r.New.Samples); fields[6] != want && fields[6] != fmt.Sprintf("p=%.3f n=%d", float64(r.P), r.Old.Samples) {
			t.Errorf("%s: %s, of benchstat %s", r.Name, want, fields[6])
		}
		change := "~"
		if float64(r.P) < c.Alpha { // benchstat does not correct p
			significant++
			change = fmt.Sprintf("%+.2f%%", 100*float64(r.Delta))
		}
		if change != fields[5] {
			t.Errorf("%s: change %s, of benchstat %s", r.Name, change, fields[5])
		}
	}
	if significant == 0 || significant == len(c.Rows) {
		t.Errorf("%d of %d kernels changed significantly: the test compares too little", significant, len(c.Rows))
	}
}

// The README's benchstat commands do what it says of them, on runs made here.
func TestReadmeBenchstat(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, name := range []string{"OLD", "ID"} {
		export(t, filepath.Join(dir, name, "bench.txt"), randomRun("one", 1))
	}
	export(t, filepath.Join(dir, "NEW", "bench.txt"), randomRun("two", 2))
	variants, runs := 0, 0
	for line := range strings.Lines(string(readme)) {
		if !strings.HasPrefix(line, "go tool benchstat") {
			continue
		}
		command := strings.ReplaceAll(strings.TrimSpace(line), "reports/runs/", dir+"/")
		header, rows, all := benchstat(t, command, "sec/elem")
		switch {
		case strings.Contains(command, "-col /variant"):
			variants++
			// op, dir and n name a row; scalar and avx2 are its columns.
			if len(rows) != 6 || !strings.Contains(all, "avx2") || !strings.Contains(all, "scalar") || len(header) < 7 {
				t.Errorf("%s\n%s", command, all)
			}
		default:
			runs++
			if len(rows) != 12 || len(header) < 7 {
				t.Errorf("%s\n%s", command, all)
			}
		}
		if n := strings.Count(all, "sec/elem,CI,sec/elem,CI"); n != 1 {
			t.Errorf("%s: split into several tables\n%s", command, all)
		}
	}
	if variants == 0 || runs == 0 {
		t.Errorf("README.md has %d commands between runs and %d between variants", runs, variants)
	}
}

// Units say which way is better, so that benchstat and its relatives know.
func TestUnitsMetadata(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bench.txt")
	export(t, path, randomRun("one", 1))
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Unit ns/op better=lower\n", "Unit B/s better=higher\n", "Unit ns/elem better=lower\n"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("no line %q", want)
		}
	}
}
