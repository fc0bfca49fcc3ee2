package arrowmap

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"actinit/datasets/unfold"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"
)

// viewSchema has columns of views, one alone, one behind another, and in lists, structs, maps and dictionaries, and
// numbers between them.
func viewSchema(text, bytes arrow.DataType) *arrow.Schema {
	return arrow.NewSchema([]arrow.Field{
		{Name: "text", Type: text, Nullable: true},
		{Name: "x", Type: arrow.PrimitiveTypes.Float64, Nullable: true},
		{Name: "bytes", Type: bytes, Nullable: true},
		{Name: "list", Type: arrow.LargeListOf(text), Nullable: true},
		{Name: "pair", Type: arrow.FixedSizeListOf(2, text), Nullable: true},
		{Name: "map", Type: arrow.MapOf(text, text), Nullable: true},
		{Name: "struct", Type: arrow.StructOf(arrow.Field{Name: "a", Type: text, Nullable: true}, arrow.Field{Name: "b", Type: arrow.ListOf(bytes), Nullable: true}), Nullable: true},
		{Name: "plain", Type: arrow.BinaryTypes.String, Nullable: true},
		{Name: "i", Type: arrow.PrimitiveTypes.Int8},
	}, nil)
}

// viewRows are rows as JSON. Texts are of up to 90 bytes, so that some stand in their view, and rows are many enough
// for several buffers of texts.
func viewRows(t testing.TB, rows int) string {
	t.Helper()
	text := func(i int) any {
		if i%7 == 3 {
			return nil
		}
		return strings.Repeat(fmt.Sprint(i, "é"), i%23)
	}
	all := make([]map[string]any, rows)
	for i := range all {
		all[i] = map[string]any{"i": i % 100}
		if i%11 == 5 {
			continue // a row of nulls
		}
		key := fmt.Sprint("key ", i, " of more than twelve bytes")
		all[i] = map[string]any{
			"text": text(i), "x": i, "bytes": []byte(fmt.Sprint(text(i + 1))), "list": []any{text(i), text(i + 2)}[:i%3*2/2%3], "pair": []any{text(i), text(i + 4)},
			"map": []any{map[string]any{"key": key, "value": text(i)}}, "struct": map[string]any{"a": text(i + 5), "b": []any{[]byte(key)}}, "plain": text(i), "i": i % 100,
		}
	}
	out, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// viewRecords returns rows whose texts and bytes are views, and the same in the types that views are read as.
func viewRecords(t testing.TB, rows int) (views, want arrow.Record) {
	t.Helper()
	text := viewRows(t, rows)
	record := func(schema *arrow.Schema) arrow.Record {
		r, _, err := array.RecordFromJSON(memory.DefaultAllocator, schema, strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	return record(viewSchema(arrow.BinaryTypes.StringView, arrow.BinaryTypes.BinaryView)),
		record(viewSchema(arrow.BinaryTypes.LargeString, arrow.BinaryTypes.LargeBinary))
}

// TestViews: views are read as the large types of the same values, all columns together and each alone.
func TestViews(t *testing.T) {
	views, want := viewRecords(t, 3000)
	for compression, options := range compressions {
		for name, reader := range readers {
			schema, got, err := reader.read(encoded(t, []arrow.Record{views, views}, reader.stream, options...), 1<<30)
			if err != nil || len(got) != 2 || !schema.Equal(want.Schema()) {
				t.Fatalf("%s, %s: %d batches of %v, %v", name, compression, len(got), schema, err)
			}
			for _, r := range got {
				if !array.RecordEqual(r, want) {
					t.Errorf("%s, %s: other rows", name, compression)
				}
			}
		}
		file, err := New(encoded(t, []arrow.Record{views}, false, options...))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := file.Schema(); err != nil {
			t.Fatal(err)
		}
		most := 0
		for i := range file.Fields() {
			got, err := file.Record(0, []int{i}, unfold.New(1<<30, 0))
			if err != nil {
				t.Fatal(err)
			}
			if !array.Equal(got.Column(0), want.Column(i)) {
				t.Errorf("%s: column %s alone differs", compression, want.ColumnName(i))
			}
		}
		for i := range file.batches[0].variadic.len {
			most = max(most, int(file.batches[0].variadic.at(i).int64(0)))
		}
		if most < 2 {
			t.Errorf("no view has two buffers, at most %d", most)
		}
	}
}

// TestDamagedViews: a view that points beyond its column's buffers, claims a negative length or more text than is
// believed is one line.
func TestDamagedViews(t *testing.T) {
	schema := arrow.NewSchema([]arrow.Field{{Name: "text", Type: arrow.BinaryTypes.StringView}}, nil)
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	long := strings.Repeat("long ", 1000)
	for range 100 {
		b.Field(0).(*array.StringViewBuilder).Append(long)
	}
	data := encoded(t, []arrow.Record{b.NewRecord()}, false)
	first := bytes.Index(data, append([]byte{0x88, 0x13, 0, 0}, "long"...)) // the length of 5000, and the prefix
	if first < 0 {
		t.Fatal("no view is found")
	}
	for _, c := range []struct {
		at   int
		put  uint32
		want string
	}{
		{0, 1 << 31, "row 1: its view claims -2147483648 bytes"},
		{0, 1 << 30, "row 1: its view points beyond the column's buffers"},
		{8, 1 << 20, "row 1: its view points beyond the column's buffers"},
		{8, 1 << 31, "row 1: its view points beyond the column's buffers"},
		{12, 1 << 31, "row 1: its view points beyond the column's buffers"},
		{12, 1<<31 - 1, "row 1: its view points beyond the column's buffers"},
	} {
		damaged := bytes.Clone(data)
		binary.LittleEndian.PutUint32(damaged[first+c.at:], c.put)
		_, _, err := fromFile(damaged, 1<<30)
		if want := `record batch 1, column "text": ` + c.want; err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
	if _, _, err := fromFile(data, 400_000); !errors.Is(err, unfold.ErrLimit) {
		t.Errorf("500 kB of text in 400 kB: %v", err)
	}
}
