package runstore

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"actinit/harness/result"
	"actinit/reports/benchtext"
)

var started = time.Date(2026, 1, 2, 15, 4, 5, 123456000, time.UTC)

// complete finishes a run and marks it as complete.
func complete(run *Run, o Options) error {
	if err := run.Finish(o); err != nil {
		return err
	}
	return run.Complete()
}

func lock(t *testing.T, run *Run) {
	t.Helper()
	if err := run.Lock(); err != nil {
		t.Fatal(err)
	}
}

func create(t *testing.T, root string) *Run {
	t.Helper()
	run, err := Create(root, result.Identity{Host: "box", Started: started}, result.Environment{Commit: "1a2b3c4d5e", GOMAXPROCS: 2})
	if err != nil {
		t.Fatal(err)
	}
	return run
}

func benchRows(run *Run, op string, n int) []result.Bench {
	rows := make([]result.Bench, n)
	id := run.Identity()
	for i := range rows {
		rows[i] = result.Bench{RunID: id.RunID, Host: id.Host, Started: id.Started, Day: id.Started.UTC().Format(time.DateOnly), Op: op, Direction: "forward",
			Type: "float32", Variant: "scalar", Workers: 1, N: 64, Sample: int64(i), Iterations: 1, ElapsedNs: 64, NsPerOp: 64, NsPerElem: 1, Mode: result.Warm}
	}
	return rows
}

func accuracyRow(run *Run, op string, inputs int64) result.Accuracy {
	id := run.Identity()
	return result.Accuracy{RunID: id.RunID, Host: id.Host, Started: id.Started, Day: id.Started.UTC().Format(time.DateOnly), Op: op, Inputs: inputs}
}

func layerRow(run *Run, layer int64) result.Layer {
	id := run.Identity()
	return result.Layer{RunID: id.RunID, Host: id.Host, Started: id.Started, Day: id.Started.UTC().Format(time.DateOnly), Activation: "tanh", Layer: layer, Histogram: []int64{layer, 1}}
}

func claimRow(run *Run, experiment, statement string) result.Claim {
	id := run.Identity()
	return result.Claim{RunID: id.RunID, Host: id.Host, Started: id.Started, Day: id.Started.UTC().Format(time.DateOnly), Experiment: experiment, Statement: statement, Published: 1, Seeds: 3, Agrees: true}
}

func curveRow(run *Run, point int64, x float64) result.Curve {
	id := run.Identity()
	return result.Curve{RunID: id.RunID, Host: id.Host, Started: id.Started, Day: id.Started.UTC().Format(time.DateOnly), Experiment: "he", Figure: "loss", Series: "he", Point: point, X: x}
}

func distributionRow(run *Run, fill string, draws int64) result.Distribution {
	id := run.Identity()
	return result.Distribution{RunID: id.RunID, Host: id.Host, Started: id.Started, Day: id.Started.UTC().Format(time.DateOnly), Fill: fill, Draws: draws, Counts: []int64{2, 1}, Edges: []float64{.5}}
}

var merging = Options{Accuracy: sum, Distribution: sumDraws}

// sumDraws adds up the draws of each fill, as distribution.Merge does.
func sumDraws(rows []result.Distribution) []result.Distribution {
	var merged []result.Distribution
	for _, row := range rows {
		if i := slices.IndexFunc(merged, func(m result.Distribution) bool { return m.Fill == row.Fill }); i >= 0 {
			merged[i].Draws += row.Draws
			continue
		}
		merged = append(merged, row)
	}
	return merged
}

// sum adds up the inputs of each operation, as verify.Merge does.
func sum(rows []result.Accuracy) []result.Accuracy {
	var merged []result.Accuracy
	for _, row := range rows {
		if i := slices.IndexFunc(merged, func(m result.Accuracy) bool { return m.Op == row.Op }); i >= 0 {
			merged[i].Inputs += row.Inputs
			continue
		}
		merged = append(merged, row)
	}
	return merged
}

func save[R any](t *testing.T, j result.Journal[R], unit string, rows ...R) {
	t.Helper()
	if err := j.Save(unit, rows); err != nil {
		t.Fatal(err)
	}
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestWholeRun(t *testing.T) {
	run := create(t, filepath.Join(t.TempDir(), "reports", "runs"))
	if run.ID() != "20260102T150405Z-1a2b3c4" {
		t.Errorf("ID %s", run.ID())
	}
	bench, verify, layers := JournalOf[result.Bench](run, "bench"), JournalOf[result.Accuracy](run, "verify"), JournalOf[result.Layer](run, "layers")
	save(t, bench, "tanh/forward", benchRows(run, "tanh", 3)...)
	save(t, bench, "elu/forward", benchRows(run, "elu", 2)...)
	save(t, verify, "elu#1", accuracyRow(run, "elu", 10))
	save(t, verify, "elu#2", accuracyRow(run, "elu", 5))
	draws := JournalOf[result.Distribution](run, "distribution")
	save(t, draws, "normal#1", distributionRow(run, "normal", 10))
	save(t, draws, "normal#2", distributionRow(run, "normal", 7))
	save(t, layers, "tanh .01", layerRow(run, 2), layerRow(run, 1))
	save(t, JournalOf[result.Claim](run, "reproduce"), "selu", claimRow(run, "selu", "b"), claimRow(run, "selu", "a"))
	save(t, JournalOf[result.Claim](run, "reproduce"), "he", claimRow(run, "he", "c"))
	save(t, JournalOf[result.Curve](run, "reproduce"), "he", curveRow(run, 1, 5), curveRow(run, 0, 7))
	if err := complete(run, merging); err != nil {
		t.Fatal(err)
	}

	want := []string{FileAccuracy, FileBench, FileBenchText, FileDistribution, FileEnvironment, FileLayersArrow, FileLayers, FileClaims, FileCurves}
	slices.Sort(want)
	if diff := cmp.Diff(want, names(t, run.Dir())); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	data, err := Load(run.Dir())
	if err != nil {
		t.Fatal(err)
	}
	if !data.Environment.Complete || data.Environment.Finished.IsZero() || data.Environment.RunID != run.ID() {
		t.Errorf("environment %+v", data.Environment)
	}
	if diff := cmp.Diff(slices.Concat(benchRows(run, "elu", 2), benchRows(run, "tanh", 3)), data.Bench); diff != "" {
		t.Errorf("bench (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]result.Accuracy{accuracyRow(run, "elu", 15)}, data.Accuracy); diff != "" {
		t.Errorf("accuracy (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]result.Distribution{distributionRow(run, "normal", 17)}, data.Distribution); diff != "" {
		t.Errorf("distribution (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]result.Layer{layerRow(run, 1), layerRow(run, 2)}, data.Layers); diff != "" {
		t.Errorf("layers (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]result.Claim{claimRow(run, "he", "c"), claimRow(run, "selu", "b"), claimRow(run, "selu", "a")}, data.Claims); diff != "" {
		t.Errorf("claims (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]result.Curve{curveRow(run, 0, 7), curveRow(run, 1, 5)}, data.Curves); diff != "" {
		t.Errorf("curves (-want +got):\n%s", diff)
	}
	f, err := os.Open(run.Path(FileBenchText))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	text, err := benchtext.Read(f, FileBenchText)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(data.Bench, text); diff != "" {
		t.Errorf("bench.txt (-parquet +text):\n%s", diff)
	}

	// Nothing can be added to a complete run, also after opening it again.
	again, err := Open(filepath.Dir(run.Dir()), run.ID())
	if err != nil {
		t.Fatal(err)
	}
	if err := JournalOf[result.Bench](again, "bench").Save("x", benchRows(again, "x", 1)); err == nil {
		t.Error("a complete run takes rows")
	}
	if err := complete(again, merging); err == nil {
		t.Error("a complete run is finished again")
	}
}

// Interrupted, resumed, finished: the tables are there at each point, and no
// unit is asked for twice.
func TestResume(t *testing.T) {
	root := t.TempDir()
	run := create(t, root)
	save(t, JournalOf[result.Bench](run, "bench"), "elu", benchRows(run, "elu", 2)...)
	if _, err := Load(run.Dir()); err == nil || !strings.Contains(err.Error(), "--resume "+run.ID()) {
		t.Errorf("loading a run without tables: %v", err)
	}
	if err := run.Finish(merging); err != nil {
		t.Fatal(err)
	}
	data, err := Load(run.Dir())
	if err != nil || len(data.Bench) != 2 || data.Environment.Complete {
		t.Fatalf("interrupted run: %v, %+v", err, data)
	}

	if err := run.Unlock(); err != nil {
		t.Fatal(err)
	}
	resumed, err := Open(root, run.ID())
	if err != nil {
		t.Fatal(err)
	}
	if err := complete(resumed, merging); err == nil {
		t.Error("a run that is not locked was finished")
	}
	lock(t, resumed)
	if diff := cmp.Diff(run.Identity(), resumed.Identity()); diff != "" {
		t.Errorf("identity (-first +resumed):\n%s", diff)
	}
	j := JournalOf[result.Bench](resumed, "bench")
	if !j.Done("elu") || j.Done("tanh") {
		t.Errorf("elu done: %v, tanh done: %v", j.Done("elu"), j.Done("tanh"))
	}
	save(t, j, "tanh", benchRows(resumed, "tanh", 1)...)
	if err := complete(resumed, merging); err != nil {
		t.Fatal(err)
	}
	if data, err = Load(run.Dir()); err != nil || len(data.Bench) != 3 || !data.Environment.Complete {
		t.Errorf("finished run: %v, %+v", err, data)
	}
	if _, err := os.Stat(run.Path(partsFolder)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("parts are still there: %v", err)
	}
}

// A process that is killed while it saves units loses none that was saved, and
// leaves none that is half written.
func TestKilled(t *testing.T) {
	if root := os.Getenv("RUNSTORE_TEST_ROOT"); root != "" {
		saveForever(root)
	}
	for range 3 {
		root := t.TempDir()
		cmd := exec.Command(os.Args[0], "-test.run=^TestKilled$")
		cmd.Env = append(os.Environ(), "RUNSTORE_TEST_ROOT="+root)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		var acknowledged int
		for acknowledged < 20+rand.IntN(30) {
			if _, err := fmt.Fscanln(out, &acknowledged); err != nil {
				t.Fatal(err)
			}
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		cmd.Wait() // it was killed: there is an error, and it says so

		entry, err := Latest(root)
		if err != nil {
			t.Fatal(err)
		}
		run, err := Open(root, entry.ID)
		if err != nil {
			t.Fatal(err)
		}
		j := JournalOf[result.Bench](run, "bench")
		for unit := 1; unit <= acknowledged; unit++ {
			if !j.Done(fmt.Sprint("unit ", unit)) {
				t.Errorf("unit %d of %d is lost", unit, acknowledged)
			}
		}
		lock(t, run)
		if err := complete(run, merging); err != nil {
			t.Fatal(err)
		}
		data, err := Load(run.Dir())
		if err != nil {
			t.Fatal(err)
		}
		if n := len(data.Bench); n < 5*acknowledged || n%5 != 0 {
			t.Errorf("%d rows of at least %d units of 5", n, acknowledged)
		}
	}
}

// saveForever saves units from two goroutines and prints the number of units
// that are safe, until it is killed.
func saveForever(root string) {
	run, err := Create(root, result.Identity{Host: "box", Started: started}, result.Environment{})
	if err != nil {
		panic(err)
	}
	j := JournalOf[result.Bench](run, "bench")
	for unit := 1; ; unit += 2 {
		var both sync.WaitGroup
		for k := range 2 {
			both.Go(func() {
				if err := j.Save(fmt.Sprint("unit ", unit+k), benchRows(run, fmt.Sprint("op", unit+k), 5)); err != nil {
					panic(err)
				}
			})
		}
		both.Wait()
		fmt.Println(unit + 1)
	}
}

// Runs that start in the same second get folders of their own.
func TestCreateAtOnce(t *testing.T) {
	root := t.TempDir()
	ids := make([]string, 8)
	var all sync.WaitGroup
	for i := range ids {
		all.Go(func() {
			run, err := Create(root, result.Identity{Started: started}, result.Environment{Commit: "abcdefgh"})
			if err != nil {
				t.Error(err)
				return
			}
			ids[i] = run.ID()
		})
	}
	all.Wait()
	slices.Sort(ids)
	const first = "20260102T150405Z-abcdefg"
	if want := []string{first, first + "-2", first + "-3", first + "-4", first + "-5", first + "-6", first + "-7", first + "-8"}; !slices.Equal(ids, want) {
		t.Errorf("IDs %q", ids)
	}
}

func TestListLatestPrevious(t *testing.T) {
	root := t.TempDir()
	make := func(after time.Duration, bench bool) *Run {
		run, err := Create(root, result.Identity{Started: started.Add(after)}, result.Environment{})
		if err != nil {
			t.Fatal(err)
		}
		if bench {
			save(t, JournalOf[result.Bench](run, "bench"), "u", benchRows(run, "elu", 1)...)
		}
		if err := complete(run, merging); err != nil {
			t.Fatal(err)
		}
		return run
	}
	if entries, err := List(filepath.Join(root, "none")); err != nil || len(entries) != 0 {
		t.Errorf("no folder: %v, %v", entries, err)
	}
	if _, err := Latest(root); err == nil || !strings.Contains(err.Error(), "no run; make one with actinit bench") {
		t.Errorf("no run: %v", err)
	}
	third, first, second := make(3*time.Hour, false), make(time.Hour, true), make(2*time.Hour, true)
	broken := filepath.Join(root, "broken")
	if err := os.MkdirAll(broken, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(broken, FileEnvironment), []byte(`{"run_id": `), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(root, "not a run"), 0o777); err != nil {
		t.Fatal(err)
	}

	entries, err := List(root)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, e := range entries {
		ids = append(ids, e.ID)
	}
	if diff := cmp.Diff([]string{"broken", first.ID(), second.ID(), third.ID()}, ids); diff != "" {
		t.Errorf("list (-want +got):\n%s", diff)
	}
	if entries[0].Err == nil || !strings.Contains(entries[0].Err.Error(), filepath.Join(broken, FileEnvironment)+": damaged") {
		t.Errorf("broken run: %v", entries[0].Err)
	}
	check := func(want *Run) func(Entry, error) {
		return func(got Entry, err error) {
			t.Helper()
			if err != nil || got.ID != want.ID() {
				t.Errorf("got %s, %v, want %s", got.ID, err, want.ID())
			}
		}
	}
	check(third)(Latest(root))
	check(second)(Latest(root, FileBench))
	check(second)(Previous(root, third.ID(), FileBench))
	check(first)(Previous(root, second.ID(), FileBench, FileBenchText))
	if _, err := Previous(root, first.ID()); err == nil || !strings.Contains(err.Error(), "no complete run before "+first.ID()) {
		t.Errorf("before the first: %v", err)
	}
	if dir, err := Find(root, first.Dir()); err != nil || dir != first.Dir() {
		t.Errorf("by path: %s, %v", dir, err)
	}
	if _, err := Open(root, "nope"); err == nil || !strings.Contains(err.Error(), `no run "nope" in `+root) {
		t.Errorf("unknown run: %v", err)
	}
	if _, err := Load(filepath.Join(root, "not a run")); err == nil || !strings.Contains(err.Error(), "not the folder of a run") {
		t.Errorf("folder without a run: %v", err)
	}
}

// A file stands where the folder should be: root can be read and written by
// anyone, so that permissions would prove nothing when tests run as root.
func TestUnwritable(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := List(file); err == nil || !strings.HasPrefix(err.Error(), file+": it is a file") {
		t.Errorf("runs in a file: %v", err)
	}
	_, err := Create(file, result.Identity{Started: started}, result.Environment{})
	if err == nil || !strings.HasPrefix(err.Error(), file+": ") || !strings.Contains(err.Error(), "--out") {
		t.Errorf("error %v", err)
	}

	run := create(t, t.TempDir())
	save(t, JournalOf[result.Bench](run, "bench"), "a", benchRows(run, "elu", 1)...)
	if err := os.Mkdir(run.Path(FileBench), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := complete(run, merging); err == nil || !strings.Contains(err.Error(), run.Path(FileBench)) {
		t.Errorf("error %v", err)
	}
	if opened, err := Open(filepath.Dir(run.Dir()), run.ID()); err != nil || opened.Environment().Complete {
		t.Errorf("a run whose tables could not be written is complete (%v)", err)
	}
}

func FuzzReadEnvironment(f *testing.F) {
	f.Add([]byte(`{"run_id":"r","started":"2026-01-02T15:04:05Z"}`))
	f.Add([]byte(`{"run_id":1}`))
	f.Add([]byte(`[]`))
	f.Add([]byte(``))
	f.Fuzz(func(t *testing.T, data []byte) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, FileEnvironment), data, 0o666); err != nil {
			t.Fatal(err)
		}
		env, err := EnvironmentOf(dir)
		if err == nil && (env.RunID == "" || env.Started.IsZero()) {
			t.Errorf("accepted %q", data)
		}
	})
}
