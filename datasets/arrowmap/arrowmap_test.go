package arrowmap

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"actinit/datasets/mapped"
	"actinit/datasets/unfold"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/ipc"
	"github.com/apache/arrow/go/v15/arrow/memory"
)

const rows = 1000

// write writes a file with a string, a float64 and a nullable int8 column to dir.
func write(t *testing.T, options ...ipc.Option) *os.File {
	t.Helper()
	schema := arrow.NewSchema([]arrow.Field{
		{Name: "s", Type: arrow.BinaryTypes.String},
		{Name: "x", Type: arrow.PrimitiveTypes.Float64},
		{Name: "i", Type: arrow.PrimitiveTypes.Int8, Nullable: true},
	}, nil)
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	for k := range rows {
		b.Field(0).(*array.StringBuilder).Append("text")
		b.Field(1).(*array.Float64Builder).Append(float64(k))
		if k%3 == 0 {
			b.Field(2).AppendNull()
		} else {
			b.Field(2).(*array.Int8Builder).Append(int8(k))
		}
	}
	f, err := os.Create(filepath.Join(t.TempDir(), "f.arrow"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	w, err := ipc.NewFileWriter(f, append(options, ipc.WithSchema(schema))...)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(b.NewRecord()); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return f
}

func column(t *testing.T, file *File, i int, budget int64) arrow.Array {
	t.Helper()
	if file.Batches() != 1 {
		t.Fatalf("%d batches", file.Batches())
	}
	record, err := file.Record(0, []int{i}, unfold.New(budget, 0))
	if err != nil {
		t.Fatal(err)
	}
	if record.NumCols() != 1 || record.NumRows() != rows {
		t.Fatalf("%d columns, %d rows", record.NumCols(), record.NumRows())
	}
	return record.Column(0)
}

// maps reports whether an array's values lie in the mapping of the file.
func maps(file *File, a arrow.Array) bool { return file.Mapping().Holds(a.Data().Buffers()[1].Bytes()) }

func checkColumns(t *testing.T, file *File, budget int64) {
	t.Helper()
	x := column(t, file, 1, budget).(*array.Float64)
	i := column(t, file, 2, budget).(*array.Int8)
	for k := range rows {
		if x.Value(k) != float64(k) || i.IsNull(k) != (k%3 == 0) || i.IsValid(k) && i.Value(k) != int8(k) {
			t.Fatalf("row %d: %g, %s", k, x.Value(k), i.ValueStr(k))
		}
	}
}

func open(t *testing.T, f *os.File) *File {
	t.Helper()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	file, err := Open(f, info.Size())
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func TestMapped(t *testing.T) {
	file := open(t, write(t))
	defer file.Close()
	if len(file.Fields()) != 3 {
		t.Fatalf("%d columns", len(file.Fields()))
	}
	checkColumns(t, file, 0) // mapped columns take nothing from the budget
	if x := column(t, file, 1, 0); maps(file, x) != mapped.Maps {
		t.Errorf("in the mapping: %t", maps(file, x))
	}
	if f := file.Fields()[0]; f.Type != nil || f.TypeName != "Utf8" {
		t.Errorf("the string column is %v, %s", f.Type, f.TypeName)
	}
	if _, err := file.Record(0, []int{0}, unfold.New(0, 0)); err == nil {
		t.Error("a string column is read")
	}
}

func TestCompressed(t *testing.T) {
	for _, codec := range []ipc.Option{ipc.WithLZ4(), ipc.WithZstd()} {
		file := open(t, write(t, codec))
		checkColumns(t, file, 1<<20)
		if x := column(t, file, 1, 1<<20); maps(file, x) {
			t.Error("a decompressed column is said to be mapped")
		}
		if _, err := file.Record(0, []int{1}, unfold.New(8*rows-1, 0)); !errors.Is(err, unfold.ErrLimit) {
			t.Errorf("%v, want %v", err, unfold.ErrLimit)
		}
		if err := file.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestUnaligned reads a file that lies at an odd address: it is copied.
func TestUnaligned(t *testing.T) {
	contents, err := os.ReadFile(write(t).Name())
	if err != nil {
		t.Fatal(err)
	}
	odd := append(make([]byte, 1, 1+len(contents)), contents...)[1:]
	file, err := New(odd)
	if err != nil {
		t.Fatal(err)
	}
	checkColumns(t, file, 1<<20)
}

// TestDamaged changes every byte of the metadata in turn: an error or some
// other table, never a panic nor a slice beyond the file.
func TestDamaged(t *testing.T) {
	contents, err := os.ReadFile(write(t).Name())
	if err != nil {
		t.Fatal(err)
	}
	// The metadata stand before and behind the columns' many bytes.
	positions := make([]int, 0, 3000)
	for i := range 1500 {
		positions = append(positions, i, len(contents)-1-i)
	}
	for _, at := range positions {
		for _, value := range []byte{0, 0x7f, 0x80, 0xff, contents[at] + 1} {
			changed := bytes.Clone(contents)
			changed[at] = value
			file, err := New(changed)
			if err != nil {
				continue
			}
			for i, field := range file.Fields() {
				if field.Type == nil {
					continue
				}
				for batch := range file.Batches() {
					record, err := file.Record(batch, []int{i}, unfold.New(1<<20, 0))
					if err != nil {
						break
					}
					for k := range int(record.NumRows()) {
						_ = record.Column(0).ValueStr(k)
					}
				}
			}
		}
	}
}

// TestListsOfDamagedFiles: no byte that changes makes reading texts and lists panic.
func TestListsOfDamagedFiles(t *testing.T) {
	schema := arrow.NewSchema([]arrow.Field{
		{Name: "s", Type: arrow.BinaryTypes.String}, {Name: "l", Type: arrow.ListOf(arrow.PrimitiveTypes.Float32)},
	}, nil)
	for _, options := range [][]ipc.Option{nil, {ipc.WithZstd()}, {ipc.WithLZ4()}} {
		b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
		b.Field(0).(*array.StringBuilder).AppendValues([]string{"one", "", "three"}, nil)
		list := b.Field(1).(*array.ListBuilder)
		for i := range 3 {
			list.Append(true)
			list.ValueBuilder().(*array.Float32Builder).AppendValues(make([]float32, i), nil)
		}
		path := filepath.Join(t.TempDir(), "f.arrow")
		f, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		w, err := ipc.NewFileWriter(f, append(options, ipc.WithSchema(schema))...)
		if err == nil {
			err = w.Write(b.NewRecord())
		}
		if err == nil {
			err = w.Close()
		}
		if err == nil {
			err = f.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		read := func() (texts []string, lengths []int, err error) {
			file, err := New(data)
			if err != nil {
				return nil, nil, err
			}
			if len(file.Fields()) != 2 {
				return nil, nil, errors.New("other columns")
			}
			budget := unfold.New(1<<20, 0)
			if texts, err = file.Texts(0, budget); err != nil {
				return nil, nil, err
			}
			lists, err := file.Lists(1, budget)
			for _, l := range lists {
				bytes, err := l.Bytes()
				if err != nil {
					return nil, nil, err
				}
				lengths = append(lengths, len(bytes))
			}
			return texts, lengths, err
		}
		texts, lengths, err := read()
		if err != nil || !slices.Equal(texts, []string{"one", "", "three"}) || !slices.Equal(lengths, []int{0, 4, 8}) {
			t.Errorf("read %q, %v, %v", texts, lengths, err)
		}
		for i := range data {
			for _, flip := range []byte{1, 0x80, 0xff} {
				data[i] ^= flip
				_, _, _ = read()
				data[i] ^= flip
			}
		}
	}
}
