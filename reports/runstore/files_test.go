package runstore

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"actinit/harness/result"
)

// sweptShards makes the two shards of a sweep, which have tables, an Arrow file and partitions.
func sweptShards(t *testing.T, root string) (dirs []string) {
	t.Helper()
	for _, flag := range []string{"1/2", "2/2"} {
		run, _, err := Begin(root, "s"+flag[:1], result.Identity{Host: "box", Started: started}, result.Environment{Command: []string{"layers", "--shard=" + flag}})
		if err != nil {
			t.Fatal(err)
		}
		save(t, JournalOf[result.Layer](run, "layers"), "tanh", layerRow(run, 1), layerRow(run, 2))
		save(t, JournalOf[result.Bench](run, "bench"), "round", benchRows(run, "relu", 3)...)
		o := merging
		o.PartitionLayers = true
		if err := complete(run, o); err != nil {
			t.Fatal(err)
		}
		dirs = append(dirs, run.Dir())
	}
	return dirs
}

// entryOf returns the list's entry of the run in the folder.
func entryOf(t *testing.T, dir string) Entry {
	t.Helper()
	entries, err := List(filepath.Dir(dir))
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(entries, func(e Entry) bool { return e.ID == filepath.Base(dir) })
	if i < 0 {
		t.Fatalf("%s is not in the list", dir)
	}
	return entries[i]
}

// A file of a complete run that is missing or shorter, as an interrupted copy leaves it, is never taken for a
// run that has no more; Check finds every other byte as well.
func TestFilesOfCompleteRuns(t *testing.T) {
	listed := []string{FileBench, FileLayers, FileLayersArrow, "layers/activation=tanh/initializer=/s1.parquet"}
	var have []string
	for _, f := range entryOf(t, sweptShards(t, t.TempDir())[0]).Environment.Files {
		have = append(have, f.Name)
	}
	if !slices.Equal(have, listed) {
		t.Fatalf("lists %q, want %q", have, listed)
	}
	for _, name := range listed {
		for what, spoil := range map[string]func(path string, text []byte) error{
			": missing":  func(path string, _ []byte) error { return os.Remove(path) },
			" bytes, it": func(path string, text []byte) error { return os.WriteFile(path, text[:len(text)-1], 0o666) },
			": not a file": func(path string, _ []byte) error {
				if err := os.Remove(path); err != nil {
					return err
				}
				return os.Mkdir(path, 0o777)
			},
			": its bytes are not those": func(path string, text []byte) error {
				text[len(text)/2] ^= 1
				return os.WriteFile(path, text, 0o666)
			},
		} {
			dirs := sweptShards(t, t.TempDir())
			path := filepath.Join(dirs[0], name)
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := spoil(path, text); err != nil {
				t.Fatal(err)
			}
			entry := entryOf(t, dirs[0])
			if problems := Check(entry); !slices.ContainsFunc(problems, func(p string) bool { return strings.HasPrefix(p, name+":") && strings.Contains(p, what) }) {
				t.Errorf("%s%s: check says %q", name, what, problems)
			}
			if strings.Contains(what, "its bytes") {
				continue // who only reads the run looks at sizes
			}
			_, loading := Load(dirs[0])
			_, opening := Open(filepath.Dir(dirs[0]), "s1")
			_, joining := Join(dirs, merging)
			_, _, merging := Merge(filepath.Join(t.TempDir(), "set"), []Entry{entry})
			for _, err := range []error{loading, opening, joining, merging} {
				if err == nil || !strings.HasPrefix(err.Error(), path+": ") || !strings.Contains(err.Error(), "copy it again") || strings.Contains(err.Error(), "\n") {
					t.Errorf("%s%s: %v", name, what, err)
				}
			}
		}
	}
}

// A run is copied file by file, in any order: until the last of its files is there it is not complete for
// anyone who reads it, whichever came first.
func TestInterruptedCopy(t *testing.T) {
	from := sweptShards(t, t.TempDir())[0]
	root := t.TempDir()
	files := tree(t, from)
	for i, file := range files { // in the order of rsync: environment.json before layers.parquet
		text, err := os.ReadFile(filepath.Join(from, file))
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(root, "s1", file)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, text, 0o666); err != nil {
			t.Fatal(err)
		}
		entries, err := List(root)
		if err != nil {
			t.Fatal(err)
		}
		if last := i == len(files)-1; len(entries) == 0 && last || len(entries) > 0 && last != (len(Check(entries[0])) == 0) {
			t.Errorf("after %s: %d runs, %q", file, len(entries), Check(entries[0]))
		}
	}
	if latest, err := Latest(root, FileBench); err == nil {
		t.Errorf("a shard is the newest run %s", latest.ID)
	}
}

// A folder that lost its environment is in no list, and is told of where it has results.
func TestStrays(t *testing.T) {
	root := t.TempDir()
	whole := finishedRun(t, root, "bee", time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	lost := finishedRun(t, root, "bee", time.Date(2026, 1, 3, 3, 4, 5, 0, time.UTC))
	unit := filepath.Join(root, "stopped", partsFolder, "bench", "round.bench.parquet")
	for _, folder := range []string{filepath.Dir(unit), filepath.Join(root, "begun", partsFolder), filepath.Join(root, baselinesFolder), filepath.Join(root, removed+"x")} {
		if err := os.MkdirAll(folder, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	for _, err := range []error{os.Remove(filepath.Join(lost.Dir, FileEnvironment)), os.WriteFile(unit, nil, 0o666),
		os.WriteFile(filepath.Join(root, removed+"x", FileBench), nil, 0o666)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	strays, err := Strays(root)
	if err != nil || len(strays) != 2 || strays[0].ID != lost.ID || strays[1].ID != "stopped" {
		t.Fatalf("%v, %v, want %s and stopped", strays, err, lost.ID)
	}
	if problems := Check(strays[0]); len(problems) != 1 || !strings.HasPrefix(problems[0], "environment.json: missing") {
		t.Errorf("%q", problems)
	}
	if problems := Check(whole); len(problems) > 0 {
		t.Errorf("the other run: %q", problems)
	}
}

// What can be made again from the tables may be another, and a table that came later is told of.
func TestFilesThatAreNotListed(t *testing.T) {
	entry := finishedRun(t, t.TempDir(), "bee", time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	for _, name := range []string{FileReport, "notes.txt"} {
		if err := os.WriteFile(filepath.Join(entry.Dir, name), []byte("mine"), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if problems := Check(entry); len(problems) != 0 || !entry.Listed() {
		t.Errorf("%q, listed %v", problems, entry.Listed())
	}
	if err := os.WriteFile(filepath.Join(entry.Dir, FileLayersArrow), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if problems := Check(entry); len(problems) != 1 || problems[0] != "layers.arrow: the run was finished without it" {
		t.Errorf("%q", problems)
	}

	// A list with a file elsewhere is nobody's who may say what is read.
	run := &Run{dir: entry.Dir, env: entry.Environment}
	for _, name := range []string{"../x", "/etc/passwd", ""} {
		run.env.Files = []result.File{{Name: name}}
		if err := run.writeEnvironment(); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(entry.Dir); err == nil || !strings.Contains(err.Error(), "not written by actinit") {
			t.Errorf("a file called %q: %v", name, err)
		}
	}

	// Older versions have made runs without a list, and such runs are read.
	run.env.Files = nil
	if err := run.writeEnvironment(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(entry.Dir, FileLayersArrow)); err != nil {
		t.Fatal(err)
	}
	old := entryOf(t, entry.Dir)
	if problems := Check(old); len(problems) != 0 || old.Listed() {
		t.Errorf("%q, listed %v", problems, old.Listed())
	}
	if data, err := Load(entry.Dir); err != nil || len(data.Bench) != 3 {
		t.Errorf("%v", err)
	}

	// A complete run without tables says so, and one that is not complete says nothing.
	empty := create(t, t.TempDir())
	if text, err := os.ReadFile(empty.Path(FileEnvironment)); err != nil || strings.Contains(string(text), `"files"`) {
		t.Errorf("%v, %s", err, text)
	}
	if err := complete(empty, merging); err != nil {
		t.Fatal(err)
	}
	if e := entryOf(t, empty.Dir()); !e.Listed() || len(e.Environment.Files) != 0 {
		t.Errorf("lists %v", e.Environment.Files)
	}
}

// A run that is marked as complete keeps the tables that it was finished with: none is written, and hashed, again.
func TestCompleteWritesNoTable(t *testing.T) {
	run := create(t, t.TempDir())
	save(t, JournalOf[result.Bench](run, "bench"), "a", benchRows(run, "elu", 5)...)
	if err := run.Complete(); err == nil {
		t.Error("a run without its tables is complete")
	}
	if err := run.Finish(merging); err != nil {
		t.Fatal(err)
	}
	save(t, JournalOf[result.Bench](run, "bench"), "b", benchRows(run, "selu", 5)...)
	if err := run.Complete(); err == nil {
		t.Error("a run is complete without its last unit")
	}
	if err := run.Finish(merging); err != nil {
		t.Fatal(err)
	}
	before := map[string]os.FileInfo{}
	for _, name := range names(t, run.Dir()) {
		info, err := os.Stat(run.Path(name))
		if err != nil {
			t.Fatal(err)
		}
		before[name] = info
	}
	if err := run.Complete(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{FileBench, FileBenchText} {
		if after, err := os.Stat(run.Path(name)); err != nil || before[name] == nil || !os.SameFile(before[name], after) {
			t.Errorf("%s was written again: %v", name, err)
		}
	}
	if problems := Check(Entry{ID: run.ID(), Dir: run.Dir(), Environment: run.Environment()}); len(problems) != 0 || len(run.Environment().Files) != 1 {
		t.Errorf("%q, files %v", problems, run.Environment().Files)
	}
}
