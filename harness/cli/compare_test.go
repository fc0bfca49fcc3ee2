package cli

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"actinit/harness/result"
	"actinit/reports/rowfile"
	"actinit/reports/runstore"
)

// A regression is exit status 1, and the same timings are not.
func TestCompareStatus(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, factor float64) string {
		var rows []result.Bench
		for i := range 20 {
			ns := factor * (1000 + float64(i))
			rows = append(rows, result.Bench{RunID: name, Host: "h", Started: time.Unix(1, 0).UTC(), Op: "relu", Direction: "forward", Type: "float32", Variant: "scalar", ISA: "portable",
				Workers: 1, N: 1000, Sample: int64(i), Iterations: 10, ElapsedNs: int64(10 * ns), NsPerOp: ns, NsPerElem: ns / 1000, BytesPerOp: 8000, BytesPerS: 8000 / ns * 1e9})
		}
		path := filepath.Join(dir, name+".parquet")
		f, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if err := rowfile.WriteParquet(f, rows); err != nil {
			t.Fatal(err)
		}
		return path
	}
	base, same, slow := write("base", 1), write("same", 1.001), write("slow", 1.5)
	if status, _, stderr := invoke(t.Context(), "compare", base, same); status != ExitOK {
		t.Errorf("equal timings: status %d, %s", status, stderr)
	}
	status, stdout, _ := invoke(t.Context(), "compare", base, slow)
	if status != ExitFailed || !strings.Contains(stdout, "relu") {
		t.Errorf("half as fast: status %d\n%s", status, stdout)
	}
	if status, _, stderr := invoke(t.Context(), "compare", base, slow, "--filter", "op:tanh"); status != ExitUsage || !strings.Contains(stderr, "op:tanh") || !strings.Contains(stderr, base) {
		t.Errorf("a filter that selects nothing: status %d, %q", status, stderr)
	}
	status, stdout, _ = invoke(t.Context(), "compare", base, slow, "--json")
	var c struct{ Rows []struct{ Verdict string } }
	if err := json.Unmarshal([]byte(stdout), &c); err != nil || status != ExitFailed || len(c.Rows) != 1 || c.Rows[0].Verdict != "regressed" {
		t.Errorf("compare --json: status %d, %v\n%s", status, err, stdout)
	}
}

// Runs of the same build, and one that its own noise verdict says not to believe, are named in all outputs; no status is another.
func TestCompareDoubts(t *testing.T) {
	root := t.TempDir()
	old, slow, noisy := storeRun(t, root, 1, 1, .6, 0), storeRun(t, root, 2, 2, .6, 0), storeRun(t, root, 3, 2, .6, 0)
	path := filepath.Join(root, noisy, runstore.FileBench)
	rows := load(t, filepath.Join(root, noisy)).Bench
	load := 7.5
	for i := range rows {
		rows[i].Load = &load
	}
	asShard(t, root, noisy, nil, "bench") // without a list of its files
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(rowfile.WriteParquet(file, rows), file.Close()); err != nil {
		t.Fatal(err)
	}
	const same = "both runs are of the same build (commit 1a2b3c4d, "
	verdict := noisy + ": by its own noise verdict this run should not be believed without a second look: load: the load is 7.50 at the end, "
	for _, c := range []struct {
		args           []string
		doubts, status int
	}{
		{[]string{old, slow}, 1, ExitFailed},
		{[]string{old, noisy}, 2, ExitFailed},
		{[]string{noisy, old, "--filter", "op:tanh"}, 2, ExitOK},
		{[]string{slow, path}, 2, ExitOK},
	} {
		args := append([]string{"compare", "--out", root}, c.args...)
		status, text, stderr := invoke(t.Context(), args...)
		if doubts := strings.Count(text, "warning: "+same) + strings.Count(text, "noise verdict"); doubts != c.doubts || status != c.status || stderr != "" {
			t.Errorf("%v: status %d, %d doubts, want %d and %d\n%s%s", c.args, status, doubts, c.status, c.doubts, text, stderr)
		}
		status, text, stderr = invoke(t.Context(), append(args, "--json")...)
		var parsed struct{ Warnings []string }
		if err := json.Unmarshal([]byte(text), &parsed); err != nil || status != c.status || !strings.Contains(strings.Join(parsed.Warnings, "\n"), same) || strings.Count(stderr, "actinit: warning: ") != c.doubts {
			t.Errorf("%v --json: status %d, %v, warnings %q and %q", c.args, status, err, parsed.Warnings, stderr)
		}
	}
	if _, text, _ := invoke(t.Context(), "compare", "--out", root, old, noisy); !strings.Contains(text, verdict) {
		t.Errorf("no verdict %q in\n%s", verdict, text)
	}
	// Where both runs were disturbed the last line says so, and the status is as it was.
	const both = "; by their own noise verdicts both runs were disturbed: believe no change of times without a second look\n"
	for _, c := range []struct {
		a, b string
		both bool
	}{{old, noisy, false}, {noisy, old, false}, {noisy, path, true}} {
		if status, text, _ := invoke(t.Context(), "compare", "--out", root, c.a, c.b); strings.HasSuffix(text, both) != c.both || status == ExitUsage {
			t.Errorf("%s and %s: status %d\n%s", c.a, c.b, status, text)
		}
	}
}
