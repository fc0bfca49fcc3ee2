package cli

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"actinit/harness/result"
	"actinit/reports/rowfile"
	"actinit/reports/runstore"
)

// cookbookRuns is the folder of the runs that the cookbook's answers come from.
var cookbookRuns = filepath.Join("..", "..", "reports", "testdata", "runs")

// The stored runs hold all that their tables say they should, and what check asks for mends one.
func TestCookbookRunsAreWhole(t *testing.T) {
	if stdout := mustRun(t, "runs", "check", "--out", cookbookRuns); !strings.HasSuffix(stdout, " runs, 0 with something wrong\n") || strings.HasPrefix(stdout, "0 runs") {
		t.Errorf("check says %q", stdout)
	}
	runs := t.TempDir()
	if err := os.CopyFS(runs, os.DirFS(cookbookRuns)); err != nil {
		t.Fatal(err)
	}
	entries, err := runstore.List(runs)
	if err != nil {
		t.Fatal(err)
	}
	mended := 0
	for _, e := range entries {
		text := filepath.Join(e.Dir, runstore.FileBenchText)
		if err := os.Remove(text); errors.Is(err, fs.ErrNotExist) {
			continue // no timings
		} else if err != nil {
			t.Fatal(err)
		}
		status, stdout, _ := invoke(t.Context(), "runs", "check", e.ID, "--out", runs)
		_, command, found := strings.Cut(stdout, "missing; actinit ")
		command, _, ends := strings.Cut(command, " writes it")
		if status != ExitFailed || !found || !ends {
			t.Fatalf("without %s: status %d, %q", text, status, stdout)
		}
		mustRun(t, strings.Fields(command)...)
		mustRun(t, "runs", "check", e.ID, "--out", runs)
		mended++
	}
	if mended < 4 {
		t.Errorf("%d stored runs with timings, want 4", mended)
	}
}

// beginRun begins a run, made by the command, that this process writes until the test ends.
func beginRun(t *testing.T, root, name string, day int, command ...string) *runstore.Run {
	t.Helper()
	id := result.Identity{Host: "box", Started: time.Date(2026, 1, day, 0, 0, 0, 0, time.UTC)}
	run, _, err := runstore.Begin(root, name, id, result.Environment{Command: command})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { run.Unlock() })
	return run
}

// A run that a process is writing is shown as running and is not pruned, however old it is.
func TestRunningRunsStay(t *testing.T) {
	root := t.TempDir()
	run := beginRun(t, root, "mine", 2, "verify")
	if stdout := mustRun(t, "runs", "list", "--out", root); !strings.Contains(stdout, "running") {
		t.Errorf("list:\n%s", stdout)
	}
	if stdout := mustRun(t, "runs", "prune", "--incomplete", "--yes", "--out", root); stdout != "kept mine: a process is writing it\nremoved 0 of 1 run\n" {
		t.Errorf("prune: %q", stdout)
	}
	if err := run.Unlock(); err != nil {
		t.Fatal(err)
	}
	if stdout := mustRun(t, "runs", "list", "--out", root); !strings.Contains(stdout, "unfinished") {
		t.Errorf("list of a run that was stopped:\n%s", stdout)
	}
	if stdout := mustRun(t, "runs", "prune", "--incomplete", "--yes", "--out", root); !strings.HasSuffix(stdout, "removed 1 of 1 run\n") {
		t.Errorf("prune of a run that was stopped: %q", stdout)
	}
}

// All is well with no run at all is what a misspelt folder would be told.
func TestNoRuns(t *testing.T) {
	dir := t.TempDir()
	typo := filepath.Join(dir, "typo")
	for _, args := range [][]string{{"runs", "check"}, {"runs", "list"}, {"runs", "prune", "--keep", "1"}, {"runs", "merge", filepath.Join(dir, "set")}, {"history"}, {"baseline", "list"}} {
		status, stdout, stderr := invoke(t.Context(), append(args, "--out", typo)...)
		if status != ExitUsage || stdout != "" || stderr != "actinit: "+typo+": there is no such folder: name the one that holds the runs with --out, or make a run with actinit bench\n" {
			t.Errorf("%v: status %d, %q, %q", args, status, stdout, stderr)
		}
	}
	if status, _, stderr := invoke(t.Context(), "runs", "check", "--out", dir); status != ExitUsage || stderr != "actinit: "+dir+": no run to check; make one with actinit bench\n" {
		t.Errorf("check of no run: status %d, %q", status, stderr)
	}
	if stdout := mustRun(t, "runs", "list", "--out", dir); stdout != "no runs in "+dir+"\n" {
		t.Errorf("list of no run: %q", stdout)
	}
	t.Chdir(dir)
	if stdout := mustRun(t, "runs", "list"); stdout != "no runs in "+DefaultRuns+"\n" {
		t.Errorf("list before the first run: %q", stdout)
	}
	if stdout := mustRun(t, "baseline", "list"); strings.Contains(stdout, "error") {
		t.Errorf("baselines before the first run: %q", stdout)
	}
}

// A removal that was interrupted is ended by the next one, and one that fails keeps nothing else from being removed.
func TestPruneGoesOn(t *testing.T) {
	root := t.TempDir()
	storeRun(t, root, 2, 1, .6, 0)
	running := beginRun(t, root, "running", 1, "verify")
	first, last := storeRun(t, root, 3, 1, .6, 0), storeRun(t, root, 4, 1, .6, 0)
	if err := os.CopyFS(filepath.Join(root, ".removed-"+first), os.DirFS(filepath.Join(root, first))); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join(root, ".removed-old"), os.DirFS(filepath.Join(root, first))); err != nil {
		t.Fatal(err)
	}
	prune := []string{"runs", "prune", "--older-than", "1", "--out", root}
	if stdout := mustRun(t, prune...); strings.Count(stdout, "would remove what is left of a removal that was interrupted, "+root) != 2 || !strings.HasSuffix(stdout, "would remove 3 of 4 runs; --yes does it\n") {
		t.Errorf("%s", stdout)
	}
	if stdout := mustRun(t, append(prune, "--yes")...); !strings.Contains(stdout, "removed "+last) || !strings.HasSuffix(stdout, "removed 3 of 4 runs\n") {
		t.Errorf("%s", stdout)
	}
	entries, err := os.ReadDir(root)
	if err != nil || len(entries) != 1 || entries[0].Name() != running.ID() {
		t.Errorf("left: %v, %v", entries, err)
	}

	var out strings.Builder
	p := pruning{w: &out, yes: true}
	if err := p.failure(); err != nil {
		t.Error(err)
	}
	p.remove("a", root, func() error { return fs.ErrPermission })
	if err := p.failure(); err != fs.ErrPermission {
		t.Error(err)
	}
	if !p.remove("b", root, func() error { return nil }) || p.remove("c", root, func() error { return fs.ErrExist }) || !strings.HasPrefix(out.String(), "removed b (") {
		t.Errorf("%q, %v", out.String(), p.errs)
	}
	if err := p.failure(); !errors.Is(err, fs.ErrPermission) || !strings.HasPrefix(err.Error(), "2 folders could not be removed; the first: ") {
		t.Error(err)
	}
}

// What is wrong with the folder of the runs, or with a number, is said, and not something else.
func TestRunsMessages(t *testing.T) {
	root := t.TempDir()
	file := filepath.Join(root, "file")
	if err := os.WriteFile(file, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"runs", "list", "--out", file}, file + ": it is a file: name the folder"},
		{[]string{"runs", "show", "--out", file}, file + ": it is a file: name the folder"},
		{[]string{"compare", "--out", file}, file + ": it is a file: name the folder"},
		{[]string{"runs", "prune", "--keep", "0", "--out", root}, "--keep 0: want at least 1"},
		{[]string{"runs", "prune", "--keep", "-1", "--out", root}, "--keep -1: want at least 1"},
		{[]string{"runs", "views", root}, root + ": no run: make one with actinit bench"},
		{[]string{"history", "--out", root}, root + ": no complete run with bench.parquet; make one with actinit bench"},
	} {
		if status, stdout, stderr := invoke(t.Context(), c.args...); status != ExitUsage || stdout != "" || !strings.HasPrefix(stderr, "actinit: "+c.want) {
			t.Errorf("%v: status %d, %q, %q", c.args, status, stdout, stderr)
		}
	}
}

// asShard makes the complete run id, which storeRun made, one that the command made.
func asShard(t *testing.T, root, id string, joined []result.Shard, command ...string) {
	t.Helper()
	path := filepath.Join(root, id, runstore.FileEnvironment)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var env result.Environment
	if err := json.Unmarshal(text, &env); err != nil {
		t.Fatal(err)
	}
	env.Command, env.Joined, env.Files = command, joined, nil // without a list, so that tests may change the tables
	if text, err = json.Marshal(env); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o666); err != nil {
		t.Fatal(err)
	}
}

// No command takes a shard for the newest run, and each says that there was one.
func TestShardsAreNotTheNewestRun(t *testing.T) {
	root := t.TempDir()
	first, second := storeRun(t, root, 1, 1, .6, 0), storeRun(t, root, 3, 1, .6, 0)
	between, newer := storeRun(t, root, 2, 1, .6, 0), storeRun(t, root, 4, 2, .6, 0)
	asShard(t, root, between, nil, "bench", "--shard=1/2")
	asShard(t, root, newer, nil, "bench", "--shard=2/2")
	for _, args := range [][]string{
		{"runs", "show"}, {"report"}, {"report", "--markdown"}, {"export"}, {"compare"}, {"compare", first}, {"baseline", "save", "main"},
	} {
		status, stdout, stderr := invoke(t.Context(), append(args, "--out", root)...)
		want, taken := ExitOK, newer
		if args[0] == "compare" { // a verdict about an older run is no pass, which names the newer one
			want, taken = ExitUsage, "new: "+filepath.Join(root, newer)
		}
		if status != want || !strings.HasPrefix(stderr, "actinit: took the run "+second+" and not "+newer+", which is newer but a shard") {
			t.Errorf("%v: status %d, %q", args, status, stderr)
		}
		if strings.Contains(stdout, taken) || args[len(args)-1] != "--markdown" && !strings.Contains(stdout, second) {
			t.Errorf("%v takes another run:\n%s", args, stdout)
		}
		if both := len(args) == 1 && args[0] == "compare"; both != strings.Contains(stderr, "took the run "+first+" and not "+between) {
			t.Errorf("%v says of the run before: %q", args, stderr)
		}
	}
	if stdout := mustRun(t, "runs", "show", newer, "--out", root); !strings.Contains(stdout, newer) {
		t.Errorf("a shard that is named:\n%s", stdout)
	}
	if stdout := mustRun(t, "runs", "list", "--out", root); strings.Count(stdout, " 1/2 ") != 1 || strings.Count(stdout, " 2/2 ") != 1 {
		t.Errorf("list:\n%s", stdout)
	}

	// Of the run that was joined of them they are no news.
	asShard(t, root, second, []result.Shard{{RunID: between}, {RunID: newer}}, "bench")
	mustRun(t, "runs", "show", "--out", root)

	// Where there are only shards, there is no newest run.
	for _, id := range []string{first, second} {
		asShard(t, root, id, nil, "bench", "--shard=1/4")
	}
	if status, _, stderr := invoke(t.Context(), "report", "--out", root); status != ExitUsage || !strings.Contains(stderr, "no run but shards, such as "+newer) {
		t.Errorf("only shards: status %d, %q", status, stderr)
	}
}

// Whatever is merged in whichever order, no row of the data set is there twice.
func TestMergeHasNoRowTwice(t *testing.T) {
	root, set := t.TempDir(), filepath.Join(t.TempDir(), "set")
	grid := []string{"layers", "--grid", "act=tanh init=kaiming depth=2 width=16 batch=8 seed=1:2", "--quiet", "--out", root}
	for _, i := range []string{"1", "2"} {
		mustRun(t, append(grid, "--id", "s"+i, "--shard", i+"/2")...)
	}
	merge := []string{"runs", "merge", set, "--out", root}
	status, _, stderr := invoke(t.Context(), merge...)
	if want := "actinit: " + root + ": no complete run to merge; not merged: 2 shards not joined yet (actinit runs join): s1, s2\n"; status != ExitUsage || stderr != want {
		t.Errorf("of shards alone: status %d, %q", status, stderr)
	}
	mustRun(t, "runs", "join", "s1", "s2", "--id", "all", "--out", root)
	for range 2 {
		status, _, stderr = invoke(t.Context(), merge...)
		if status != ExitOK || stderr != "actinit: not merged: 2 runs whose rows come with others, as those of joined shards: s1, s2\n" {
			t.Errorf("status %d, %q", status, stderr)
		}
	}
	if status, _, stderr = invoke(t.Context(), append(merge, "s1")...); status != ExitUsage || !strings.Contains(stderr, "it is shard 1/2") {
		t.Errorf("a shard: status %d, %q", status, stderr)
	}
	files, err := filepath.Glob(filepath.Join(set, "layers", "*", "*", "*.parquet"))
	if err != nil || len(files) != 1 || filepath.Base(files[0]) != "all.parquet" {
		t.Errorf("the data set has %q, %v", files, err)
	}
	if status, _, stderr = invoke(t.Context(), "runs", "merge", "", "--out", root); status != ExitUsage || stderr != "actinit: the data set's folder has no name\n" {
		t.Errorf("into no folder: status %d, %q", status, stderr)
	}
}

// A merge goes on behind a run under whose name the data set has other rows.
func TestMergeGoesOn(t *testing.T) {
	root, set := t.TempDir(), filepath.Join(t.TempDir(), "set")
	storeRun(t, root, 1, 1, .6, 0)
	second := storeRun(t, root, 2, 1, .6, 0)
	storeRun(t, root, 3, 1, .6, 0)
	other := filepath.Join(set, "bench", "host=box", "day=2026-01-02", second+".parquet")
	if err := errors.Join(os.MkdirAll(filepath.Dir(other), 0o777), os.WriteFile(other, []byte("PAR1"), 0o666)); err != nil {
		t.Fatal(err)
	}
	status, stdout, stderr := invoke(t.Context(), "runs", "merge", set, "--out", root)
	if status != ExitUsage || stdout != "2 runs: 8 files added to "+set+", 0 were there\n" ||
		!strings.HasPrefix(stderr, "actinit: left out: "+other+": is there with other content: ") || !strings.HasSuffix(stderr, "\nactinit: 1 of 3 runs cannot be merged\n") {
		t.Errorf("status %d, %q, %q", status, stdout, stderr)
	}
}

// History has the timings of a joined run once, and under the machine that each was measured on.
func TestHistoryOfJoinedRuns(t *testing.T) {
	root := t.TempDir()
	ids := []string{storeRun(t, root, 1, 1, .6, 0), storeRun(t, root, 2, 1, .6, 0), storeRun(t, root, 3, 1, .6, 0)}
	asShard(t, root, ids[0], nil, "bench", "--shard=1/2")
	shard := load(t, filepath.Join(root, ids[0])).Environment
	asShard(t, root, ids[1], []result.Shard{{RunID: ids[0], Host: shard.Host, Started: shard.Started}}, "bench")
	rows := load(t, filepath.Join(root, ids[1])).Bench
	for i := range rows {
		if rows[i].Op == "tanh" {
			rows[i].Host = "other"
		}
	}
	file, err := os.Create(filepath.Join(root, ids[1], runstore.FileBench))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(rowfile.WriteParquet(file, rows), file.Close()); err != nil {
		t.Fatal(err)
	}
	var h struct {
		Runs, Single int
		Series       []struct {
			Host, Name string
			Points     []struct{ Run string }
		}
	}
	if err := json.Unmarshal([]byte(mustRun(t, "history", "--json", "--out", root)), &h); err != nil {
		t.Fatal(err)
	}
	named := mustRun(t, append([]string{"history", "--json", "--out", root}, append(ids, ids...)...)...)
	if all := mustRun(t, "history", "--json", "--out", root); named != all {
		t.Errorf("of runs that are named, twice:\n%s\nof all:\n%s", named, all)
	}
	if h.Runs != 2 || h.Single != 2 || len(h.Series) != 1 || h.Series[0].Host != "box" || !strings.Contains(h.Series[0].Name, "sigmoid") || len(h.Series[0].Points) != 2 {
		t.Errorf("history %+v, want sigmoid on box in 2 runs, and tanh once on either machine", h)
	}
}

// Lists for programs have numbers as numbers, and commands that can be given again.
func TestRunsForPrograms(t *testing.T) {
	root := t.TempDir()
	filter := "op:(relu OR elu) dir:forward type:float32"
	mustRun(t, "verify", "--filter", filter, "--effort", ".01", "--quiet", "--out", root, "--id", "mine")
	storeRun(t, root, 1, 1, .6, 0)
	var list []struct {
		Run, Folder, State string
		Started            time.Time
		Seconds            *float64
		Bytes              int64
		Command            []string
	}
	if err := json.Unmarshal([]byte(mustRun(t, "runs", "list", "--json", "--out", root)), &list); err != nil {
		t.Fatal(err)
	}
	if len(list) != 2 || list[1].Run != "mine" || list[1].Folder != filepath.Join(root, "mine") || list[1].State != "complete" || list[1].Seconds == nil || *list[1].Seconds <= 0 || list[1].Bytes < 1000 ||
		time.Since(list[1].Started) > time.Hour || len(list[1].Command) != 3 || list[1].Command[2] != "--filter="+filter {
		t.Errorf("list %+v", list)
	}
	if stdout := mustRun(t, "runs", "list", "--out", root); !strings.Contains(stdout, "actinit verify --effort=0.01 --filter='"+filter+"'\n") {
		t.Errorf("list:\n%s", stdout)
	}
	if err := os.WriteFile(filepath.Join(root, "mine", runstore.FileAccuracy), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	var checks []struct {
		Run      string
		Complete bool
		Listed   bool
		Problems []string
	}
	status, stdout, _ := invoke(t.Context(), "runs", "check", "--json", "--out", root)
	if err := json.Unmarshal([]byte(stdout), &checks); err != nil || status != ExitFailed {
		t.Fatalf("%v, status %d", err, status)
	}
	if len(checks) != 2 || len(checks[0].Problems) != 0 || checks[1].Run != "mine" || !checks[1].Complete || len(checks[1].Problems) == 0 || !checks[1].Listed {
		t.Errorf("check %+v", checks)
	}
}

// Prune takes shards with the run that was joined of them, keeps those that are not joined, and says why what stays does.
func TestPruneOfShards(t *testing.T) {
	root := t.TempDir()
	grid := []string{"layers", "--grid", "act=tanh init=kaiming depth=2 width=16 batch=8", "--quiet", "--out", root}
	for _, night := range []string{"1", "2", "3"} {
		for _, i := range []string{"1", "2"} { // the second is empty
			mustRun(t, append(grid, "--id", "night"+night+"-"+i, "--shard", i+"/2", "--seed", night)...)
		}
		if night < "3" {
			mustRun(t, "runs", "join", "night"+night+"-1", "night"+night+"-2", "--id", "night"+night, "--out", root)
		}
	}
	if stdout := mustRun(t, "runs", "show", "night1-2", "--out", root); !strings.HasSuffix(stdout, "\n\nthe run is empty\n") {
		t.Errorf("an empty shard: %s", stdout)
	}
	if stdout := mustRun(t, "runs", "prune", "--keep", "2", "--out", root); stdout != "would remove 0 of 8 runs\n" {
		t.Errorf("two are to be kept: %s", stdout)
	}
	mustRun(t, append(grid, "--id", "whole")...)
	stdout := mustRun(t, "runs", "prune", "--keep", "1", "--yes", "--out", root)
	if !strings.HasPrefix(stdout, "kept night3-1, night3-2: a shard that is not joined yet (actinit runs join)\n") || !strings.HasSuffix(stdout, "removed 6 of 9 runs\n") {
		t.Errorf("one is to be kept: %s", stdout)
	}
	mustRun(t, "runs", "join", "night3-1", "night3-2", "--out", root)
	if stdout = mustRun(t, "runs", "prune", "--incomplete", "--out", root); stdout != "would remove 0 of 4 runs\n" {
		t.Errorf("incomplete: %s", stdout)
	}
	var lines strings.Builder
	run := func(id string) runstore.Kept { return runstore.Kept{Entry: runstore.Entry{ID: id}, Why: "old"} }
	if tellKept(&lines, []runstore.Kept{run("a"), run("b"), run("c"), run("d"), run("e")}); lines.String() != "kept a, b, c and 2 more: old\n" {
		t.Errorf("%q", lines.String())
	}
}

// Runs that are damaged are named, each in a line, and keep no other from being merged or listed.
func TestDamagedRunsStopNoMerge(t *testing.T) {
	root, set := t.TempDir(), filepath.Join(t.TempDir(), "set")
	table, environment, good := storeRun(t, root, 1, 1, .6, 0), storeRun(t, root, 2, 1, .6, 0), storeRun(t, root, 3, 1, .6, 0)
	for _, file := range []string{filepath.Join(root, table, runstore.FileBench), filepath.Join(root, environment, runstore.FileEnvironment)} {
		if err := os.WriteFile(file, []byte("PAR1"), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	status, stdout, stderr := invoke(t.Context(), "runs", "merge", set, "--out", root)
	lines := strings.Split(strings.TrimSuffix(stderr, "\n"), "\n")
	if status != ExitUsage || !strings.HasPrefix(stdout, "1 run: ") || len(lines) != 3 || lines[2] != "actinit: 2 of 3 runs cannot be merged" ||
		!strings.Contains(lines[0], environment) || !strings.Contains(lines[1], table) {
		t.Errorf("status %d, %q, %q", status, stdout, lines)
	}
	files, err := filepath.Glob(filepath.Join(set, "*", "*", "*", "*"))
	if err != nil || len(files) != 4 || !strings.HasPrefix(filepath.Base(files[0]), good) {
		t.Errorf("merged: %v, %v", files, err)
	}
	if status, stdout, _ = invoke(t.Context(), "runs", "merge", set, table, "--out", root); status != ExitUsage || stdout != "" {
		t.Errorf("the damaged one alone: status %d, %q", status, stdout)
	}
	list := mustRun(t, "runs", "list", "--out", root)
	for _, line := range strings.Split(list, "\n") {
		if len(line) > 120 || strings.HasPrefix(line, environment) && (!strings.Contains(line, "damaged") || strings.Contains(line, "0001")) {
			t.Errorf("list says %q", line)
		}
	}
	if !strings.HasSuffix(list, "\nactinit runs check says what is damaged\n") || !strings.Contains(mustRun(t, "runs", "list", "--json", "--out", root), `"problem": "`) {
		t.Errorf("list says\n%s", list)
	}
}

// --older-than takes days, and says so of anything else.
func TestPruneDays(t *testing.T) {
	root := t.TempDir()
	storeRun(t, root, 1, 1, .6, 0)
	for _, age := range []string{"1h", "-1", "1.5", "d", ""} {
		status, stdout, stderr := invoke(t.Context(), "runs", "prune", "--out", root, "--older-than", age)
		if want := `"--older-than" flag: want whole days, such as 90`; status != ExitUsage || stdout != "" || !strings.Contains(stderr, want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%q: status %d, %q", age, status, stderr)
		}
	}
	for _, age := range []string{"90000", "90000d", "200000", "9223372036854775807"} {
		if stdout := mustRun(t, "runs", "prune", "--out", root, "--older-than", age); stdout != "would remove 0 of 1 run\n" {
			t.Errorf("%s: %q", age, stdout)
		}
	}
}

// One thing is one thing.
func TestMergeLeavesOutOne(t *testing.T) {
	root := t.TempDir()
	storeRun(t, root, 1, 1, .6, 0)
	half, shard := store(t, root, 2, 1, .6, 0, false), storeRun(t, root, 3, 1, .6, 0)
	asShard(t, root, shard, nil, "bench", "--shard=1/2")
	status, _, stderr := invoke(t.Context(), "runs", "merge", filepath.Join(t.TempDir(), "set"), "--out", root)
	if want := "actinit: not merged: 1 run not complete (actinit runs check): " + half + "\nactinit: not merged: 1 shard not joined yet (actinit runs join): " + shard + "\n"; status != ExitOK || stderr != want {
		t.Errorf("status %d, %q, want %q", status, stderr, want)
	}
}
