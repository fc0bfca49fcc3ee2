package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"actinit/harness/bench"
	"actinit/harness/result"
	"actinit/reports/runstore"
)

// mustRun runs a command that is to succeed and returns what it printed.
func mustRun(t *testing.T, args ...string) string {
	t.Helper()
	status, stdout, stderr := invoke(t.Context(), args...)
	if status != ExitOK || stderr != "" {
		t.Fatalf("actinit %s: status %d, stderr %q", strings.Join(args, " "), status, stderr)
	}
	return stdout
}

func load(t *testing.T, dir string) *runstore.Data {
	t.Helper()
	data, err := runstore.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// sameRows compares the rows of two runs in all columns but those that say when and where, and
// of timings the columns that say what was timed.
func sameRows(t *testing.T, what string, want, got *runstore.Data) {
	t.Helper()
	if len(want.Accuracy)+len(want.Distribution)+len(want.Layers)+len(want.Bench)+len(want.Claims)+len(want.Pairs) == 0 {
		t.Errorf("%s: there are no rows to compare", what)
	}
	identity := cmp.Options{cmpopts.EquateNaNs(), cmp.FilterPath(func(p cmp.Path) bool {
		return slices.Contains([]string{"RunID", "Host", "Started", "Day", "Seconds", "CellSeconds"}, p.Last().String()[1:])
	}, cmp.Ignore())}
	for _, table := range []struct {
		name      string
		want, got any
	}{
		{"accuracy", want.Accuracy, got.Accuracy},
		{"distribution", want.Distribution, got.Distribution},
		{"layers", want.Layers, got.Layers},
		{"claims", want.Claims, got.Claims},
		{"curves", want.Curves, got.Curves},
		{"bench", timedCells(want.Bench), timedCells(got.Bench)},
	} {
		if diff := cmp.Diff(table.want, table.got, identity); diff != "" {
			t.Errorf("%s: other rows in %s:\n%s", what, table.name, diff)
		}
	}
}

// timedCells returns what the rows timed, without the times.
func timedCells(rows []result.Bench) []result.Bench {
	var cells []result.Bench
	for _, b := range rows {
		cells = append(cells, result.Bench{Op: b.Op, Direction: b.Direction, Type: b.Type, Variant: b.Variant, ISA: b.ISA, Workers: b.Workers, N: b.N, Mode: b.Mode, Sample: b.Sample})
	}
	return cells
}

var shardedCommands = []struct {
	name   string
	args   []string
	shards int
}{
	{"verify", []string{"verify", "--filter", "op:(relu OR normal OR uniform) type:float32", "--effort", ".3"}, 3},
	{"layers", []string{"layers", "--grid", "act=tanh,relu init=kaiming,xavier_normal depth=3 width=32 batch=16 seed=1:3"}, 5},
	{"bench", []string{"bench", "--filter", "op:relu type:float32", "--sizes", "64,128", "--depth", "2", "--width", "32", "--batch", "16"}, 2},
}

// The shards of a command, joined, are what the command makes without shards.
func TestJoinedShardsAreTheWholeRun(t *testing.T) {
	for _, c := range shardedCommands {
		t.Run(c.name, func(t *testing.T) {
			root := t.TempDir()
			in := func(more ...string) []string {
				return append(append(slices.Clone(c.args), "--quiet", "--out", root), more...)
			}
			mustRun(t, in("--id", "whole")...)
			var shards []string
			for i := c.shards; i > 0; i-- {
				name := fmt.Sprintf("shard-%d", i)
				mustRun(t, in("--id", name, "--shard", fmt.Sprintf("%d/%d", i, c.shards))...)
				shards = append(shards, name)
			}
			join := append([]string{"runs", "join", "--out", root, "--id", "joined"}, shards...)
			if stdout := mustRun(t, join...); !strings.Contains(stdout, fmt.Sprintf("%d shards joined", c.shards)) || !strings.Contains(stdout, "report.html") {
				t.Errorf("join says %q", stdout)
			}
			whole, joined := load(t, filepath.Join(root, "whole")), load(t, filepath.Join(root, "joined"))
			sameRows(t, "joined", whole, joined)
			if diff := cmp.Diff(whole.Environment.Command, joined.Environment.Command); diff != "" {
				t.Errorf("the joined run has another command:\n%s", diff)
			}
			if !joined.Environment.Complete || len(joined.Environment.Joined) != c.shards || joined.Environment.Joined[0].RunID != "shard-1" {
				t.Errorf("complete %v, joined of %v", joined.Environment.Complete, joined.Environment.Joined)
			}
			oneSetOfLimits(t, whole, joined)
			if slices.ContainsFunc(joined.Layers, func(l result.Layer) bool { return l.RunID != "joined" }) {
				t.Error("rows have another run's ID")
			}

			// Again, it is complete; without a shard, nothing is joined.
			if stdout := mustRun(t, join...); !strings.Contains(stdout, "joined is complete") {
				t.Errorf("joined again, it says %q", stdout)
			}
			for _, name := range [][]string{{"--id", "second"}, nil} {
				again := slices.Concat([]string{"runs", "join", "--out", root}, name, shards)
				if status, _, stderr := invoke(t.Context(), again...); status != ExitUsage || stderr != "actinit: "+filepath.Join(root, "joined")+": it is joined of these shards already: remove that folder if they are to be joined anew\n" {
					t.Errorf("joined as %v too: status %d, %q", name, status, stderr)
				}
			}
			status, _, stderr := invoke(t.Context(), join[:len(join)-1]...)
			if want := fmt.Sprintf("of %d shards", c.shards); status != ExitUsage || !strings.Contains(stderr, want) || !strings.HasSuffix(stderr, "these are missing: 1\n") {
				t.Errorf("without shard 1: status %d, %q", status, stderr)
			}
		})
	}
}

// oneSetOfLimits checks that a run joined of shards of one machine has the limits that the whole has, each once, and holds
// every timing against them.
func oneSetOfLimits(t *testing.T, whole, joined *runstore.Data) {
	t.Helper()
	names := func(d *runstore.Data) (names []string) {
		for _, p := range result.Peaks(d.Limits) {
			names = append(names, fmt.Sprint(p.Host, p.Name, p.Type, p.ISA, p.Workers, p.Bytes))
		}
		return names
	}
	if diff := cmp.Diff(names(whole), names(joined)); diff != "" {
		t.Errorf("other limits:\n%s", diff)
	}
	samples := map[result.Limit]bool{}
	for _, l := range joined.Limits {
		l.ElapsedNs, l.PerS = 0, 0
		if samples[l] {
			t.Errorf("sample %d of %s is there twice", l.Sample, l.Name)
		}
		samples[l] = true
	}
	held := slices.Clone(joined.Bench)
	bench.Hold(held, joined.Limits, joined.Environment.ISA)
	for i, b := range joined.Bench {
		if b.BoundNs == nil || *b.BoundNs != *held[i].BoundNs || b.Bound != held[i].Bound {
			t.Errorf("%s is held against other limits than the run's: %v, %v", result.Name(b), b.BoundNs, held[i].BoundNs)
		}
	}
}

// The timings of a kernel that another shard found wrong are dropped, and the run says so.
func TestJoinDropsTimingsOfWrongKernels(t *testing.T) {
	root := t.TempDir()
	kernel := func(op string) result.Accuracy {
		return result.Accuracy{Op: op, Direction: result.Forward, Type: result.Float32, Variant: "scalar", ISA: "portable", Inputs: 10, Compared: 10, CorrectlyRounded: 9, DistinctResults: 9, Histogram: make([]int64, result.HistogramBins)}
	}
	wrong := kernel("tanh")
	wrong.OverBound = 1
	for i, rows := range [][]result.Accuracy{{kernel("relu")}, {wrong}} {
		id := result.Identity{Host: "box", Started: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
		run, _, err := runstore.Begin(root, fmt.Sprint("s", i), id, result.Environment{Command: []string{"bench", fmt.Sprintf("--shard=%d/2", i+1)}})
		if err != nil {
			t.Fatal(err)
		}
		rows[0].Started = id.Started
		timings := []result.Bench{{Started: id.Started, Op: []string{"tanh", "relu"}[i], Direction: result.Forward, Type: result.Float32, Variant: "scalar", ISA: "portable", Workers: 1, N: 64, Iterations: 1, ElapsedNs: 64, NsPerOp: 64, NsPerElem: 1}}
		if err := errors.Join(run.Fill(&runstore.Data{Accuracy: rows, Bench: timings}, runstore.Options{}), run.Complete()); err != nil {
			t.Fatal(err)
		}
	}
	status, stdout, stderr := invoke(t.Context(), "runs", "join", "--out", root, "s0", "s1", "--id", "joined")
	if status != ExitFailed || stderr != "" || !strings.Contains(stdout, "its timings are left out, because verification found it wrong: tanh forward float32 scalar") {
		t.Errorf("status %d, %q\n%s", status, stderr, stdout)
	}
	if joined := load(t, filepath.Join(root, "joined")); len(joined.Bench) != 1 || joined.Bench[0].Op != "relu" {
		t.Errorf("timings of %v", joined.Bench)
	}
}

// A join that was killed is done again, and not gone on with as if this machine were to compute it all.
func TestStoppedJoin(t *testing.T) {
	root := t.TempDir()
	args := []string{"layers", "--grid", "act=tanh depth=2 width=16 batch=8 seed=1:2", "--quiet", "--out", root}
	join := []string{"runs", "join", "one", "two", "--id", "whole", "--out", root}
	mustRun(t, append(args, "--shard", "1/2", "--id", "one")...)
	mustRun(t, append(args, "--shard", "2/2", "--id", "two")...)
	mustRun(t, join...)
	environment := filepath.Join(root, "whole", runstore.FileEnvironment)
	text, err := os.ReadFile(environment)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(environment, []byte(strings.Replace(string(text), `"complete": true`, `"complete": false`, 1)), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, again := range [][]string{append(args, "--id", "whole"), {"layers", "--resume", "whole", "--out", root}} {
		if status, _, stderr := invoke(t.Context(), again...); status != ExitUsage || !strings.Contains(stderr, "run whole is not joined to its end: ") {
			t.Errorf("%v: status %d, %q", again, status, stderr)
		}
	}
	if shown := mustRun(t, "runs", "show", "whole", "--out", root); !strings.Contains(shown, "unfinished: go on with actinit runs join one two --id whole --out "+root) {
		t.Error(shown)
	}
	mustRun(t, join...)
	if data := load(t, filepath.Join(root, "whole")); !data.Environment.Complete || len(data.Environment.Joined) != 2 {
		t.Errorf("complete %v, joined of %v", data.Environment.Complete, data.Environment.Joined)
	}
}
