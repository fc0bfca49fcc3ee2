package datasets

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/decimal128"
	"github.com/apache/arrow/go/v15/arrow/float16"
	"github.com/apache/arrow/go/v15/arrow/ipc"
	"github.com/apache/arrow/go/v15/arrow/memory"
	"github.com/apache/arrow/go/v15/parquet"
	"github.com/apache/arrow/go/v15/parquet/pqarrow"
	"pgregory.net/rapid"
)

// anyRecord returns rows of columns of many types, every third row null.
func anyRecord(rows int) arrow.Record {
	list := arrow.ListOf(arrow.BinaryTypes.String)
	metadata := arrow.NewMetadata([]string{"made"}, []string{"by a test"})
	schema := arrow.NewSchema([]arrow.Field{
		{Name: "x", Type: arrow.PrimitiveTypes.Float32, Nullable: true},
		{Name: "text", Type: arrow.BinaryTypes.String, Nullable: true},
		{Name: "large", Type: arrow.BinaryTypes.LargeBinary, Nullable: true},
		{Name: "list", Type: list, Nullable: true},
		{Name: "pair", Type: arrow.StructOf(arrow.Field{Name: "a", Type: arrow.PrimitiveTypes.Int64, Nullable: true},
			arrow.Field{Name: "b", Type: list, Nullable: true}), Nullable: true},
		{Name: "triple", Type: arrow.FixedSizeListOf(3, arrow.PrimitiveTypes.Int16), Nullable: true},
		{Name: "time", Type: &arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: "UTC"}, Nullable: true},
		{Name: "price", Type: &arrow.Decimal128Type{Precision: 9, Scale: 2}, Nullable: true},
		{Name: "half", Type: arrow.FixedWidthTypes.Float16, Nullable: true},
		{Name: "yes", Type: arrow.FixedWidthTypes.Boolean, Nullable: true},
		{Name: "map", Type: arrow.MapOf(arrow.BinaryTypes.String, arrow.PrimitiveTypes.Int8), Nullable: true},
		{Name: "kind", Type: &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int8, ValueType: arrow.BinaryTypes.String}, Nullable: true},
		{Name: "none", Type: arrow.Null, Nullable: true},
	}, &metadata)
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer b.Release()
	text := []string{"", "a", "größer"}
	for i := range rows {
		for k := range schema.Fields() {
			if i%3 == 2 || k == 12 {
				b.Field(k).AppendNull()
				continue
			}
			appendAny(b.Field(k), i, text[i%3])
		}
	}
	return b.NewRecord()
}

func appendAny(b array.Builder, i int, text string) {
	switch b := b.(type) {
	case *array.Float32Builder:
		b.Append(float32(i) - 2.5)
	case *array.StringBuilder:
		b.Append(text)
	case *array.BinaryBuilder:
		b.Append([]byte(text))
	case *array.ListBuilder:
		b.Append(true)
		for range i % 4 {
			b.ValueBuilder().(*array.StringBuilder).Append(text)
		}
	case *array.StructBuilder:
		b.Append(true)
		b.FieldBuilder(0).(*array.Int64Builder).Append(int64(i))
		appendAny(b.FieldBuilder(1), i, text)
	case *array.FixedSizeListBuilder:
		b.Append(true)
		b.ValueBuilder().(*array.Int16Builder).AppendValues([]int16{1, int16(i), 3}, nil)
	case *array.TimestampBuilder:
		b.Append(arrow.Timestamp(i))
	case *array.Decimal128Builder:
		b.Append(decimal128.FromI64(int64(i)))
	case *array.Float16Builder:
		b.Append(float16.New(float32(i)))
	case *array.BooleanBuilder:
		b.Append(i%2 == 0)
	case *array.MapBuilder:
		b.Append(true)
		b.KeyBuilder().(*array.StringBuilder).Append(text)
		b.ItemBuilder().(*array.Int8Builder).Append(int8(i))
	case *array.BinaryDictionaryBuilder:
		if err := b.AppendString(text); err != nil {
			panic(err)
		}
	default:
		panic("no such builder in this test")
	}
}

// anyTypes returns a file with columns of many types.
func anyTypes(t testing.TB, format Format) []byte {
	t.Helper()
	r := anyRecord(20)
	defer r.Release()
	return encoded(t, format, r)
}

// encoded returns a record in a format.
func encoded(t rapid.TB, format Format, r arrow.Record) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := NewBatchWriter(&b, format, r.Schema())
	if err == nil {
		err = w.Write(r)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestAnyType: columns of any type come back as they were.
func TestAnyType(t *testing.T) {
	want := anyRecord(20)
	compressed := func(option ipc.Option) []byte {
		var b bytes.Buffer
		w := ipc.NewWriter(&b, ipc.WithSchema(want.Schema()), option)
		if err := w.Write(want); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	for name, contents := range map[string][]byte{
		"file": anyTypes(t, Arrow), "stream": anyTypes(t, ArrowStream),
		"zstd": compressed(ipc.WithZstd()), "lz4": compressed(ipc.WithLZ4()),
	} {
		got := readRecord(t, writeFile(t, contents))
		if !array.RecordEqual(got, want) || !got.Schema().Equal(want.Schema()) {
			t.Errorf("%s: %v\nwant %v", name, got, want)
		}
		got.Release()
	}
}

// readRecord reads a file of one batch.
func readRecord(t *testing.T, path string) arrow.Record {
	t.Helper()
	b, err := OpenBatches(path, Options{AnyType: true})
	if err != nil {
		t.Fatal(err)
	}
	r, err := b.Next()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Next(); err != io.EOF {
		t.Errorf("%v behind the only batch, want %v", err, io.EOF)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// TestAnyTypeOfParquet: what Parquet can hold comes as Arrow's own reader gives it.
func TestAnyTypeOfParquet(t *testing.T) {
	whole := anyRecord(20)
	kept := []int{0, 1, 3, 6, 7, 9}
	var fields []arrow.Field
	var columns []arrow.Array
	for _, i := range kept {
		fields = append(fields, whole.Schema().Field(i))
		columns = append(columns, whole.Column(i))
	}
	want := array.NewRecord(arrow.NewSchema(fields, nil), columns, 20)
	path := filepath.Join(t.TempDir(), "x.parquet")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w, err := pqarrow.NewFileWriter(want.Schema(), f, parquet.NewWriterProperties(), pqarrow.NewArrowWriterProperties(pqarrow.WithStoreSchema()))
	if err == nil {
		err = w.Write(want)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	got := readRecord(t, path)
	for i := range want.Columns() {
		if !array.Equal(got.Column(i), want.Column(i)) {
			t.Errorf("column %q: %v, want %v", want.ColumnName(i), got.Column(i), want.Column(i))
		}
	}
	names := []string{"time", "list", "text", "x"}
	b, err := OpenBatches(path, Options{AnyType: true, Columns: names})
	if err != nil {
		t.Fatal(err)
	}
	r, err := b.Next()
	if err != nil || int(r.NumCols()) != len(names) {
		t.Fatal(r, err)
	}
	for k, name := range names {
		if i := want.Schema().FieldIndices(name)[0]; r.ColumnName(k) != name || !array.Equal(r.Column(k), want.Column(i)) {
			t.Errorf("columns %v: %v", names, r)
		}
	}
}

// TestReplacedDictionary: a stream whose dictionary is replaced stays a stream, and cannot become a file.
func TestReplacedDictionary(t *testing.T) {
	typ := &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int8, ValueType: arrow.BinaryTypes.String}
	schema := arrow.NewSchema([]arrow.Field{{Name: "kind", Type: typ}}, nil)
	var stream bytes.Buffer
	w := ipc.NewWriter(&stream, ipc.WithSchema(schema))
	for _, word := range []string{"a", "b"} {
		b := array.NewDictionaryBuilder(memory.DefaultAllocator, typ).(*array.BinaryDictionaryBuilder)
		if err := b.AppendString(word); err != nil {
			t.Fatal(err)
		}
		if err := w.Write(array.NewRecord(schema, []arrow.Array{b.NewArray()}, 1)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	in := writeFile(t, stream.Bytes())
	for name, want := range map[string]string{
		"out.arrow":  "a column's dictionary is replaced between its batches, which an Arrow IPC file cannot hold: write an Arrow IPC stream (.arrows)",
		"out.arrows": "",
	} {
		b, err := OpenBatches(in, Options{AnyType: true})
		if err != nil {
			t.Fatal(err)
		}
		out := filepath.Join(t.TempDir(), name)
		_, err = Write(out, b)
		checkOneLine(t, name, "write "+out, err, want)
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	}
}
