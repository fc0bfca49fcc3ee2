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
