package cli

import (
	"os"
	"strings"
	"testing"
)

// asProgram makes the test's binary the program itself, for commands that start another process of theirs.
const asProgram = "ACTINIT_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	switch {
	case os.Getenv(asProgram) != "":
		os.Exit(Main(os.Args[1:]))
	case os.Getenv(asPeer) != "":
		servePeer(os.Getenv(asPeer))
		return
	}
	os.Exit(m.Run())
}

func TestDeterminism(t *testing.T) {
	if testing.Short() {
		t.Skip("fills 52 tensors in a process for each instruction set: too slow for -short, which the race detector runs with")
	}
	t.Setenv(asProgram, "yes")
	status, stdout, stderr := invoke(t.Context(), "determinism")
	if status != ExitOK || stderr != "" {
		t.Fatalf("status %d, stderr %q\n%s", status, stderr, stdout)
	}
	for _, want := range []string{"portable", "fill normal", "delta_orthogonal", "60 initialisers and fills, 0 that depend"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("standard output does not say %q:\n%s", want, stdout)
		}
	}

	t.Setenv("ACTINIT_ISA", "mmx")
	if status, _, stderr := invoke(t.Context(), "determinism"); status != ExitUsage || !strings.Contains(stderr, "mmx") {
		t.Errorf("status %d, stderr %q", status, stderr)
	}
}
