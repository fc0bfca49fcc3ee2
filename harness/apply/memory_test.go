package apply

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"actinit/datasets"
	"actinit/kernels/columns"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"
	arrowparquet "github.com/apache/arrow/go/v15/parquet"
	"github.com/apache/arrow/go/v15/parquet/compress"
	"github.com/apache/arrow/go/v15/parquet/pqarrow"
	"github.com/parquet-go/parquet-go"
)

// poisoned is a pool that overwrites what is given back, so that whoever still reads it is found out.
type poisoned struct {
	columns.Pool
	freed atomic.Int64
}

func (p *poisoned) Reallocate(size int, b []byte) []byte {
	if size <= cap(b) {
		return p.Pool.Reallocate(size, b)
	}
	grown := p.Allocate(size)
	copy(grown, b)
	p.Free(b)
	return grown
}

func (p *poisoned) Free(b []byte) {
	p.freed.Add(int64(len(b)))
	b = b[:cap(b)]
	for i := range b {
		b[i] = 0xa5
	}
	p.Pool.Free(b)
}

// manyTypes returns a record of columns that Parquet holds, every fifth row null.
func manyTypes(t *testing.T, rows int) arrow.Record {
	t.Helper()
	schema := arrow.NewSchema([]arrow.Field{
		{Name: "x", Type: arrow.PrimitiveTypes.Float32, Nullable: true}, {Name: "y", Type: arrow.PrimitiveTypes.Float64},
		{Name: "small", Type: arrow.PrimitiveTypes.Int8, Nullable: true}, {Name: "id", Type: arrow.PrimitiveTypes.Int64},
		{Name: "few", Type: arrow.BinaryTypes.String, Nullable: true}, {Name: "text", Type: arrow.BinaryTypes.String, Nullable: true},
		{Name: "on", Type: arrow.FixedWidthTypes.Boolean, Nullable: true}, {Name: "day", Type: arrow.FixedWidthTypes.Date32},
	}, nil)
	var text strings.Builder
	text.WriteByte('[')
	for i := range rows {
		if i > 0 {
			text.WriteByte(',')
		}
		fmt.Fprintf(&text, `{"y": %d.25, "id": %d, "day": "2026-01-%02d"`, i, i, 1+i%28)
		if i%5 != 3 {
			fmt.Fprintf(&text, `, "x": %d.5, "small": %d, "few": "few %d", "text": "text %d", "on": %t`, i%100, i%100, i%3, i, i%2 == 0)
		}
		text.WriteByte('}')
	}
	text.WriteByte(']')
	r, _, err := array.RecordFromJSON(memory.DefaultAllocator, schema, strings.NewReader(text.String()))
	must(t, err)
	return r
}

// writeOwn writes a Parquet file of several row groups as this program does.
func writeOwn(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	must(t, err)
	const rows = 40_000
	all := manyTypes(t, rows)
	w, err := datasets.NewBatchWriter(f, datasets.Parquet, all.Schema())
	must(t, err)
	for k := range int64(6) {
		must(t, w.Write(all.NewSlice(k*1001, rows)))
	}
	must(t, w.Close())
	must(t, f.Close())
}

// writeOthers writes one as DuckDB, polars and pandas do: with pages of version 1 and dictionaries.
func writeOthers(t *testing.T, path string) {
	t.Helper()
	type row struct {
		X    float32 `parquet:"x"`
		Y    float64 `parquet:"y"`
		ID   int64   `parquet:"id,dict"`
		Text string  `parquet:"text,dict"`
		Few  *string `parquet:"few,dict,optional"`
	}
	rows := make([]row, 60_000)
	for i := range rows {
		rows[i] = row{X: float32(i) / 3, Y: float64(i) / 7, ID: int64(i % 5000), Text: fmt.Sprint("text ", i%4000)}
		if i%3 > 0 {
			rows[i].Few = &rows[i].Text
		}
	}
	must(t, parquet.WriteFile(path, rows, parquet.DataPageVersion(1), parquet.Compression(&parquet.Snappy), parquet.MaxRowsPerRowGroup(25_000)))
}

// writeAnyType writes one of lists, structures, maps, decimals, fixed-size bytes and times, by Arrow's library.
func writeAnyType(t *testing.T, path string) {
	t.Helper()
	schema := arrow.NewSchema([]arrow.Field{
		{Name: "x", Type: arrow.PrimitiveTypes.Float32, Nullable: true}, {Name: "y", Type: arrow.PrimitiveTypes.Float64},
		{Name: "list", Type: arrow.ListOf(arrow.PrimitiveTypes.Float64), Nullable: true}, {Name: "texts", Type: arrow.ListOf(arrow.BinaryTypes.String)},
		{Name: "struct", Type: arrow.StructOf(arrow.Field{Name: "a", Type: arrow.PrimitiveTypes.Int16, Nullable: true}, arrow.Field{Name: "b", Type: arrow.BinaryTypes.String})},
		{Name: "map", Type: arrow.MapOf(arrow.BinaryTypes.String, arrow.PrimitiveTypes.Int64)},
		{Name: "decimal", Type: &arrow.Decimal128Type{Precision: 25, Scale: 3}, Nullable: true}, {Name: "short", Type: &arrow.Decimal128Type{Precision: 7, Scale: 1}},
		{Name: "bytes", Type: &arrow.FixedSizeBinaryType{ByteWidth: 5}, Nullable: true}, {Name: "half", Type: arrow.FixedWidthTypes.Float16},
		{Name: "moment", Type: arrow.FixedWidthTypes.Timestamp_us, Nullable: true}, {Name: "on", Type: arrow.FixedWidthTypes.Boolean}, {Name: "u8", Type: arrow.PrimitiveTypes.Uint8},
	}, nil)
	var text strings.Builder
	for i := range 30_000 {
		text.WriteString(map[bool]string{true: "[", false: ","}[i == 0])
		fmt.Fprintf(&text, `{"y": %d.5, "texts": ["a%d", "b"], "struct": {"a": %d, "b": "c%d"}, "map": [{"key": "k%d", "value": %d}], "short": "%d.5", "half": %d, "on": %t, "u8": %d`,
			i, i, i%1000, i%77, i%9, i, i%1000, i%500, i%3 == 0, i%256)
		if i%4 > 0 {
			fmt.Fprintf(&text, `, "x": %d.25, "list": [%d, null, 1.5], "decimal": "%d.125", "bytes": "YWJj%s", "moment": "2026-01-02 03:%02d:05"`, i%100, i, i, []string{"ZGU=", "ZmU="}[i%2], i%60)
		}
		text.WriteByte('}')
	}
	r, _, err := array.RecordFromJSON(memory.DefaultAllocator, schema, strings.NewReader(text.String()+"]"))
	must(t, err)
	f, err := os.Create(path)
	must(t, err)
	w, err := pqarrow.NewFileWriter(schema, f, arrowparquet.NewWriterProperties(arrowparquet.WithCompression(compress.Codecs.Snappy), arrowparquet.WithDataPageSize(20_000)), pqarrow.DefaultWriterProps())
	must(t, err)
	for k := range int64(4) {
		must(t, w.Write(r.NewSlice(k*501, r.NumRows())))
	}
	must(t, w.Close())
}

// TestMemoryIsReused: the memory of a Parquet file's batches is given back and used again, and what is written of them is the
// same as where it is not, in every format, by any number of workers, whoever wrote the file.
func TestMemoryIsReused(t *testing.T) {
	for name, write := range map[string]func(*testing.T, string){"own": writeOwn, "others": writeOthers, "any type": writeAnyType} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "in.parquet")
			write(t, path)
			formats := []datasets.Format{datasets.Arrow, datasets.ArrowStream, datasets.Parquet, datasets.CSV, datasets.NPZ, datasets.Safetensors}
			if name == "any type" {
				formats = formats[:2] // which hold lists and the like
			}
			for _, format := range formats {
				testReused(t, path, format)
			}
		})
	}
}

func testReused(t *testing.T, path string, format datasets.Format) {
	options := datasets.Options{AnyType: true}
	if slices.Contains([]datasets.Format{datasets.NPZ, datasets.Safetensors}, format) {
		options.Columns = []string{"y", "id"} // the others have nulls, texts or days, which it does not hold
	}
	written := func(mem memory.Allocator, workers int) []byte {
		options.Memory = mem
		in, err := datasets.OpenBatches(path, options)
		must(t, err)
		p := plan(t, "tanh", 0, in, "")
		var out bytes.Buffer
		w, err := datasets.NewBatchWriter(&out, format, p.Schema())
		must(t, err)
		_, err = Run(t.Context(), p, in, w, workers)
		must(t, err)
		must(t, w.Close())
		must(t, in.Close())
		return out.Bytes()
	}
	want := written(nil, 1)
	for _, workers := range []int{1, 3} {
		mem := &poisoned{}
		if !bytes.Equal(written(mem, workers), want) {
			t.Errorf("%s, %d workers: what is written differs where memory is reused", format, workers)
		}
		if mem.freed.Load() == 0 {
			t.Errorf("%s: no memory was given back", format)
		}
	}
}
