package cli

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"actinit/harness/remote"
	"actinit/harness/result"
	"actinit/reports/runstore"
)

// TestAgainst: a side that takes ten times as long is called, however busy the machine is, with status 1, in all that a run
// leaves behind; and the same program is timed as often on both sides.
func TestAgainst(t *testing.T) {
	if m, err := remote.NewMemory(64); err != nil {
		t.Skip("kernels of other processes need memory that processes share, which is made on Linux only: ", err)
	} else {
		m.Close()
	}
	t.Setenv(asProgram, "yes")
	runs, junit := filepath.Join(t.TempDir(), "runs"), filepath.Join(t.TempDir(), "gate.xml")
	status, stdout, stderr := invoke(t.Context(), "bench", "--against", "self:900%", "--filter", "op:relu dir:forward type:float32 n:4096",
		"--samples", "30", "--quiet", "--out", runs, "--junit", junit)
	if status != ExitFailed || stderr != "" || !strings.Contains(stdout, "REGRESSED") || !strings.Contains(stdout, "1 regressed, 0 improved") || strings.Count(stdout, "\nnoise: ") != 1 {
		t.Fatalf("status %d, %s\n%s", status, stderr, stdout)
	}
	if xml, err := os.ReadFile(junit); err != nil || !strings.Contains(string(xml), `failures="1"`) {
		t.Errorf("JUnit: %v\n%s", err, xml)
	}
	entry, err := runstore.Latest(runs, runstore.FilePairs, runstore.FileReport)
	if err != nil {
		t.Fatal(err)
	}
	data, err := runstore.Load(entry.Dir)
	if err != nil || !data.Environment.Complete || len(data.Bench) != 0 {
		t.Fatalf("%v; complete %v, %d samples beside the pairs", err, data.Environment.Complete, len(data.Bench))
	}
	count := map[string]int{}
	for _, row := range data.Pairs {
		count[row.Comparison]++
	}
	if count[result.Change] != 60 || count[result.Change] != count[result.Floor] {
		t.Errorf("pairs: %v", count)
	}
}

// Kernels that the thresholds ignore are not timed, and the command says so, and of lines that are for none.
func TestAgainstIgnores(t *testing.T) {
	if m, err := remote.NewMemory(64); err != nil {
		t.Skip("kernels of other processes need memory that processes share, which is made on Linux only: ", err)
	} else {
		m.Close()
	}
	t.Setenv(asProgram, "yes")
	dir := t.TempDir()
	thresholds := filepath.Join(dir, "thresholds")
	against := func(text string) (status int, stdout, stderr string) {
		if err := os.WriteFile(thresholds, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		return invoke(t.Context(), "bench", "--against", "self", "--filter", "op:(relu OR elu) dir:forward type:float32 n:4096", "--samples", "10", "--out", dir, "--id", "mine", "--thresholds", thresholds)
	}
	if status, _, stderr := against("type:float32 ignore"); status != ExitUsage || stderr != "actinit: all kernels of the plan, 2, are ignored: there is nothing to time\n" {
		t.Errorf("nothing left: status %d, %q", status, stderr)
	}
	status, _, stderr := against("op:elu ignore\nop:gelu ignore\n* slower=900%")
	if status != ExitOK || !strings.Contains(stderr, "1 of 2 kernels are ignored, and not timed\n") || !strings.Contains(stderr, "actinit: warning: "+thresholds+": 1 of 3 lines count for nothing that is compared: line 2 (op:gelu) matches no kernel\n") {
		t.Errorf("status %d, %q", status, stderr)
	}
	pairs := load(t, filepath.Join(dir, "mine")).Pairs
	if len(pairs) != 40 || slices.ContainsFunc(pairs, func(p result.Pair) bool { return p.Op != "relu" }) {
		t.Errorf("%d pairs, want 40 of relu alone", len(pairs))
	}
}

func TestAgainstUsage(t *testing.T) {
	t.Setenv(asProgram, "yes")
	runs := t.TempDir()
	for against, want := range map[string]string{
		"isa:mmx":             "instruction set",
		"self:fast":           "want self, or self:2%",
		"self:-1%":            "want self, or self:2%",
		"run:no-such-run":     "no run",
		"rev:no-such-branch":  `revision "no-such-branch"`,
		"no-such-branch":      `revision "no-such-branch"`,
		"--upload-pack=x;rm ": "revision",
	} {
		status, _, stderr := invoke(t.Context(), "bench", "--against="+against, "--out", runs)
		if status != ExitUsage || !strings.Contains(stderr, want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("--against=%s: status %d, %q, want %q", against, status, stderr, want)
		}
	}
	for _, args := range [][]string{
		{"serve", "--slower", "-1"}, {"bench", "--stages", "pairs", "--out", runs}, {"bench", "--against", "self", "--stages", "bench", "--junit", "x.xml", "--out", runs},
		{"bench", "--against", "self", "--peer", "true", "--out", runs}, {"bench", "--pin", "0", "--out", runs}, {"bench", "--budget", "-1s", "--out", runs},
		{"bench", "--against", "self", "--pin", "99999", "--filter", "op:relu type:float32 dir:forward n:4096", "--quiet", "--out", runs},
	} {
		if status, _, stderr := invoke(t.Context(), args...); status != ExitUsage || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%v: status %d, %q", args, status, stderr)
		}
	}
	if entries, err := os.ReadDir(runs); err == nil && len(entries) > 0 {
		t.Errorf("flags that are refused leave %v", entries)
	}
	for _, cold := range [][]string{{"--filter", "mode:cold"}, {"--filter", "op:relu mode:cold"}, {"--modes", "cold"}, {"--modes", "warm,cold"}} {
		status, _, stderr := invoke(t.Context(), append([]string{"bench", "--against", "self", "--out", runs}, cold...)...)
		if status != ExitUsage || !strings.Contains(stderr, "paired runs have the mode warm only") {
			t.Errorf("%v: status %d, %q", cold, status, stderr)
		}
	}
}

// TestServe answers a greeting with the kernels that there are.
func TestServe(t *testing.T) {
	status, stdout, stderr := invoke(t.Context(), "serve")
	if status != ExitOK || stdout != "" || stderr != "" {
		t.Errorf("without a question: status %d, %q, %q", status, stdout, stderr)
	}
}
