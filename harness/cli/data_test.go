package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// filesIn returns the names of a folder's entries.
func filesIn(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	names := make([]string, len(entries))
	for i, entry := range entries {
		names[i] = entry.Name()
	}
	return names
}

// textFile writes a file of that name into a folder of its own.
func textFile(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestEqualNames: nothing is written of columns that could not be told apart.
func TestEqualNames(t *testing.T) {
	twins, good := textFile(t, "twins.csv", "x,y,x\n1,2,3\n"), textFile(t, "good.csv", "x,y\n1,2\n")
	out := t.TempDir()
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"data", "convert", twins, filepath.Join(out, "t.safetensors")}, twins + `: line 1: columns 1 and 3 are both named "x", names must differ`},
		{[]string{"data", "describe", twins}, twins + `: line 1: columns 1 and 3 are both named "x", names must differ`},
		{[]string{"apply", "--op", "relu", "--column", "y", twins, filepath.Join(out, "t.arrow")}, twins + `: line 1: columns 1 and 3 are both named "x", names must differ`},
		{[]string{"data", "convert", good, filepath.Join(out, "t.npz"), "--columns", "x,x"}, good + `: column "x" is asked for twice`},
		{[]string{"data", "convert", "normal", filepath.Join(out, "t.npz"), "--columns", "normal,normal"}, `--columns: "normal" is asked for twice`},
		{[]string{"data", "convert", "digits", filepath.Join(out, "t.npz"), "--columns", "c1,c1"}, `column "c1" is asked for twice`},
	} {
		status, stdout, stderr := invoke(t.Context(), test.args...)
		if status != ExitUsage || stdout != "" || !strings.HasSuffix(stderr, test.want+"\n") || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%v: status %d, %q, %q, want %s", test.args, status, stdout, stderr, test.want)
		}
	}
	if names := filesIn(t, out); len(names) != 0 {
		t.Errorf("the folder holds %v", names)
	}
}
