package runstore

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"actinit/harness/result"
)

// Damage is one line that names the file; it is never taken for no data.
func TestDamaged(t *testing.T) {
	root := t.TempDir()
	run := create(t, root)
	save(t, JournalOf[result.Bench](run, "bench"), "a", benchRows(run, "elu", 5)...)
	part := filepath.Join(run.Dir(), partsFolder, "bench", "a.bench.parquet")
	truncate(t, part)
	if err := complete(run, merging); err == nil || !strings.HasPrefix(err.Error(), part+": ") || !strings.Contains(err.Error(), "resume the run") {
		t.Errorf("damaged part: %v", err)
	}
	if err := run.Unlock(); err != nil {
		t.Fatal(err)
	}
	if problems := Check(Entry{ID: run.ID(), Dir: run.Dir(), Environment: run.Environment()}); len(problems) != 1 || !strings.HasPrefix(problems[0], part+": ") {
		t.Errorf("check of a damaged part: %q", problems)
	}
	lock(t, run)
	save(t, JournalOf[result.Bench](run, "bench"), "a", benchRows(run, "elu", 5)...)
	if err := complete(run, merging); err != nil {
		t.Fatal(err)
	}
	truncate(t, run.Path(FileBench))
	if _, err := Load(run.Dir()); err == nil || !strings.HasPrefix(err.Error(), run.Path(FileBench)+": ") || strings.Contains(err.Error(), "\n") {
		t.Errorf("damaged table: %v", err)
	}
}

// A unit with a damaged file is removed with all its tables when a run goes on, and the others stay.
func TestRemoveDamaged(t *testing.T) {
	run := create(t, t.TempDir())
	bench := JournalOf[result.Bench](run, "bench")
	save(t, bench, "a", benchRows(run, "elu", 5)...)
	save(t, bench, "b", benchRows(run, "elu", 5)...)
	claims, curves := JournalOf[result.Claim](run, "reproduce"), JournalOf[result.Curve](run, "reproduce")
	for _, unit := range []string{"he", "selu.1"} {
		save(t, curves, unit, curveRow(run, 0, 7))
		save(t, claims, unit, claimRow(run, unit, "a"))
	}
	if damage, err := run.RemoveDamaged(); err != nil || len(damage) > 0 {
		t.Fatalf("nothing is damaged: %v, %v", damage, err)
	}
	parts := filepath.Join(run.Dir(), partsFolder)
	truncate(t, filepath.Join(parts, "bench", "b.bench.parquet"))
	truncate(t, filepath.Join(parts, "reproduce", "selu.1.curves.parquet"))
	damage, err := run.RemoveDamaged()
	if err != nil || len(damage) != 2 || !strings.Contains(damage[0].Error(), "b.bench.parquet: ") || !strings.Contains(damage[1].Error(), "selu.1.curves.parquet: ") {
		t.Fatalf("%v, %v", damage, err)
	}
	if !JournalOf[result.Bench](run, "bench").Done("a") || JournalOf[result.Bench](run, "bench").Done("b") {
		t.Error("of a and b, b is to be made again")
	}
	again := JournalOf[result.Claim](run, "reproduce")
	if !again.Done("he") || again.Done("selu.1") {
		t.Error("of he and selu.1, selu.1 is to be made again, as its curves are damaged")
	}
	if err := run.Finish(merging); err != nil {
		t.Error(err)
	}
}

func truncate(t *testing.T, path string) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, info.Size()/2); err != nil {
		t.Fatal(err)
	}
}

// Unit names of any kind become different file names that any system takes.
func TestFileName(t *testing.T) {
	for unit, want := range map[string]string{
		"sigmoid/forward/n=64": "sigmoid+forward+n=64",
		".hidden":              "%2ehidden",
		"A b":                  "%41%20b",
		"":                     "%",
		"..":                   "%2e.",
	} {
		if got := fileName(unit); got != want {
			t.Errorf("fileName(%q) = %q, want %q", unit, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		units := rapid.SliceOfNDistinct(rapid.OneOf(rapid.String(), rapid.StringN(170, 300, -1)), 2, 10, rapid.ID).Draw(t, "units")
		seen := map[string]string{}
		for _, unit := range units {
			name := fileName(unit)
			if len(name) > maxFileName || name == "" || name[0] == '.' || strings.ToLower(name) != name ||
				strings.ContainsAny(name, "/\\:*?\"<>| \x00") {
				t.Errorf("fileName(%q) = %q", unit, name)
			}
			if other, ok := seen[name]; ok {
				t.Errorf("%q and %q are both %q", unit, other, name)
			}
			seen[name] = unit
		}
	})
}

// The pattern of a path finds what lies in it, and nothing that lies elsewhere.
func TestGlob(t *testing.T) {
	root := t.TempDir()
	for _, name := range []string{`a[b]*?\c`, "ab*?c", "plain", "[", "]", "{a,b}", `\`} {
		if err := os.Mkdir(filepath.Join(root, name), 0o777); err != nil {
			t.Fatal(err)
		}
		want := filepath.Join(root, name, "x.parquet")
		if err := os.WriteFile(want, nil, 0o666); err != nil {
			t.Fatal(err)
		}
		if found, err := filepath.Glob(filepath.Join(glob(filepath.Join(root, name)), "*.parquet")); err != nil || len(found) != 1 || found[0] != want {
			t.Errorf("%q: %q, %v", name, found, err)
		}
	}
}
