package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"actinit/reports/runstore"
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
	if want := id + ": " + filepath.ToSlash(name) + ": missing\nto mend it, remove the files that are damaged and merge their runs again: actinit runs merge " + set + "\n1 run, 1 with something wrong\n"; status != ExitFailed || stdout != want || stderr != "" {
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

// What is left of a data set is still one: its runs are counted, what belongs to none is not, and a part of it is not taken for a run.
func TestCheckHalfADataSet(t *testing.T) {
	root, set := t.TempDir(), filepath.Join(t.TempDir(), "set")
	id := storeRun(t, root, 1, 1, .6, 0)
	mustRun(t, "runs", "merge", set, "--out", root)
	for _, folder := range []string{"files", "environment"} { // as of a merge that was interrupted
		if err := os.RemoveAll(filepath.Join(set, folder)); err != nil {
			t.Fatal(err)
		}
		status, stdout, stderr := invoke(t.Context(), "runs", "check", set)
		want, last, ends := ExitOK, "of "+id+" nobody knows whether files are missing: the data set has no list of them, as where an older version made it or a merge was interrupted; merge again\n", "\n1 run, 0 with something wrong\n"
		if folder == "environment" {
			want, last, ends = ExitFailed, "\nto mend it, ", "\n1 run, 1 with something wrong\n"
		}
		if status != want || !strings.Contains(stdout, last) || !strings.HasSuffix(stdout, ends) || stderr != "" {
			t.Errorf("without %s: status %d, %q, %q", folder, status, stdout, stderr)
		}
	}
	stray := filepath.Join(set, "bench", "notes.txt")
	if err := os.WriteFile(stray, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	status, stdout, _ := invoke(t.Context(), "runs", "check", set)
	if status != ExitFailed || !strings.Contains(stdout, set+": bench/notes.txt: no file of a merged data set") || !strings.HasSuffix(stdout, "\n1 run, 1 with something wrong, 1 stray\n") {
		t.Errorf("beside a stray: status %d, %q", status, stdout)
	}
	if stdout := mustRun(t, "runs", "merge", set, "--out", root); !strings.HasPrefix(stdout, "1 run: ") {
		t.Errorf("merged again: %q", stdout)
	}
	if err := os.Remove(stray); err != nil {
		t.Fatal(err)
	}
	mustRun(t, "runs", "check", set)
	for _, args := range [][]string{{"check", filepath.Join(set, "bench")}, {"merge", filepath.Join(set, "bench")}} {
		if status, _, stderr := invoke(t.Context(), append(append([]string{"runs"}, args...), "--out", root)...); status != ExitUsage || !strings.Contains(stderr, "the data set "+set+": name that one") {
			t.Errorf("%v: status %d, %q", args, status, stderr)
		}
	}
}

// A run that was killed is counted and named, with the command that goes on with it, and is nothing wrong, whatever the kill left half
// written; one that a process writes is not taken for it.
func TestCheckUnfinishedRuns(t *testing.T) {
	root := t.TempDir()
	storeRun(t, root, 1, 1, .6, 0)
	written, killed := beginRun(t, root, "written", 3, "verify"), beginRun(t, root, "killed", 2, "layers", "--seed=3")
	if err := os.WriteFile(filepath.Join(killed.Dir(), ".bench.parquet.0123456789abcdef.tmp"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := killed.Unlock(); err != nil {
		t.Fatal(err)
	}
	goOn := "actinit layers --resume killed --out " + root
	want := "killed: unfinished: go on with " + goOn + ", or remove it: actinit runs prune --incomplete --out " + root + "\n" +
		"written: a process is writing it\n" +
		"3 runs, 0 with something wrong, 1 unfinished, 1 being written\n"
	if stdout := mustRun(t, "runs", "check", "--out", root); stdout != want {
		t.Errorf("%q, want %q", stdout, want)
	}
	var all []checked
	if err := json.Unmarshal([]byte(mustRun(t, "runs", "check", "--out", root, "--json")), &all); err != nil || len(all) != 3 {
		t.Fatal(all, err)
	}
	for _, c := range all {
		if want := map[string]string{"killed": unfinished, "written": running}[c.Run]; c.State != want && c.State != "complete" || (c.GoOn == goOn) != (c.Run == "killed") {
			t.Errorf("%+v", c)
		}
	}
	status, _, stderr := invoke(t.Context(), "runs", "show", "killed", "--out", root)
	if status != ExitUsage || !strings.HasSuffix(stderr, "go on with "+goOn+"\n") {
		t.Errorf("shown: status %d, %q", status, stderr)
	}
	if err := os.MkdirAll(filepath.Join(killed.Dir(), "parts", "bench"), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(killed.Dir(), "parts", "bench", "a.bench.parquet"), []byte("PAR1"), 0o666); err != nil {
		t.Fatal(err)
	}
	if status, stdout, _ := invoke(t.Context(), "runs", "check", "killed", "--out", root); status != ExitFailed || !strings.HasSuffix(stdout, "\n1 run, 1 with something wrong, 1 unfinished\n") {
		t.Errorf("with a damaged unit: status %d, %q", status, stdout)
	}
	mustRun(t, "runs", "prune", "--incomplete", "--yes", "--out", root)
	runs, err := runstore.List(root)
	if err != nil || len(runs) != 2 || runs[1].ID != written.ID() {
		t.Errorf("left: %v, %v", runs, err)
	}
}
