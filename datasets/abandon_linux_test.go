package datasets

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
)

// openSpools counts the open files of spools, which have no name anymore.
func openSpools(t *testing.T) (n int) {
	t.Helper()
	files, err := filepath.Glob("/proc/self/fd/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if to, err := os.Readlink(f); err == nil && strings.Contains(to, t.Name()) && strings.Contains(to, "actinit-") {
			n++
		}
	}
	return n
}

// TestAbandonedSpool: a reading that fails closes the file of what was read before.
func TestAbandonedSpool(t *testing.T) {
	dir := filepath.Join(t.TempDir(), t.Name())
	if err := os.Mkdir(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", dir)
	table, err := NewTable(NewValues("x", []float64{1, 2, 3}))
	if err != nil {
		t.Fatal(err)
	}
	for _, format := range []Format{NPY, NPZ, Safetensors, IDX} {
		b := table.Batches()
		from, broken, batches := b.next, errors.New("the disk is broken"), 0
		b.next = func() (arrow.Record, error) {
			if batches++; batches > 1 {
				if openSpools(t) != 1 {
					t.Errorf("%s: %d spools are open meanwhile", format, openSpools(t))
				}
				return nil, broken
			}
			return from()
		}
		out, err := newGatheringWriter(io.Discard, format, b.schema, 0)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := encode(&encodedWriter{BatchWriter: zippedWriter{out, nil}}, b); !errors.Is(err, broken) {
			t.Errorf("%s: %v", format, err)
		}
		if n := openSpools(t); n != 0 {
			t.Errorf("%s: %d spools stay open", format, n)
		}
	}
}
