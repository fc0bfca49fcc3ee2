package diagnosis

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"actinit/datasets"
	"actinit/harness/dense"
)

// TestShrunk: a mapped file that becomes shorter before its columns are looked at, or between
// two batches, is an error of one line.
func TestShrunk(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the test relies on how Linux answers reads of pages that are gone")
	}
	const rows = 1 << 17
	path := filepath.Join(t.TempDir(), "x.arrow")
	open := func() *datasets.Table {
		made, err := datasets.NewTable(datasets.NewValues("x", make([]float32, rows)), datasets.NewValues("class", make([]float64, rows)))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := datasets.Write(path, made.Batches()); err != nil {
			t.Fatal(err)
		}
		table, err := datasets.Open(path, datasets.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := table.Close(); err != nil {
				t.Error(err)
			}
		})
		return table
	}
	shrink := func() {
		if err := os.Truncate(path, 4096); err != nil {
			t.Fatal(err)
		}
	}
	want := path + ": it became shorter while it was read (replace a file by renaming another to it)"
	for _, label := range []string{"", "class"} {
		table := open()
		shrink()
		if _, err := NewTable(table, label, true); err == nil || err.Error() != want {
			t.Errorf("label %q: %v\nwant %s", label, err, want)
		}

		examples, err := NewTable(open(), label, true)
		if err != nil {
			t.Fatal(err)
		}
		x := dense.New[float32](64, examples.Columns())
		if err := examples.Batch(0, x); err != nil {
			t.Fatal(err)
		}
		shrink()
		if err := examples.Batch(rows-64, x); err == nil || err.Error() != want {
			t.Errorf("label %q, a later batch: %v\nwant %s", label, err, want)
		}
	}
}
