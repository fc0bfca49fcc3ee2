package atomicfile

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// What is synced cannot be seen without a loss of power: the test is of which folders are.
func TestMakeFolder(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	path := filepath.Join(dir, "a", "b", "c")
	if got, want := holdersOfNew(path+"/"), []string{filepath.Join(dir, "a", "b"), filepath.Join(dir, "a"), dir}; !slices.Equal(got, want) {
		t.Errorf("new ones are in %q, want %q", got, want)
	}
	if got := holdersOfNew("x/y"); !slices.Equal(got, []string{"x", "."}) {
		t.Errorf("new ones are in %q, want x and .", got)
	}
	for range 2 {
		if err := MakeFolder(path, 0o777); err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(path); err != nil || !info.IsDir() {
			t.Fatal(info, err)
		}
	}
	if got := holdersOfNew(path); len(got) > 0 {
		t.Errorf("a folder that is there: %q", got)
	}
	if err := os.WriteFile("file", nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := MakeFolder("file/below", 0o777); err == nil {
		t.Error("a folder below a file is made")
	}
}
