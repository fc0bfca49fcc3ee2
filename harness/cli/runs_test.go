package cli

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

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
