package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"actinit/harness/result"
	"actinit/reports/rowfile"
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
