package runstore

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"actinit/harness/result"
)

// shard makes the complete run of a shard, with two timings, on a host of its own.
func shard(t *testing.T, root, name, flag string, change func(*result.Environment)) string {
	t.Helper()
	env := result.Environment{Commit: "1a2b3c4d5e", ISA: "avx2", CPU: "zen", GOMAXPROCS: 2, Command: []string{"bench", "--shard=" + flag, "--seed=7"}}
	if change != nil {
		change(&env)
	}
	host, _, _ := strings.Cut(name, "-")
	run, there, err := Begin(root, name, result.Identity{Host: host, Started: started}, env)
	if err != nil || there {
		t.Fatalf("there %v, %v", there, err)
	}
	if err := JournalOf[result.Bench](run, "bench").Save("round", benchRows(run, "op_"+name, 2)); err != nil {
		t.Fatal(err)
	}
	if err := complete(run, merging); err != nil {
		t.Fatal(err)
	}
	return run.Dir()
}

func TestJoin(t *testing.T) {
	root := t.TempDir()
	dirs := []string{shard(t, root, "bee-2", "2/2", nil), shard(t, root, "ant-1", "1/2", nil)}
	data, err := Join(dirs, merging)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"bench", "--seed=7"}; !slices.Equal(data.Environment.Command, want) {
		t.Errorf("command %q, want %q", data.Environment.Command, want)
	}
	joined, there, err := Begin(root, "all", result.Identity{Host: "cow", Started: started.Add(-time.Hour)}, data.Environment)
	if err != nil || there {
		t.Fatalf("there %v, %v", there, err)
	}
	if err := errors.Join(joined.Fill(data, merging), joined.Complete()); err != nil {
		t.Fatal(err)
	}
	got, err := Load(joined.Dir())
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	for _, b := range got.Bench {
		rows = append(rows, fmt.Sprint(b.RunID, b.Host, b.Started.Equal(started.Add(-time.Hour)), b.Op, b.Sample))
	}
	if want := []string{"allanttrueop_ant-10", "allanttrueop_ant-11", "allbeetrueop_bee-20", "allbeetrueop_bee-21"}; !slices.Equal(rows, want) {
		t.Errorf("rows %q, want %q", rows, want)
	}
	if j := got.Environment.Joined; len(j) != 2 || j[0].RunID != "ant-1" || j[0].Host != "ant" || j[1].RunID != "bee-2" || j[1].Finished.IsZero() {
		t.Errorf("joined of %+v", j)
	}
	if problems := Check(Entry{ID: "all", Dir: joined.Dir(), Environment: got.Environment}); len(problems) > 0 {
		t.Errorf("%q", problems)
	}

	// In a data set each host has its own rows.
	set := filepath.Join(t.TempDir(), "set")
	if _, _, err := Merge(set, []Entry{{ID: "all", Dir: joined.Dir(), Environment: got.Environment}}); err != nil {
		t.Fatal(err)
	}
	if want := []string{"bench/host=ant/day=2026-01-02/all.parquet", "bench/host=bee/day=2026-01-02/all.parquet", "environment/host=cow/day=2026-01-02/all.json"}; !slices.Equal(tree(t, set), want) {
		t.Errorf("data set %q, want %q", tree(t, set), want)
	}
}

func TestJoinRefuses(t *testing.T) {
	root := t.TempDir()
	one := shard(t, root, "one", "1/9", nil)
	plain := shard(t, root, "plain", "1/9", func(e *result.Environment) { e.Command = []string{"bench"} })
	odd := shard(t, root, "odd", "0/9", nil)
	begun, _, err := Begin(root, "begun", result.Identity{Host: "box", Started: started}, result.Environment{Command: []string{"bench", "--shard=2/9"}})
	if err != nil {
		t.Fatal(err)
	}
	other := func(name, flag string, change func(*result.Environment)) []string {
		return []string{one, shard(t, root, name, flag, change)}
	}
	built := func(name, flag, commit, executable string) string {
		return shard(t, root, name, flag, func(e *result.Environment) {
			e.Commit, e.Modified, e.Executable = commit, commit != "", executable
		})
	}
	for want, dirs := range map[string][]string{
		"there are no runs to join":                                       nil,
		`of 9 shards of actinit bench --seed=7 these are missing: 2, 4-9`: other("three", "3/9", nil),
		"shard 1/9 is there twice: ":                                      {one, one},
		"no shard: it was made by actinit bench":                          {plain},
		"damaged: --shard=0/9":                                            {odd},
		"shard 2/9 is not complete":                                       {one, begun.Dir()},
		"number of shards, 9 and 8":                                       other("eight", "2/8", nil),
		"commit, 1a2b3c4d5e and 99":                                       other("commit", "2/9", func(e *result.Environment) { e.Commit = "99" }),
		"1a2b3c4d5e with changes":                                         other("modified", "2/9", func(e *result.Environment) { e.Modified = true }),
		"commit, unknown, executable 00112233aabb and unknown, executable 44556677aabb": {built("no-commit", "1/9", "", "00112233aabbcc"), built("no-commit-2", "2/9", "", "44556677aabbcc")},
		"99 with changes, executable 00112233 and 99 with changes":                      {built("changes", "1/9", "99", "00112233"), built("changes-2", "2/9", "99", "")},
		"instruction set, avx2 and portable":                                            other("isa", "2/9", func(e *result.Environment) { e.ISA = "portable" }),
		"processor, zen and xeon":                                                       other("cpu", "2/9", func(e *result.Environment) { e.CPU = "xeon" }),
		"number of CPUs, 2 and 4":                                                       other("cpus", "2/9", func(e *result.Environment) { e.GOMAXPROCS = 4 }),
		"actinit bench --shard=2/9 --seed=8":                                            other("seed", "2/9", func(e *result.Environment) { e.Command = []string{"bench", "--shard=2/9", "--seed=8"} }),
		"no environment.json: not the folder of a run":                                  {root},
	} {
		if _, err := Join(dirs, merging); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%v: %v, want %s", dirs, err, want)
		}
	}
}

// Programs with other changes to one commit may share the work out in other ways.
func TestJoinRefusesDoubles(t *testing.T) {
	twice := func(folder, flag string) string {
		return shard(t, filepath.Join(t.TempDir(), folder), "same", flag, nil)
	}
	one, two := twice("a", "1/2"), twice("b", "2/2")
	if _, err := Join([]string{one, two}, merging); err == nil || !strings.Contains(err.Error(), one+" and "+two+" have both timed Kernel/op=op_same/") {
		t.Errorf("%v", err)
	}
}

// Begin makes a run, goes on with it whatever a kill has left of it, and leaves it when it is complete.
func TestBegin(t *testing.T) {
	root := t.TempDir()
	begin := func() (*Run, bool) {
		t.Helper()
		run, there, err := Begin(root, "mine", result.Identity{Host: "box", Started: started}, result.Environment{Command: []string{"verify"}})
		if err != nil {
			t.Fatal(err)
		}
		return run, there
	}
	// Killed before it had an environment.
	half := filepath.Join(root, "mine", "."+FileEnvironment+".00000000000a1b2c.tmp")
	if err := os.MkdirAll(filepath.Join(root, "mine", partsFolder), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(half, []byte("{"), 0o666); err != nil {
		t.Fatal(err)
	}
	run, there := begin()
	if _, err := os.Stat(half); there || err == nil {
		t.Errorf("there %v; half a file is left: %v", there, err == nil)
	}
	if _, _, err := Begin(root, "mine", result.Identity{}, result.Environment{}); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("another process, %d on ", os.Getpid())) {
		t.Errorf("a second process at the run: %v", err)
	}
	if err := JournalOf[result.Bench](run, "bench").Save("one", benchRows(run, "relu", 1)); err != nil {
		t.Fatal(err)
	}
	if err := run.Unlock(); err != nil {
		t.Fatal(err)
	}
	run, there = begin()
	if !there || !JournalOf[result.Bench](run, "bench").Done("one") {
		t.Errorf("there %v; its unit is lost", there)
	}
	// Killed after it was complete, before its parts were removed.
	env := run.env
	run.env.Complete = true
	if err := run.writeEnvironment(); err != nil {
		t.Fatal(err)
	}
	run.env = env
	if err := run.Unlock(); err != nil {
		t.Fatal(err)
	}
	run, there = begin()
	if _, err := os.Stat(run.Path(partsFolder)); !there || !run.Environment().Complete || err == nil {
		t.Errorf("there %v, complete %v; its parts are left: %v", there, run.Environment().Complete, err == nil)
	}

	for name, want := range map[string]string{"": "--id", "a/b": "--id", ".a": "no . in front", "a b": "--id", strings.Repeat("a", 300): "up to", baselinesFolder: "baselines"} {
		if _, _, err := Begin(root, name, result.Identity{}, result.Environment{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("--id %q: %v", name, err)
		}
	}
}
