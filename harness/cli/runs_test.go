package cli

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"actinit/harness/result"
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
	if stdout := mustRun(t, "runs", "prune", "--incomplete", "--yes", "--out", root); stdout != "removed 0 of 1 runs\n" {
		t.Errorf("prune: %q", stdout)
	}
	if err := run.Unlock(); err != nil {
		t.Fatal(err)
	}
	if stdout := mustRun(t, "runs", "list", "--out", root); !strings.Contains(stdout, "unfinished") {
		t.Errorf("list of a run that was stopped:\n%s", stdout)
	}
	if stdout := mustRun(t, "runs", "prune", "--incomplete", "--yes", "--out", root); !strings.HasSuffix(stdout, "removed 1 of 1 runs\n") {
		t.Errorf("prune of a run that was stopped: %q", stdout)
	}
}
