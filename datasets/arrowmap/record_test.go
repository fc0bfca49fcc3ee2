package arrowmap

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"

	"actinit/datasets/unfold"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/ipc"
	"github.com/apache/arrow/go/v15/arrow/memory"
	"pgregory.net/rapid"
)

// records are two batches of one schema with a column of each sort of type.
func records(t testing.TB) []arrow.Record {
	t.Helper()
	metadata := arrow.NewMetadata([]string{"made by"}, []string{"a test"})
	schema := arrow.NewSchema([]arrow.Field{
		{Name: "f32", Type: arrow.PrimitiveTypes.Float32, Nullable: true, Metadata: arrow.NewMetadata([]string{"unit"}, []string{"m"})},
		{Name: "u64", Type: arrow.PrimitiveTypes.Uint64, Nullable: true},
		{Name: "i16", Type: arrow.PrimitiveTypes.Int16, Nullable: true},
		{Name: "bool", Type: arrow.FixedWidthTypes.Boolean, Nullable: true},
		{Name: "text", Type: arrow.BinaryTypes.String, Nullable: true},
		{Name: "long", Type: arrow.BinaryTypes.LargeString, Nullable: true},
		{Name: "time", Type: arrow.FixedWidthTypes.Timestamp_us, Nullable: true},
		{Name: "decimal", Type: &arrow.Decimal128Type{Precision: 20, Scale: 2}, Nullable: true},
		{Name: "list", Type: arrow.ListOf(arrow.PrimitiveTypes.Int32), Nullable: true},
		{Name: "pair", Type: arrow.FixedSizeListOf(2, arrow.PrimitiveTypes.Float64), Nullable: true},
		{Name: "struct", Type: arrow.StructOf(arrow.Field{Name: "a", Type: arrow.PrimitiveTypes.Int8, Nullable: true}, arrow.Field{Name: "b", Type: arrow.BinaryTypes.String, Nullable: true}), Nullable: true},
		{Name: "map", Type: arrow.MapOf(arrow.BinaryTypes.String, arrow.PrimitiveTypes.Int64), Nullable: true},
		{Name: "dictionary", Type: &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int8, ValueType: arrow.BinaryTypes.String}, Nullable: true},
		{Name: "null", Type: arrow.Null, Nullable: true},
	}, &metadata)
	var all []arrow.Record
	for _, text := range []string{
		`[{"f32": 1.5, "u64": 18446744073709551615, "i16": -3, "bool": true, "text": "one", "long": "a", "time": "2026-01-02 03:04:05", "decimal": "12.34",
			"list": [1, null, 3], "pair": [1, 2], "struct": {"a": 1, "b": "x"}, "map": [{"key": "k", "value": 7}], "dictionary": "red"},
		  {},
		  {"f32": -0.25, "u64": 0, "i16": 7, "bool": false, "text": "", "long": "", "list": [], "pair": [3, 4], "struct": {"a": null, "b": null}, "map": [], "dictionary": "green"}]`,
		`[{"f32": 2, "text": "four", "list": [4], "dictionary": "red"}, {"dictionary": "green"}]`,
	} {
		r, _, err := array.RecordFromJSON(memory.DefaultAllocator, schema, strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
	return all
}

var compressions = map[string][]ipc.Option{"plain": nil, "lz4": {ipc.WithLZ4()}, "zstd": {ipc.WithZstd()}}

// encoded returns the records as an Arrow IPC file, or as a stream.
func encoded(t testing.TB, all []arrow.Record, stream bool, options ...ipc.Option) []byte {
	t.Helper()
	var out bytes.Buffer
	options = append(options[:len(options):len(options)], ipc.WithSchema(all[0].Schema()))
	var w interface {
		Write(arrow.Record) error
		Close() error
	} = ipc.NewWriter(&out, options...)
	if !stream {
		f, err := ipc.NewFileWriter(&seekable{&out}, options...)
		if err != nil {
			t.Fatal(err)
		}
		w = f
	}
	for _, r := range all {
		if err := w.Write(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// seekable is a buffer of which its writer asks where it is.
type seekable struct{ *bytes.Buffer }

func (s *seekable) Seek(int64, int) (int64, error) { return int64(s.Len()), nil }

// fromFile reads all records of a file, and fromStream those of a stream.
func fromFile(data []byte, limit int64) (schema *arrow.Schema, all []arrow.Record, err error) {
	file, err := New(data)
	if err != nil {
		return nil, nil, err
	}
	if schema, err = file.Schema(); err != nil {
		return nil, nil, err
	}
	for k := range file.Batches() {
		r, err := file.Record(k, everyColumn(file.Fields()), unfold.New(limit, 0))
		if err != nil {
			return schema, all, err
		}
		all = append(all, r)
	}
	return schema, all, nil
}

func fromStream(data []byte, limit int64) (schema *arrow.Schema, all []arrow.Record, err error) {
	s, err := NewStream(bytes.NewReader(data))
	if err != nil {
		return nil, nil, err
	}
	for {
		r, err := s.Next(everyColumn(s.Fields()), unfold.New(limit, 0))
		if errors.Is(err, io.EOF) {
			return s.Schema(), all, nil
		}
		if err != nil {
			return s.Schema(), all, err
		}
		all = append(all, r)
	}
}

func everyColumn(fields []Field) []int {
	columns := make([]int, len(fields))
	for i := range columns {
		columns[i] = i
	}
	return columns
}

var readers = map[string]struct {
	stream bool
	read   func([]byte, int64) (*arrow.Schema, []arrow.Record, error)
}{"file": {false, fromFile}, "stream": {true, fromStream}}

// TestRecords: what the library has written is read as it was, with its types, nulls and metadata.
func TestRecords(t *testing.T) {
	want := records(t)
	for compression, options := range compressions {
		for name, reader := range readers {
			schema, got, err := reader.read(encoded(t, want, reader.stream, options...), 1<<20)
			if err != nil || len(got) != len(want) {
				t.Errorf("%s, %s: %d batches, %v", name, compression, len(got), err)
				continue
			}
			if !schema.Equal(want[0].Schema()) || !schema.Metadata().Equal(want[0].Schema().Metadata()) {
				t.Errorf("%s, %s: the schema %v", name, compression, schema)
			}
			for i := range want {
				if !array.RecordEqual(got[i], want[i]) {
					t.Errorf("%s, %s: batch %d is\n%v\nwant\n%v", name, compression, i, got[i], want[i])
				}
			}
		}
	}
	_, got, err := fromStream(encoded(t, want, true), 100)
	if !errors.Is(err, unfold.ErrLimit) || len(got) > 0 {
		t.Errorf("a stream in 100 bytes: %d batches, %v", len(got), err)
	}
}

// TestDamagedRecords: no bytes that change, nor an end that comes early, make reading panic.
func TestDamagedRecords(t *testing.T) {
	type whole struct {
		data []byte
		read func([]byte, int64) (*arrow.Schema, []arrow.Record, error)
	}
	var files []whole
	views, _ := viewRecords(t, 20)
	for _, options := range compressions {
		for _, reader := range readers {
			for _, all := range [][]arrow.Record{records(t), {views}} {
				files = append(files, whole{encoded(t, all, reader.stream, options...), reader.read})
			}
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		file := files[rapid.IntRange(0, len(files)-1).Draw(t, "file")]
		data := bytes.Clone(file.data)
		for range rapid.IntRange(0, 3).Draw(t, "changes") {
			data[rapid.IntRange(0, len(data)-1).Draw(t, "at")] = rapid.OneOf(rapid.Byte(), rapid.SampledFrom([]byte{0x7f, 0x80, 0xff})).Draw(t, "byte")
		}
		if rapid.IntRange(0, 9).Draw(t, "whole") == 0 {
			data = data[:rapid.IntRange(0, len(data)).Draw(t, "length")]
		}
		_, all, _ := file.read(data, 1<<20)
		for _, r := range all {
			for _, a := range r.Columns() {
				if d, is := a.(*array.Dictionary); is {
					a = d.Indices() // which are passed on as they are, and looked up by nobody
				}
				for k := range a.Len() {
					_ = a.ValueStr(k)
				}
			}
		}
	})
}

// TestStreamErrors: what is no stream is told in words.
func TestStreamErrors(t *testing.T) {
	whole := encoded(t, records(t), true)
	claim := func(length uint32) []byte {
		return binary.LittleEndian.AppendUint32([]byte("\xff\xff\xff\xff"), length)
	}
	for _, test := range []struct {
		name string
		data []byte
		want string
	}{
		{"empty", nil, "it holds no schema"},
		{"an end only", claim(0), "it holds no schema"},
		{"a start cut off", whole[:3], "the stream ends early"},
		{"a schema cut off", whole[:20], "the stream ends early"},
		{"a batch cut off", whole[:len(whole)-40], "the stream ends early"},
		{"small metadata", claim(7), "claims 7 bytes of metadata"},
		{"large metadata", claim(1 << 31), "claims 2147483648 bytes of metadata"},
		{"two schemas", append(bytes.Clone(whole[:8+binary.LittleEndian.Uint32(whole[4:])]), whole...), "neither a record batch nor a dictionary"},
	} {
		if _, _, err := fromStream(test.data, 1<<20); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		}
	}
}
