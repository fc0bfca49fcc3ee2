package cli

import (
	"strings"
	"testing"
)

// A misspelt ACTINIT_ISA is refused by every command that runs kernels.
func TestMisspeltISA(t *testing.T) {
	t.Setenv("ACTINIT_ISA", "avx-2")
	for _, args := range [][]string{
		{"apply", "a.csv", "b.csv", "--op", "tanh"}, {"bench"}, {"verify"}, {"layers"}, {"reproduce", "selu"}, {"init", "--spec", "x", "--out", "y.npy"},
		{"diagnose", "--net", "x"}, {"advise"}, {"determinism"}, {"serve"},
	} {
		status, stdout, stderr := invoke(t.Context(), args...)
		if status != ExitUsage || stdout != "" || !strings.Contains(stderr, `instruction set "avx-2" is unknown`) {
			t.Errorf("%v: status %d, %q", args, status, stderr)
		}
	}
	mustRun(t, "list", "kernels")
}

// An empty value, as a variable leaves it that is not set, is refused and not taken for no flag at all.
func TestEmptyValues(t *testing.T) {
	for _, args := range [][]string{
		{"verify", "--id", ""}, {"bench", "--against="}, {"layers", "--grid", ""}, {"verify", "--shard", ""}, {"bench", "--resume", ""}, {"bench", "--sizes="}, {"bench", "--modes", ""},
		{"bench", "--peer", ""}, {"compare", "--junit", ""}, {"runs", "join", "x", "--id", ""}, {"runs", "list", "--out", ""}, {"data", "describe", "digits", "--columns", ""},
	} {
		status, _, stderr := invoke(t.Context(), args...)
		if status != ExitUsage || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%q: status %d, %q", args, status, stderr)
		}
	}
	mustRun(t, "verify", "--filter", "", "--plan")
}
