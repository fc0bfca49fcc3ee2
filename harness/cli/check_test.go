package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// runs check takes a merged data set by its name, beside runs, or as the folder of --out.
func TestCheckDataSet(t *testing.T) {
	root, set := t.TempDir(), filepath.Join(t.TempDir(), "set")
	id := storeRun(t, root, 1, 1, .6, 0)
	mustRun(t, "runs", "merge", set, "--out", root)
	for _, args := range [][]string{{set}, {"--out", set}} {
		if stdout := mustRun(t, append([]string{"runs", "check"}, args...)...); stdout != "1 run, 0 with something wrong\n" {
			t.Errorf("%q: %q", args, stdout)
		}
	}
	if stdout := mustRun(t, "runs", "check", set, id, "--out", root); stdout != "2 runs, 0 with something wrong\n" {
		t.Errorf("with a run: %q", stdout)
	}
	files, err := filepath.Glob(filepath.Join(set, "bench", "*", "*", id+".parquet"))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	name, err := filepath.Rel(set, files[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(files[0]); err != nil {
		t.Fatal(err)
	}
	status, stdout, stderr := invoke(t.Context(), "runs", "check", set)
	if want := id + ": " + filepath.ToSlash(name) + ": missing\n1 run, 1 with something wrong\n"; status != ExitFailed || stdout != want || stderr != "" {
		t.Errorf("status %d, %q, want %q; %q", status, stdout, want, stderr)
	}
	status, stdout, _ = invoke(t.Context(), "runs", "check", set, "--json")
	var all []checked
	if err := json.Unmarshal([]byte(stdout), &all); err != nil || status != ExitFailed || len(all) != 1 || all[0].Run != id || all[0].Folder != set || !all[0].Listed || !all[0].Complete || len(all[0].Problems) != 1 {
		t.Errorf("status %d, %v\n%s", status, err, stdout)
	}
	if stdout := mustRun(t, "runs", "merge", set, "--out", root); !strings.HasPrefix(stdout, "1 run: 1 file added") {
		t.Errorf("merged again: %q", stdout)
	}
	mustRun(t, "runs", "check", set)
}
