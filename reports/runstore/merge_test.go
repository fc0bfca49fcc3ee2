package runstore

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"actinit/harness/result"
	"actinit/reports/rowfile"
)

// finishedRun makes a complete run of a few timings.
func finishedRun(t *testing.T, root, host string, started time.Time) Entry {
	t.Helper()
	run, err := Create(root, result.Identity{Host: host, Started: started}, result.Environment{Commit: "1a2b3c4d"})
	if err != nil {
		t.Fatal(err)
	}
	if err := JournalOf[result.Bench](run, "bench").Save("round", benchRows(run, "relu", 3)); err != nil {
		t.Fatal(err)
	}
	if err := complete(run, merging); err != nil {
		t.Fatal(err)
	}
	return Entry{ID: run.ID(), Dir: run.Dir(), Environment: run.Environment()}
}

// tree lists the files below a folder.
func tree(t *testing.T, root string) (files []string) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files = append(files, strings.TrimPrefix(path, root+"/"))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestMerge(t *testing.T) {
	root, dst := t.TempDir(), filepath.Join(t.TempDir(), "all")
	day := time.Date(2026, 1, 2, 23, 0, 0, 0, time.UTC)
	runs := []Entry{finishedRun(t, root, "bee hive", day), finishedRun(t, root, "ant", day.Add(2*time.Hour))}
	added, there, err := Merge(dst, runs)
	if err != nil || added != 6 || there != 0 {
		t.Fatalf("%d added, %d there, %v", added, there, err)
	}
	want := []string{
		"bench/host=ant/day=2026-01-03/" + runs[1].ID + ".parquet", "bench/host=bee%20hive/day=2026-01-02/" + runs[0].ID + ".parquet",
		"environment/host=ant/day=2026-01-03/" + runs[1].ID + ".json", "environment/host=bee%20hive/day=2026-01-02/" + runs[0].ID + ".json",
		"files/host=ant/day=2026-01-03/" + runs[1].ID + ".json", "files/host=bee%20hive/day=2026-01-02/" + runs[0].ID + ".json",
	}
	if got := tree(t, dst); !slices.Equal(got, want) {
		t.Errorf("files %q, want %q", got, want)
	}
	rows, err := rowfile.ReadParquet[result.Bench](filepath.Join(dst, want[0]))
	if err != nil || len(rows) != 3 || rows[0].Host != "ant" || rows[0].Day != "2026-01-03" || rows[0].RunID != runs[1].ID {
		t.Errorf("%+v, %v", rows, err)
	}
	if added, there, err = Merge(dst, runs); err != nil || added != 0 || there != 6 {
		t.Errorf("again: %d added, %d there, %v", added, there, err)
	}
	// Whoever finds other rows under the name of a run does not replace them.
	path := filepath.Join(dst, want[0])
	if err := os.WriteFile(path, []byte("something else"), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Merge(dst, runs); err == nil || !strings.Contains(err.Error(), path+": is there with other content") {
		t.Errorf("error %v", err)
	}
	if text, _ := os.ReadFile(path); string(text) != "something else" {
		t.Error("the file was replaced")
	}
}

// TestMergeAtOnce: programs that merge the same runs into one folder at once do not disturb each other.
func TestMergeAtOnce(t *testing.T) {
	root, dst := t.TempDir(), filepath.Join(t.TempDir(), "all")
	var runs []Entry
	for i := range 5 {
		runs = append(runs, finishedRun(t, root, "bee", time.Date(2026, 1, 2+i, 3, 4, 5, 0, time.UTC)))
	}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			if _, _, err := Merge(dst, runs); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if files := tree(t, dst); len(files) != 15 {
		t.Errorf("files %q", files)
	}
}

// Of programs that add other rows under one name at once, one is the first; the others say so and replace nothing.
func TestAddOthersAtOnce(t *testing.T) {
	for range 50 {
		dst := t.TempDir()
		wrote := make([]string, 4)
		var all sync.WaitGroup
		for i := range wrote {
			all.Go(func() {
				m := mergedRun{dst: dst, env: result.Environment{RunID: "mine", Host: "box", Started: started}}
				content := strings.Repeat(string(rune('a'+i)), 1000)
				err := m.add("bench", "box", ".parquet", []byte(content), func(string) bool { return false })
				switch {
				case err == nil && m.added == 1:
					wrote[i] = content
				case err == nil || !strings.Contains(err.Error(), "is there with other content"):
					t.Errorf("%d added, %d there, %v", m.added, m.there, err)
				}
			})
		}
		all.Wait()
		wrote = slices.DeleteFunc(wrote, func(w string) bool { return w == "" })
		files := tree(t, dst)
		if len(files) != 1 || len(wrote) != 1 {
			t.Fatalf("files %q, %d were written", files, len(wrote))
		}
		if text, err := os.ReadFile(filepath.Join(dst, files[0])); err != nil || string(text) != wrote[0] {
			t.Errorf("the file has another's rows: %.10s, want %.10s, %v", text, wrote[0], err)
		}
	}
}

func TestMergeRefuses(t *testing.T) {
	root := t.TempDir()
	run := create(t, root)
	entry := Entry{ID: run.ID(), Dir: run.Dir(), Environment: run.Environment()}
	if err := JournalOf[result.Bench](run, "bench").Save("round", benchRows(run, "relu", 1)); err != nil {
		t.Fatal(err)
	}
	if err := run.Finish(merging); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Merge(t.TempDir(), []Entry{entry}); err == nil || !strings.Contains(err.Error(), "not complete: go on with actinit COMMAND --resume "+run.ID()) {
		t.Errorf("a run that is not complete: %v", err)
	}
}

// The run in testdata/newer has a column that this program does not know. It is shown, but not written anew without it.
func TestColumnsOfANewerProgram(t *testing.T) {
	data, err := Load("testdata/newer")
	if err != nil || len(data.Limits) != 1 {
		t.Fatalf("%+v, %v", data, err)
	}
	const lost = `limits.parquet: its column "watts", of a newer program, would be lost: take that program`
	if _, err := Join([]string{"testdata/newer"}, Options{}); err == nil || !strings.HasSuffix(err.Error(), lost) {
		t.Errorf("joined: %v", err)
	}
	dst := t.TempDir()
	if _, _, err := Merge(dst, []Entry{{ID: "newer", Dir: "testdata/newer", Environment: data.Environment}}); err == nil || !strings.HasSuffix(err.Error(), lost) || strings.Contains(err.Error(), "\n") {
		t.Errorf("merged: %v", err)
	}
	if files := tree(t, dst); len(files) > 0 {
		t.Errorf("merged %q", files)
	}
}

// A data set has a folder of its own, and what is wrong with it is one line about that folder.
func TestMergeRefusesFolders(t *testing.T) {
	root := t.TempDir()
	entry := finishedRun(t, root, "bee", time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	before := tree(t, root)
	for dst, want := range map[string]string{
		"":                                 "has no name",
		root:                               "holds runs, such as " + entry.ID,
		root + "/.":                        "holds runs",
		entry.Dir:                          "it is in the run " + entry.Dir,
		filepath.Join(entry.Dir, "layers"): "it is in the run " + entry.Dir,
		file:                               file + ": it is a file: name a folder for the data set",
		filepath.Join(file, "below", "it"): "not a directory; name a folder for the data set",
	} {
		_, _, err := Merge(dst, []Entry{entry})
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") || strings.Contains(err.Error(), "--out") {
			t.Errorf("into %q: %v, want %s", dst, err, want)
		}
	}
	if after := append(tree(t, root), tree(t, ".")...); !slices.Equal(before, after) {
		t.Errorf("written: %q, it was %q", after, before)
	}
	set := filepath.Join(root, "data")
	if _, _, err := Merge(set, []Entry{entry}); err != nil {
		t.Errorf("beside the runs: %v", err)
	}
	for _, dst := range []string{"bench", "bench/host=bee", "other", "other/below"} {
		if _, _, err := Merge(filepath.Join(set, dst), []Entry{entry}); err == nil || !strings.Contains(err.Error(), "it is in the data set "+set+": name that one") {
			t.Errorf("into %s of a data set: %v", dst, err)
		}
	}
	if files := tree(t, set); len(files) != 3 {
		t.Errorf("the data set has %q", files)
	}
}

// No row of a data set is there twice, whether shards are merged before or after they are joined.
func TestMergeOfShards(t *testing.T) {
	root := t.TempDir()
	dirs := []string{shard(t, root, "ant-1", "1/2", nil), shard(t, root, "bee-2", "2/2", nil)}
	var joined []Entry
	for _, name := range []string{"all", "again"} {
		data, err := Join(dirs, merging)
		if err != nil {
			t.Fatal(err)
		}
		run, _, err := Begin(root, name, result.Identity{Host: data.Environment.Host, Started: data.Environment.Started}, data.Environment)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(run.Fill(data, merging), run.Complete()); err != nil {
			t.Fatal(err)
		}
		joined = append(joined, entryOf(t, run.Dir()))
	}
	shards := []Entry{entryOf(t, dirs[0]), entryOf(t, dirs[1])}

	elsewhere := shards[0] // another machine's, of the same name
	elsewhere.Environment.Host = "elsewhere"

	ids := func(runs []Entry) (ids []string) {
		for _, run := range WithoutDoubles(runs) {
			ids = append(ids, run.ID)
		}
		return ids
	}
	for _, c := range []struct{ runs, want []Entry }{
		{shards, shards},
		{slices.Concat(shards, joined), joined[:1]},
		{slices.Concat(joined, shards), joined[:1]},
		{slices.Concat(shards[:1], shards), shards},
		{[]Entry{joined[0], elsewhere}, []Entry{joined[0], elsewhere}},
		{[]Entry{{ID: "broken", Err: fs.ErrInvalid}, joined[1], shards[0]}, []Entry{{ID: "broken", Err: fs.ErrInvalid}, joined[1]}},
	} {
		if got := ids(c.runs); !slices.Equal(got, ids(c.want)) {
			t.Errorf("without doubles %q, want %q", got, ids(c.want))
		}
	}

	set := filepath.Join(t.TempDir(), "set")
	if _, _, err := Merge(set, shards); err == nil || !strings.Contains(err.Error(), "ant-1: it is shard 1/2: its rows are merged with the run that actinit runs join makes") {
		t.Errorf("a shard: %v", err)
	}
	for range 2 {
		if _, _, err := Merge(set, joined[:1]); err != nil {
			t.Error(err)
		}
	}
	if _, _, err := Merge(set, joined[1:]); err == nil || !strings.Contains(err.Error(), "joined of the same shards as all") {
		t.Errorf("joined again: %v", err)
	}
	if files := tree(t, set); len(files) != 4 {
		t.Errorf("the data set has %q", files)
	}

	// A data set of an older version has the shards.
	set = filepath.Join(t.TempDir(), "set")
	old := shards[1]
	old.Environment.Command = []string{"bench"}
	if err := (&Run{dir: old.Dir, env: old.Environment}).writeEnvironment(); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Merge(set, []Entry{old}); err != nil {
		t.Fatal(err)
	}
	before := tree(t, set)
	if _, _, err := Merge(set, joined[:1]); err == nil || !strings.Contains(err.Error(), "its shard bee-2 is in the data set: remove that run's files there, all called bee-2,") {
		t.Errorf("shards of an older version: %v", err)
	}
	if after := tree(t, set); !slices.Equal(before, after) {
		t.Errorf("the data set has %q", after)
	}
}

// A folder with another name than its run is not merged: nobody would look for it under the old one.
func TestMergeOfRenamedRun(t *testing.T) {
	root := t.TempDir()
	entry := finishedRun(t, root, "bee", time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	if err := os.Rename(entry.Dir, filepath.Join(root, "mine")); err != nil {
		t.Fatal(err)
	}
	renamed := entryOf(t, filepath.Join(root, "mine"))
	if _, _, err := Merge(filepath.Join(t.TempDir(), "set"), []Entry{renamed}); err == nil || !strings.Contains(err.Error(), "mine: its environment.json names the run "+entry.ID) {
		t.Errorf("%v", err)
	}
}

// A name in the file of a copied run is never a way out of the folder that it is added to.
func TestNamesOfAnotherFolder(t *testing.T) {
	for _, id := range []string{"../../../../../pwned", "/pwned", "..", "a/b", `a\b`, ".hidden", "a\x00b", ""} {
		root := t.TempDir()
		entry := finishedRun(t, root, "bee", time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
		run := &Run{dir: entry.Dir, env: entry.Environment}
		run.env.RunID = id
		if err := run.writeEnvironment(); err != nil {
			t.Fatal(err)
		}
		before := tree(t, root)
		if _, _, err := Merge(filepath.Join(root, "a", "set"), []Entry{entry}); err == nil || !strings.Contains(err.Error(), "not written by actinit") {
			t.Errorf("run_id %q: %v", id, err)
		}
		if after := tree(t, root); !slices.Equal(before, after) {
			t.Errorf("run_id %q: %q was written", id, after)
		}
		run.env.RunID, run.env.Joined = entry.ID, []result.Shard{{RunID: id}}
		if err := run.writeEnvironment(); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(entry.Dir); err == nil || !strings.Contains(err.Error(), "not written by actinit") {
			t.Errorf("joined of %q: %v", id, err)
		}
	}

	// A machine may call itself what it likes: its name is escaped.
	for _, host := range []string{"../../../pwned", "..", `a\b:c`, "a=b", "", strings.Repeat("long", 40), "null", "NULL", "Null", hiveNull} {
		entry := finishedRun(t, t.TempDir(), host, time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
		folder := t.TempDir()
		if _, _, err := Merge(filepath.Join(folder, "a", "b", "c", "set"), []Entry{entry}); err != nil {
			t.Errorf("host %q: %v", host, err)
		}
		for _, file := range tree(t, folder) {
			if !strings.HasPrefix(file, "a/b/c/set/bench/host=") && !strings.HasPrefix(file, "a/b/c/set/environment/host=") && !strings.HasPrefix(file, "a/b/c/set/files/host=") {
				t.Errorf("host %q: %s was written", host, file)
			}
			if lower := strings.ToLower(file); strings.Contains(lower, "=null/") || strings.Contains(lower, "="+strings.ToLower(hiveNull)+"/") {
				t.Errorf("host %q: %s is of no host for DuckDB", host, file)
			}
			if strings.Count(file, "=") != 2 { // by which readers find host and day
				t.Errorf("host %q: %s has other columns than host and day", host, file)
			}
		}
		if runs, _, err := CheckMerged(filepath.Join(folder, "a", "b", "c", "set")); err != nil || len(runs) != 1 || len(runs[0].Problems) != 0 {
			t.Errorf("host %q: the data set is damaged: %+v, %v", host, runs, err)
		}
	}
}

func TestCheck(t *testing.T) {
	root := t.TempDir()
	entry := finishedRun(t, root, "bee", time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	if problems := Check(entry); len(problems) != 0 {
		t.Fatalf("a good run: %q", problems)
	}
	bench := filepath.Join(entry.Dir, FileBench)
	good, err := os.ReadFile(bench)
	if err != nil {
		t.Fatal(err)
	}
	other := finishedRun(t, root, "bee", time.Date(2026, 1, 3, 3, 4, 5, 0, time.UTC))
	foreign, err := os.ReadFile(filepath.Join(other.Dir, FileBench))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		spoil func() error
		want  string
	}{
		{func() error { return os.WriteFile(bench, good[:len(good)/2], 0o666) }, bench + ": not a readable Parquet file"},
		{func() error { return os.WriteFile(bench, foreign, 0o666) }, "bench.parquet: row 1 is of the run " + other.ID},
		{func() error { return os.Remove(filepath.Join(entry.Dir, FileBenchText)) }, "bench.txt: missing; actinit export "},
		{func() error { return os.WriteFile(filepath.Join(entry.Dir, ".x.tmp"), nil, 0o666) }, ".x.tmp: left behind"},
		{func() error { return os.Mkdir(filepath.Join(entry.Dir, partsFolder), 0o777) }, "parts: left behind"},
	} {
		if err := c.spoil(); err != nil {
			t.Fatal(err)
		}
		problems := Check(entry)
		if !slices.ContainsFunc(problems, func(p string) bool { return strings.HasPrefix(p, c.want) }) {
			t.Errorf("%q, want one that begins with %q", problems, c.want)
		}
		if err := os.WriteFile(bench, good, 0o666); err != nil {
			t.Fatal(err)
		}
	}
}
