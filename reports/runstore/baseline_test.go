package runstore

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"actinit/harness/result"
)

func completeRun(t *testing.T, root string) *Run {
	t.Helper()
	run := create(t, root)
	save(t, JournalOf[result.Bench](run, "bench"), "a", benchRows(run, "elu", 1)...)
	if err := complete(run, merging); err != nil {
		t.Fatal(err)
	}
	return run
}

func TestBaselines(t *testing.T) {
	root := t.TempDir()
	if got, err := Baselines(root); err != nil || len(got) != 0 {
		t.Errorf("an empty store: %v, %v", got, err)
	}
	one, two, unfinished := completeRun(t, root), completeRun(t, root), create(t, root)
	saved := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for name, id := range map[string]string{"v1.2": one.ID(), "main": one.ID()} {
		if replaced, err := SaveBaseline(root, name, id, saved); err != nil || replaced != "" {
			t.Fatal(replaced, err)
		}
	}
	if replaced, err := SaveBaseline(root, "main", two.ID(), saved); err != nil || replaced != one.ID() {
		t.Errorf("saved again: replaced %q, %v", replaced, err)
	}
	got, err := Baselines(root)
	if diff := cmp.Diff([]Baseline{{"main", two.ID(), saved}, {"v1.2", one.ID(), saved}}, got); diff != "" || err != nil {
		t.Errorf("%v, (-want +got):\n%s", err, diff)
	}
	for _, name := range []string{"main", "run:main", two.ID(), "run:" + two.ID(), two.Dir()} {
		if dir, err := Find(root, name); err != nil || dir != two.Dir() {
			t.Errorf("Find(%q) = %q, %v", name, dir, err)
		}
	}
	if entries, err := List(root); err != nil || len(entries) != 3 {
		t.Errorf("the folder of baselines is taken for a run: %v, %v", entries, err)
	}
	for want, f := range map[string]func() error{
		"is not complete":                  func() error { _, err := SaveBaseline(root, "x", unfinished.ID(), saved); return err },
		"not the folder of a run":          func() error { _, err := SaveBaseline(root, "x", "nothing", saved); return err },
		"want a name of 1 to 64":           func() error { _, err := SaveBaseline(root, "../x", one.ID(), saved); return err },
		"has a run or folder of that name": func() error { _, err := SaveBaseline(root, one.ID(), one.ID(), saved); return err },
		`there is "main" already`:          func() error { _, err := SaveBaseline(root, "Main", one.ID(), saved); return err },
		"there are main, v1.2":             func() error { return DeleteBaseline(root, "v2") },
		"want a name":                      func() error { return DeleteBaseline(root, "") },
		`no run "v2"`:                      func() error { _, err := Find(root, "v2"); return err },
		`no run "baselines"`:               func() error { _, err := Find(root, "baselines"); return err },
		`no run ""`:                        func() error { _, err := Find(root, "run:"); return err },
	} {
		if err := f(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %s", err, want)
		}
	}

	// A run may not take a baseline's name; one that has it all the same, a copied one, is not taken for it.
	for _, name := range []string{"main", "Main", "v1.2"} {
		if _, _, err := Begin(root, name, result.Identity{Started: saved}, result.Environment{}); err == nil || !strings.Contains(err.Error(), "has a baseline "+strings.ToLower(name)+": give another name") {
			t.Errorf("a run called %s: %v", name, err)
		}
		if _, err := os.Stat(filepath.Join(root, name)); err == nil {
			t.Errorf("a run called %s was made", name)
		}
	}
	copied := filepath.Join(root, "main")
	if err := os.CopyFS(copied, os.DirFS(one.Dir())); err != nil {
		t.Fatal(err)
	}
	if _, err := Find(root, "main"); err == nil || !strings.Contains(err.Error(), `"main" is a run in `+root+" and a baseline too: give the path "+copied) {
		t.Errorf("a name of two runs: %v", err)
	}
	if dir, err := Find(root, copied); err != nil || dir != copied {
		t.Errorf("by its path: %q, %v", dir, err)
	}
	if _, there, err := Begin(root, "main", result.Identity{Started: saved}, result.Environment{}); err != nil || !there {
		t.Errorf("go on with it: there %v, %v", there, err)
	}
	if err := os.RemoveAll(copied); err != nil {
		t.Fatal(err)
	}

	if err := os.RemoveAll(two.Dir()); err != nil {
		t.Fatal(err)
	}
	if _, err := Find(root, "main"); err == nil || !strings.Contains(err.Error(), "baseline main is run "+two.ID()+", which is not in") {
		t.Errorf("a baseline whose run is gone: %v", err)
	}
	if err := DeleteBaseline(root, "main"); err != nil {
		t.Error(err)
	}
	if _, err := Find(root, "main"); err == nil {
		t.Error("a deleted baseline is found")
	}
	for _, content := range []string{"{", `{"name":"other","run_id":"x"}`, `{"name":"v1.2","run_id":"../x"}`} {
		if err := os.WriteFile(filepath.Join(root, "baselines", "v1.2.json"), []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
		if _, err := Baselines(root); err == nil || !strings.Contains(err.Error(), "v1.2.json") {
			t.Errorf("%s: %v", content, err)
		}
	}
}
