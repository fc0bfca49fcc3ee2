package runstore

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"actinit/harness/result"
)

// A run whose environment is damaged is told of where it may be newer than the one that is taken: by the time in its ID, or else by
// when its environment was written.
func TestLatestBesideDamagedRuns(t *testing.T) {
	root := t.TempDir()
	if _, err := Latest(root); err == nil {
		t.Error("a run where there is none")
	}
	damage := func(id string, written time.Time) string {
		t.Helper()
		file := filepath.Join(root, id, FileEnvironment)
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o777), os.WriteFile(file, []byte("{"), 0o666), os.Chtimes(file, written, written)); err != nil {
			t.Fatal(err)
		}
		return id
	}
	late := started.AddDate(1, 0, 0)
	damage(started.Add(-time.Hour).Format(idLayout)+"-1a2b3c4", late)
	damage("named-before", started.Add(-time.Hour))
	if _, err := Latest(root); err == nil || !strings.Contains(err.Error(), "no run, only damaged ones, such as ") {
		t.Errorf("of damaged runs alone: %v", err)
	}
	first, last := finishedRun(t, root, "box", started), finishedRun(t, root, "box", started.Add(time.Hour))
	between := damage(started.Add(time.Minute).Format(idLayout), late)
	named := damage("named-after", late)
	after := damage(started.Add(2*time.Hour).Format(idLayout)+"-1a2b3c4-2", started)
	check := func(e Entry, err error) func(id string, passed ...string) {
		return func(id string, passed ...string) {
			t.Helper()
			var ids []string
			for _, p := range e.Passed {
				ids = append(ids, p.ID)
			}
			if slices.Sort(ids); err != nil || e.ID != id || !slices.Equal(ids, passed) {
				t.Errorf("%s beside %q, %v; want %s beside %q", e.ID, ids, err, id, passed)
			}
		}
	}
	check(Latest(root))(last.ID, after, named)
	check(LatestComplete(root, FileBench))(last.ID, after, named)
	check(Previous(root, last.ID))(first.ID, between)
}

// How to go on names the command, and where the runs are if that is not the default.
func TestGoOn(t *testing.T) {
	for _, c := range []struct {
		dir, want string
		env       result.Environment
	}{
		{"reports/runs/mine", "actinit bench --resume mine", result.Environment{RunID: "mine", Command: []string{"bench", "--budget=3m"}}},
		{"my runs/mine", "actinit layers --resume mine --out 'my runs'", result.Environment{RunID: "mine", Command: []string{"layers"}}},
		{"mine", "actinit runs join a b --id mine --out .", result.Environment{RunID: "mine", Command: []string{"layers"}, Joined: []result.Shard{{RunID: "a"}, {RunID: "b"}}}},
		{"reports/runs/mine", "actinit COMMAND --resume mine", result.Environment{RunID: "mine"}},
	} {
		if got := GoOn(filepath.FromSlash(c.dir), c.env); got != c.want {
			t.Errorf("%s, want %s", got, c.want)
		}
	}
}
