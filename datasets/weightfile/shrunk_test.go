package weightfile

import (
	"os"
	"path/filepath"
	"testing"

	"actinit/datasets/mapped"
)

// TestShrunk: an Arrow file that becomes shorter after it was opened is an error of one line.
func TestShrunk(t *testing.T) {
	if !mapped.Maps {
		t.Skip("tests what happens to a mapped file that shrinks, and this system's files are read, not mapped")
	}
	path := filepath.Join(t.TempDir(), "w.arrow")
	announced, values := []Tensor{{Name: "a", Shape: []int{1 << 17}}}, []Values{{Float32: make([]float32, 1<<17)}}
	if err := os.WriteFile(path, encode(t, Arrow, announced, values), 0o666); err != nil {
		t.Fatal(err)
	}
	in, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	if err := os.Truncate(path, 4096); err != nil {
		t.Fatal(err)
	}
	want := path + `: tensor "a": it became shorter while it was read (replace a file by renaming another to it)`
	if _, err := in.Read(0); err == nil || err.Error() != want {
		t.Errorf("%v\nwant %s", err, want)
	}
}
