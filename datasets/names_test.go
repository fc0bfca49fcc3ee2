package datasets

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"
)

// twins is a record whose columns 1 and 3 have one name.
func twins() arrow.Record {
	fields := []arrow.Field{
		{Name: "x", Type: arrow.PrimitiveTypes.Float64}, {Name: "y", Type: arrow.PrimitiveTypes.Float64}, {Name: "x", Type: arrow.PrimitiveTypes.Float64},
	}
	b := array.NewRecordBuilder(memory.DefaultAllocator, arrow.NewSchema(fields, nil))
	defer b.Release()
	for i := range fields {
		b.Field(i).(*array.Float64Builder).Append(float64(i))
	}
	return b.NewRecord()
}

// TestEqualNames: Arrow files may hold columns of one name, which are refused unless neither is
// wanted, as no other format holds them.
func TestEqualNames(t *testing.T) {
	r := twins()
	for _, format := range []Format{Arrow, ArrowStream} {
		var b bytes.Buffer
		w, err := NewBatchWriter(&b, format, r.Schema())
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Write(r); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		path := writeFile(t, b.Bytes())
		for _, test := range []struct {
			options Options
			want    string
		}{
			{Options{}, path + `: columns 1 and 3 are both named "x", names must differ`},
			{Options{AnyType: true}, path + `: columns 1 and 3 are both named "x", names must differ`},
			{Options{Columns: []string{"y", "x"}}, path + `: columns 1 and 3 are both named "x", names must differ`},
			{Options{Columns: []string{"y", "y"}}, path + `: column "y" is asked for twice`},
			{Options{Columns: []string{"y"}}, ""},
		} {
			if err := readBatches(path, test.options); (err == nil) != (test.want == "") || err != nil && err.Error() != test.want {
				t.Errorf("%s, %+v: %v\nwant %s", format, test.options, err, test.want)
			}
		}
	}
	for _, format := range []Format{CSV, CSVGzip, CSVZstd, Parquet, NPY, NPZ, Safetensors, IDX, IDXGzip} {
		want := fmt.Sprintf(`2 columns are named "x", and %s is written with names that differ`, format)
		if _, err := NewBatchWriter(&bytes.Buffer{}, format, r.Schema()); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", format, err, want)
		}
	}
}

// TestEqualNamesWriteNothing: what cannot be written is refused before there is a file.
func TestEqualNamesWriteNothing(t *testing.T) {
	in := writeFile(t, []byte("x,x\n1,2\n"))
	dir := t.TempDir()
	for _, ending := range []string{".safetensors", ".npz", ".parquet", ".csv", ".arrow"} {
		out := filepath.Join(dir, "out"+ending)
		want := in + `: line 1: columns 1 and 2 are both named "x", names must differ`
		if err := convert(in, out, Options{}); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", ending, err, want)
		}
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 0 {
		t.Errorf("the folder holds %v, %v", entries, err)
	}
}
