package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"actinit/datasets/buildinfo"
	"actinit/reports/runstore"
)

// A command with --id can be given again and again: it begins the run, goes on with it, or leaves it.
func TestNamedRun(t *testing.T) {
	root := t.TempDir()
	args := []string{"layers", "--grid", "act=tanh depth=2 width=16 batch=8 seed=1:4", "--quiet", "--out", root, "--id", "mine"}
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	if status, _, stderr := invoke(stopped, args...); status != ExitInterrupted || !strings.Contains(stderr, "--resume mine") {
		t.Fatalf("stopped at once: status %d, %q", status, stderr)
	}
	part := filepath.Join(root, "mine", "parts", "layers", "unit.layers.parquet")
	if err := errors.Join(os.MkdirAll(filepath.Dir(part), 0o777), os.WriteFile(part, []byte("PAR1 cut"), 0o666)); err != nil {
		t.Fatal(err)
	}
	status, stdout, stderr := invoke(t.Context(), args...)
	if status != ExitOK || !strings.Contains(stdout, "run mine, seed 1") || !strings.HasPrefix(stderr, part+": ") || !strings.HasSuffix(stderr, ": it is made again\n") || strings.Count(stderr, "\n") != 1 {
		t.Errorf("gone on with: status %d, %q, %q", status, stdout, stderr)
	}
	if rows := load(t, filepath.Join(root, "mine")).Layers; len(rows) == 0 || rows[0].RunID != "mine" {
		t.Error("the run has no rows of its name")
	}
	if stdout := mustRun(t, args...); !strings.HasPrefix(stdout, "run mine is complete: nothing is left to do\n") {
		t.Errorf("complete: %q", stdout)
	}
	other := append([]string{"layers", "--seed", "2"}, args[1:]...)
	if status, _, stderr := invoke(t.Context(), other...); status != ExitUsage || !strings.Contains(stderr, "--seed=2") || strings.Count(stderr, "\n") != 1 {
		t.Errorf("with other flags: status %d, %q", status, stderr)
	}
	if err := os.MkdirAll(filepath.Join(root, "foreign", "photos"), 0o777); err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]string{"foreign": "photos", "../up": `--id "../up"`, ".hidden": ".hidden"} {
		args := append(args[:len(args)-1:len(args)-1], id)
		if status, _, stderr := invoke(t.Context(), args...); status != ExitUsage || !strings.Contains(stderr, want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("--id %s: status %d, %q", id, status, stderr)
		}
	}
}

// A benchmark does not go on with another number of CPUs: with fewer, what was to be timed on more of them was left out,
// and with shards other kernels were a shard's.
func TestBenchKeepsItsCPUs(t *testing.T) {
	root := t.TempDir()
	args := []string{"bench", "--stages", "bench", "--filter", "op:relu type:float32 n:4096", "--quiet", "--out", root, "--id", "mine"}
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	if status, _, stderr := invoke(stopped, args...); status != ExitInterrupted {
		t.Fatalf("stopped at once: status %d, %q", status, stderr)
	}
	cpus := runtime.GOMAXPROCS(0)
	runtime.GOMAXPROCS(cpus + 1)
	defer runtime.GOMAXPROCS(cpus)
	for _, args := range [][]string{args, {"bench", "--resume", "mine", "--out", root}} {
		if status, _, stderr := invoke(t.Context(), args...); status != ExitUsage || !strings.Contains(stderr, fmt.Sprintf("set GOMAXPROCS=%d", cpus)) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%v: status %d, %q", args, status, stderr)
		}
	}
	runtime.GOMAXPROCS(cpus)
	if status, _, stderr := invoke(t.Context(), args...); status != ExitOK {
		t.Fatalf("with as many: status %d, %q", status, stderr)
	}
	runtime.GOMAXPROCS(cpus + 1)
	if status, stdout, stderr := invoke(t.Context(), args...); status != ExitOK || !strings.HasPrefix(stdout, "run mine is complete") {
		t.Errorf("a complete run: status %d, %q", status, stderr)
	}
}

// Builds that no commit tells from each other do not go on with each other's runs.
func TestOtherExecutableIsRefused(t *testing.T) {
	root := t.TempDir()
	args := []string{"layers", "--grid", "act=tanh depth=2 width=16 batch=8", "--quiet", "--out", root, "--id", "mine"}
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	invoke(stopped, args...)
	path := filepath.Join(root, "mine", runstore.FileEnvironment)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	here := buildinfo.Executable()
	if commit, _ := buildinfo.Commit(); commit != "" || here == "" || !strings.Contains(string(text), here) {
		t.Fatalf("commit %q, executable %q, in\n%s", commit, here, text)
	}
	if err := os.WriteFile(path, bytes.Replace(text, []byte(here), []byte("0123456789abcdef"), 1), 0o666); err != nil {
		t.Fatal(err)
	}
	status, _, stderr := invoke(t.Context(), args...)
	if want := "made from commit unknown, executable 0123456789ab, this program from unknown, executable " + here[:12]; status != ExitUsage || !strings.Contains(stderr, want) || strings.Count(stderr, "\n") != 1 {
		t.Errorf("status %d, %q, want %q", status, stderr, want)
	}
}

// Two processes at one run: the second is refused, and says by whom.
func TestRunInUseIsRefused(t *testing.T) {
	root := t.TempDir()
	args := []string{"layers", "--grid", "act=tanh depth=2 width=16 batch=8", "--quiet", "--out", root}
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	invoke(stopped, append(args, "--id", "mine")...)
	run, err := runstore.Open(root, "mine")
	if err != nil {
		t.Fatal(err)
	}
	if err := run.Lock(); err != nil {
		t.Fatal(err)
	}
	for _, again := range [][]string{append(args, "--id", "mine"), {"layers", "--resume", "mine", "--out", root}} {
		status, _, stderr := invoke(t.Context(), again...)
		if status != ExitMachine || !strings.Contains(stderr, "another process") || !strings.Contains(stderr, hostname()) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%v: status %d, %q", again, status, stderr)
		}
	}
	if err := run.Unlock(); err != nil {
		t.Fatal(err)
	}
	mustRun(t, append(args, "--id", "mine")...)
}

// Ctrl-C before anything was finished is an interruption like any other.
func TestInterruptAtOnce(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	runs := t.TempDir()
	status, _, stderr := invoke(ctx, "verify", "--quiet", "--filter", "op:relu", "--out", runs)
	if status != ExitInterrupted || strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, "--out "+runs) {
		t.Fatalf("status %d, %q", status, stderr)
	}
	stopped, err := runstore.Latest(runs)
	if err != nil {
		t.Fatal(err)
	}
	if status, _, stderr = invoke(t.Context(), "verify", "--quiet", "--out", runs, "--resume", stopped.ID); status != ExitOK {
		t.Errorf("resumed: status %d, %q", status, stderr)
	}
}

// A run that fails before anything of it is finished leaves no folder; one that has finished something stays.
func TestFailedRunsLeaveNothing(t *testing.T) {
	for _, c := range []struct {
		stage string // that cannot save anything
		stays bool
	}{{"verify", false}, {"distribution", true}} {
		root := t.TempDir()
		parts := filepath.Join(root, "fails", "parts")
		if err := os.MkdirAll(parts, 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(parts, c.stage), nil, 0o666); err != nil {
			t.Fatal(err)
		}
		status, _, stderr := invoke(t.Context(), "verify", "--filter", "op:uniform type:float32", "--effort", ".01", "--quiet", "--out", root, "--id", "fails")
		if status != ExitUsage || strings.Contains(stderr, "go on with") != c.stays {
			t.Errorf("%s fails: status %d, %q", c.stage, status, stderr)
		}
		if entries, err := os.ReadDir(root); err != nil || len(entries) == 1 != c.stays {
			t.Errorf("%s fails: %v, left are %v", c.stage, err, entries)
		}
	}
}
