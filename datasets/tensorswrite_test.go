package datasets

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
)

// TestTensorsBeyondMemory: what is kept in a temporary file until the rows are known gives the same bytes as what memory has room for,
// and nothing stays behind; where there is no room for it either, one line says which folder needs it.
func TestTensorsBeyondMemory(t *testing.T) {
	const rows, batches = 40_000, 5
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	u8, f64 := arrow.PrimitiveTypes.Uint8, arrow.PrimitiveTypes.Float64
	for format, types := range map[Format][]arrow.DataType{
		NPZ: {f64, u8, arrow.FixedWidthTypes.Boolean}, Safetensors: {u8, f64}, NPY: {f64, f64}, IDX: {f64, f64, f64},
	} {
		record := flatRecord(rows, false, types...)
		write := func(inMemory int64) (file []byte, err error) {
			var b bytes.Buffer
			w, err := newGatheringWriter(&b, format, record.Schema(), inMemory)
			if err != nil {
				t.Fatal(err)
			}
			for k := range batches {
				if err := w.Write(record.NewSlice(0, int64(rows-k))); err != nil {
					return nil, err
				}
			}
			err = w.Close()
			return b.Bytes(), err
		}
		want, err := write(1 << 40)
		if err != nil || len(want) < batches*(rows-batches)*8 {
			t.Fatalf("%s: %d bytes, %v", format, len(want), err)
		}
		for _, inMemory := range []int64{0, 1 << 20} {
			if got, err := write(inMemory); err != nil || !bytes.Equal(got, want) {
				t.Errorf("%s, %d bytes in memory: %d other bytes, want %d: %v", format, inMemory, len(got), len(want), err)
			}
		}
		t.Setenv("TMPDIR", dir+"/none")
		err = WriteFile(filepath.Join(t.TempDir(), "file"), func(io.Writer) error {
			_, err := write(0)
			return err
		})
		if err == nil || !strings.Contains(err.Error(), "in the folder that TMPDIR names: ") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s, without a folder: %v", format, err)
		}
		t.Setenv("TMPDIR", dir)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("%v stay behind, %v", left, err)
	}
}
