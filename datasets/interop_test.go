package datasets

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/float16"
	"github.com/apache/arrow/go/v15/arrow/ipc"
	"github.com/apache/arrow/go/v15/arrow/memory"
	"github.com/apache/arrow/go/v15/parquet"
	"github.com/apache/arrow/go/v15/parquet/compress"
	"github.com/apache/arrow/go/v15/parquet/file"
	"github.com/apache/arrow/go/v15/parquet/pqarrow"

	"actinit/datasets/atomicfile"
	"actinit/datasets/buildinfo"
)

// foreignFields are columns of every numeric type, among others.
var foreignFields = []arrow.Field{
	{Name: "text", Type: arrow.BinaryTypes.String, Nullable: true},
	{Name: "list", Type: arrow.ListOf(arrow.PrimitiveTypes.Float32), Nullable: true},
	{Name: "f64", Type: arrow.PrimitiveTypes.Float64, Nullable: true},
	{Name: "f32", Type: arrow.PrimitiveTypes.Float32},
	{Name: "i8", Type: arrow.PrimitiveTypes.Int8, Nullable: true},
	{Name: "u8", Type: arrow.PrimitiveTypes.Uint8},
	{Name: "i16", Type: arrow.PrimitiveTypes.Int16},
	{Name: "u16", Type: arrow.PrimitiveTypes.Uint16},
	{Name: "i32", Type: arrow.PrimitiveTypes.Int32},
	{Name: "u32", Type: arrow.PrimitiveTypes.Uint32},
	{Name: "i64", Type: arrow.PrimitiveTypes.Int64, Nullable: true},
	{Name: "u64", Type: arrow.PrimitiveTypes.Uint64},
	{Name: "bool", Type: arrow.FixedWidthTypes.Boolean, Nullable: true},
	{Name: "f16", Type: arrow.FixedWidthTypes.Float16},
	{Name: "when", Type: arrow.FixedWidthTypes.Timestamp_us},
}

var numericNames = []string{"f64", "f32", "i8", "u8", "i16", "u16", "i32", "u32", "i64", "u64", "bool"}

const foreignRows = 3

// foreignRecord fills the fields with numbers row, row+1, row+2 and a null in
// the middle of nullable columns.
func foreignRecord(fields []arrow.Field, row int) arrow.Record {
	b := array.NewRecordBuilder(memory.DefaultAllocator, arrow.NewSchema(fields, nil))
	defer b.Release()
	for i, field := range fields {
		for k := row; k < row+foreignRows; k++ {
			if field.Nullable && k == row+1 {
				b.Field(i).AppendNull()
				continue
			}
			appendNumber(b.Field(i), k)
		}
	}
	return b.NewRecord()
}

func appendNumber(b array.Builder, k int) {
	switch b := b.(type) {
	case *array.StringBuilder:
		b.Append(strings.Repeat("x", k))
	case *array.ListBuilder:
		b.Append(true)
		b.ValueBuilder().(*array.Float32Builder).AppendValues(make([]float32, k), nil)
	case *array.Float64Builder:
		b.Append(float64(k))
	case *array.Float32Builder:
		b.Append(float32(k))
	case *array.Int8Builder:
		b.Append(int8(k))
	case *array.Uint8Builder:
		b.Append(uint8(k))
	case *array.Int16Builder:
		b.Append(int16(k))
	case *array.Uint16Builder:
		b.Append(uint16(k))
	case *array.Int32Builder:
		b.Append(int32(k))
	case *array.Uint32Builder:
		b.Append(uint32(k))
	case *array.Int64Builder:
		b.Append(int64(k))
	case *array.Uint64Builder:
		b.Append(uint64(k))
	case *array.BooleanBuilder:
		b.Append(k%2 == 1)
	case *array.Float16Builder:
		b.Append(float16.New(float32(k)))
	case *array.TimestampBuilder:
		b.Append(arrow.Timestamp(k))
	}
}

// foreignArrow returns files that the Arrow library wrote: without compression,
// with LZ4 and with zstd.
func foreignArrow(t testing.TB) [][]byte {
	t.Helper()
	schema := arrow.NewSchema(foreignFields, nil)
	var files [][]byte
	for _, option := range []ipc.Option{ipc.WithSchema(schema), ipc.WithLZ4(), ipc.WithZstd()} {
		var b bytes.Buffer
		w, err := ipc.NewFileWriter(atomicfile.FrontToBack(&b), ipc.WithSchema(schema), option)
		if err != nil {
			t.Fatal(err)
		}
		for batch := range 2 {
			if err := w.Write(foreignRecord(foreignFields, batch*foreignRows)); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		files = append(files, b.Bytes())
	}
	return files
}

// foreignParquet returns files that the Arrow library wrote: data pages of
// version 1 and 2, with and without dictionaries.
func foreignParquet(t testing.TB) [][]byte {
	t.Helper()
	fields := make([]arrow.Field, 0, len(foreignFields))
	for _, f := range foreignFields {
		if f.Name != "f16" { // this version of the library does not write it
			fields = append(fields, f)
		}
	}
	var files [][]byte
	for _, options := range [][]parquet.WriterProperty{
		{parquet.WithDictionaryDefault(false)},
		{parquet.WithDataPageVersion(parquet.DataPageV2), parquet.WithCompression(compress.Codecs.Snappy)},
		{parquet.WithCompression(compress.Codecs.Zstd), parquet.WithVersion(parquet.V1_0)},
	} {
		var b bytes.Buffer
		w, err := pqarrow.NewFileWriter(arrow.NewSchema(fields, nil), &b, parquet.NewWriterProperties(options...),
			pqarrow.NewArrowWriterProperties())
		if err != nil {
			t.Fatal(err)
		}
		for batch := range 2 {
			if err := w.Write(foreignRecord(fields, batch*foreignRows)); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		files = append(files, b.Bytes())
	}
	return files
}

// TestReadsForeignFiles reads every numeric type as the Arrow library wrote it.
func TestReadsForeignFiles(t *testing.T) {
	check := func(t *testing.T, contents []byte, names []string) {
		t.Helper()
		path := writeFile(t, contents)
		if _, err := Open(path, Options{}); err == nil || !strings.Contains(err.Error(), `column "text" has the type`) {
			t.Errorf("all columns: %v", err)
		}
		table, err := Open(path, Options{Columns: names})
		if err != nil {
			t.Fatal(err)
		}
		defer table.Close()
		for i, c := range table.Columns() {
			if c.Name() != names[i] || c.Len() != 2*foreignRows {
				t.Errorf("column %q has %d rows", c.Name(), c.Len())
			}
			nullable := false
			for _, f := range foreignFields {
				nullable = nullable || f.Name == c.Name() && f.Nullable
			}
			row := 0
			for v, valid := range c.All() {
				want := float64(row)
				if c.Name() == "bool" {
					want = float64(row % 2)
				}
				if wantValid := !nullable || row%foreignRows != 1; valid != wantValid || valid && v != want {
					t.Errorf("column %q, row %d: %g %t, want %g %t", c.Name(), row, v, valid, want, wantValid)
				}
				row++
			}
		}
	}
	for i, contents := range foreignArrow(t) {
		t.Run(fmt.Sprint("arrow", i), func(t *testing.T) { check(t, contents, append([]string{"f16"}, numericNames...)) })
	}
	for i, contents := range foreignParquet(t) {
		t.Run(fmt.Sprint("parquet", i), func(t *testing.T) { check(t, contents, numericNames) })
	}
}

// TestForeignReadersAgree has the Arrow library read what this package writes.
func TestForeignReadersAgree(t *testing.T) {
	want := map[string][]string{"a": {"0.5", "-1e+300", "0"}, "b": {"1", "(null)", "3"}}

	r, err := ipc.NewFileReader(bytes.NewReader(sample(t, Arrow)))
	if err != nil {
		t.Fatal(err)
	}
	record, err := r.Record(0)
	if err != nil {
		t.Fatal(err)
	}
	if r.NumRecords() != 1 || record.ColumnName(0) != "a" {
		t.Errorf("%d batches, column %q first", r.NumRecords(), record.ColumnName(0))
	}
	for i, c := range record.Columns() {
		sameText(t, "Arrow", c, want[record.ColumnName(i)])
	}

	pf, err := file.NewParquetReader(bytes.NewReader(sample(t, Parquet)))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := pf.MetaData().GetCreatedBy(), buildinfo.CreatedBy(); got != want {
		t.Errorf("created by %q, want %q", got, want)
	}
	fr, err := pqarrow.NewFileReader(pf, pqarrow.ArrowReadProperties{}, memory.DefaultAllocator)
	if err != nil {
		t.Fatal(err)
	}
	table, err := fr.ReadTable(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if table.Column(0).Name() != "a" {
		t.Errorf("column %q first", table.Column(0).Name())
	}
	for i := range int(table.NumCols()) {
		c := table.Column(i)
		sameText(t, "Parquet", c.Data().Chunk(0), want[c.Name()])
	}
}

func sameText(t *testing.T, format string, a arrow.Array, want []string) {
	t.Helper()
	if a.Len() != len(want) {
		t.Fatalf("%s: %d rows, want %d", format, a.Len(), len(want))
	}
	for i, w := range want {
		if got := a.ValueStr(i); got != w {
			t.Errorf("%s, row %d: %s, want %s", format, i, got, w)
		}
	}
}

// TestInexactIntegers refuses integers that no float64 holds, and takes those
// beyond 2^53 that one does.
func TestInexactIntegers(t *testing.T) {
	fields := []arrow.Field{{Name: "i", Type: arrow.PrimitiveTypes.Int64}, {Name: "u", Type: arrow.PrimitiveTypes.Uint64}}
	for _, test := range []struct {
		i    int64
		u    uint64
		typ  Type
		want string // error
	}{
		{math.MinInt64, 1 << 63, "", ""},
		{1<<53 + 2, 1<<64 - 1<<11, "", ""},
		{1<<24 + 2, 1<<64 - 1<<40, Float32, ""},
		{1<<24 + 1, 0, Float32, `row 1, column "i": the integer 16777217 is not exactly a float32`},
		{0, 1<<53 + 1, Float32, `row 1, column "u": the integer 9007199254740993 is not exactly a float32`},
		{1<<53 + 1, 0, "", `row 1, column "i": the integer 9007199254740993 is not exactly a float64`},
		{-1<<53 - 1, 0, "", `row 1, column "i": the integer -9007199254740993 is not exactly a float64`},
		{0, math.MaxUint64, "", `row 1, column "u": the integer 18446744073709551615 is not exactly a float64`},
	} {
		b := array.NewRecordBuilder(memory.DefaultAllocator, arrow.NewSchema(fields, nil))
		b.Field(0).(*array.Int64Builder).Append(test.i)
		b.Field(1).(*array.Uint64Builder).Append(test.u)
		record := b.NewRecord()

		var asArrow, asParquet bytes.Buffer
		w, err := ipc.NewFileWriter(atomicfile.FrontToBack(&asArrow), ipc.WithSchema(record.Schema()))
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Write(record); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		p, err := pqarrow.NewFileWriter(record.Schema(), &asParquet, nil, pqarrow.NewArrowWriterProperties())
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Write(record); err != nil {
			t.Fatal(err)
		}
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
		for _, contents := range [][]byte{asArrow.Bytes(), asParquet.Bytes()} {
			path := writeFile(t, contents)
			table, err := Open(path, Options{Type: test.typ})
			if test.want != "" {
				if err == nil || err.Error() != path+": "+test.want {
					t.Errorf("%v, want %s", err, test.want)
				}
				continue
			}
			if err != nil {
				t.Error(err)
				continue
			}
			for v := range table.Column("i").All() {
				if v != float64(test.i) {
					t.Errorf("%g, want %d", v, test.i)
				}
			}
			if err := table.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}
