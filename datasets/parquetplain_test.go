package datasets

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"slices"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"
	arrowparquet "github.com/apache/arrow/go/v15/parquet"
	"github.com/apache/arrow/go/v15/parquet/compress"
	"github.com/apache/arrow/go/v15/parquet/pqarrow"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
	"pgregory.net/rapid"
)

// plainSchema has a column of each type that is read from the pages as they are, and one beside them that Arrow's library reads.
func plainSchema(nullable, beside bool) *arrow.Schema {
	var fields []arrow.Field
	for _, t := range []arrow.DataType{
		arrow.PrimitiveTypes.Float32, arrow.PrimitiveTypes.Float64, arrow.PrimitiveTypes.Int32, arrow.PrimitiveTypes.Uint32, arrow.PrimitiveTypes.Int64, arrow.PrimitiveTypes.Uint64,
		arrow.PrimitiveTypes.Date32, arrow.FixedWidthTypes.Time32ms, arrow.FixedWidthTypes.Time64us, arrow.FixedWidthTypes.Timestamp_ms,
	} {
		fields = append(fields, arrow.Field{Name: t.String(), Type: t, Nullable: nullable})
	}
	if beside {
		fields = append(fields, arrow.Field{Name: "text", Type: arrow.BinaryTypes.String, Nullable: nullable})
	}
	return arrow.NewSchema(fields, nil)
}

// plainTable returns rows of a schema, with nulls where it allows them: in runs of a length, or each with a chance.
func plainTable(t *rapid.T, schema *arrow.Schema, rows int) arrow.Record {
	run, next := rapid.IntRange(1, 2000).Draw(t, "run of nulls"), uint64(rapid.Uint32().Draw(t, "seed"))
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer b.Release()
	for c, field := range schema.Fields() {
		for i := range rows {
			next = next*6364136223846793005 + 1442695040888963407
			if field.Nullable && (i/run%3 == 1 || run < 50 && next>>60 == 0) {
				b.Field(c).AppendNull()
				continue
			}
			v := int64(next >> 40)
			switch b := b.Field(c).(type) {
			case *array.Float32Builder:
				b.Append(math.Float32frombits(uint32(next >> 32)))
			case *array.Float64Builder:
				b.Append(math.Float64frombits(next))
			case *array.Uint64Builder:
				b.Append(next)
			case *array.StringBuilder:
				b.Append(fmt.Sprint(v % 100))
			default:
				if add := appenderOfInt32(b); add != nil {
					add(int32(v))
				} else {
					appenderOfInt64(b)(v)
				}
			}
		}
	}
	return b.NewRecord()
}

// writePlain writes a table by Arrow's library: pages of version 1 or 2, without dictionaries, and row groups of some rows.
func writePlain(t *rapid.T, table arrow.Record) []byte {
	codec := rapid.SampledFrom([]compress.Compression{compress.Codecs.Uncompressed, compress.Codecs.Zstd, compress.Codecs.Snappy, compress.Codecs.Gzip, compress.Codecs.Brotli}).Draw(t, "codec")
	version := rapid.SampledFrom([]arrowparquet.DataPageVersion{arrowparquet.DataPageV1, arrowparquet.DataPageV2}).Draw(t, "version")
	var file bytes.Buffer
	w, err := pqarrow.NewFileWriter(table.Schema(), &file, arrowparquet.NewWriterProperties(arrowparquet.WithDictionaryDefault(false), arrowparquet.WithCompression(codec),
		arrowparquet.WithDataPageVersion(version), arrowparquet.WithDataPageSize(rapid.Int64Range(100, 1<<19).Draw(t, "page size")),
		arrowparquet.WithBatchSize(rapid.Int64Range(50, 2000).Draw(t, "batch size"))), pqarrow.DefaultWriterProps())
	if err != nil {
		t.Fatal(err)
	}
	for from, step := int64(0), max(table.NumRows()/3, rapid.Int64Range(1, 100_000).Draw(t, "row group")); from < table.NumRows(); from += step {
		if err := w.Write(table.NewSlice(from, min(from+step, table.NumRows()))); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// TestPlainParquet: numbers in pages without dictionaries come back bit for bit, with their nulls, under which are zeros, whatever the pages' and row
// groups' lengths, versions and compression.
func TestPlainParquet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		few := rapid.IntRange(1, 3000)
		rows := rapid.OneOf(few, few, few, few, few, rapid.IntRange(60_000, 140_000)).Draw(t, "rows")
		schema := plainSchema(rapid.Bool().Draw(t, "nullable"), rapid.Bool().Draw(t, "beside"))
		if rows > 3000 { // for time
			schema = arrow.NewSchema(schema.Fields()[:rapid.IntRange(1, 2).Draw(t, "columns")], nil)
		}
		want := plainTable(t, schema, rows)
		file := writePlain(t, want)
		mem := memory.NewCheckedAllocator(&dirty{})
		b, err := openParquet("x", bytes.NewReader(file), int64(len(file)), nil, Options{AnyType: true, Memory: mem})
		if err != nil {
			t.Fatal(err)
		}
		at := int64(0)
		for {
			got, err := b.Next()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			for i, field := range schema.Fields() {
				part := array.NewSlice(want.Column(i), at, at+got.NumRows())
				if !sameBits(got.Column(i), part) {
					t.Fatalf("rows from %d on, column %q: %v, want %v", at, field.Name, got.Column(i), part)
				}
			}
			at += got.NumRows()
			got.Release()
		}
		if at != int64(rows) {
			t.Fatalf("%d rows, want %d", at, rows)
		}
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
		mem.AssertSize(t, 0)
	})
}

// sameBits compares two columns, of numbers bit for bit, those under nulls, too.
func sameBits(a, b arrow.Array) bool {
	width, fixed := a.DataType().(arrow.FixedWidthDataType)
	if !fixed {
		return array.Equal(a, b)
	}
	values := func(a arrow.Array) []byte {
		return a.Data().Buffers()[1].Bytes()[a.Data().Offset()*width.Bytes():][:a.Len()*width.Bytes()]
	}
	for i := range a.Len() {
		if a.IsNull(i) != b.IsNull(i) {
			return false
		}
	}
	return arrow.TypeEqual(a.DataType(), b.DataType()) && a.NullN() == b.NullN() && bytes.Equal(values(a), values(b))
}

// dirty is an allocator of memory that is not zero.
type dirty struct{ memory.GoAllocator }

func (d *dirty) Allocate(size int) []byte {
	b := d.GoAllocator.Allocate(size)
	for i := range b {
		b[i] = 0xa5
	}
	return b
}

// TestPlainPagesAreNotCopied: batches of one column end with its pages, whose memory they are.
func TestPlainPagesAreNotCopied(t *testing.T) {
	type row struct {
		X float32 `parquet:"x,plain"`
	}
	const page = 40_000
	file := writtenParquet(t, []parquet.WriterOption{parquet.PageBufferSize(4 * page)}, make([]row, 4*page)...)
	mem := &counting{}
	b, err := openParquet("x", bytes.NewReader(file), int64(len(file)), nil, Options{Memory: mem})
	if err != nil {
		t.Fatal(err)
	}
	var lengths []int64
	if err := b.each(func(r arrow.Record) error { lengths = append(lengths, r.NumRows()); return nil }); err != nil {
		t.Fatal(err)
	}
	if mem.allocations != len(lengths) || slices.Max(lengths) > page {
		t.Errorf("%d allocations for batches of %v rows", mem.allocations, lengths)
	}
}

type counting struct {
	memory.GoAllocator
	allocations int
}

func (c *counting) Allocate(size int) []byte { c.allocations++; return c.GoAllocator.Allocate(size) }

// TestPlainDamage: what pages of plain numbers hold too little of is refused.
func TestPlainDamage(t *testing.T) {
	eight, smaller := make([]byte, 8), bytes.Buffer{}
	z := zstdWriter(&smaller)
	if _, err := z.Write(eight); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		file []byte
		want string
	}{
		"too short":       {onePageOf(t, 3, format.Double, format.Plain, format.Uncompressed, 16, make([]byte, 16)), "a page holds fewer values than it claims"},
		"another length":  {onePageOf(t, 1, format.Double, format.Plain, format.Uncompressed, 9, eight), "a page cannot be decompressed to the size that it claims"},
		"no zstd":         {onePageOf(t, 1, format.Double, format.Plain, format.Zstd, 8, eight), "a page cannot be decompressed to the size that it claims"},
		"no snappy":       {onePageOf(t, 1, format.Double, format.Plain, format.Snappy, 8, eight), "a page cannot be decompressed to the size that it claims"},
		"no gzip":         {onePageOf(t, 1, format.Double, format.Plain, format.Gzip, 8, eight), "a page cannot be decompressed to the size that it claims"},
		"LZ4":             {onePageOf(t, 1, format.Double, format.Plain, format.Lz4, 8, eight), `column "x" is compressed with LZ4, which is not read`},
		"unknown codec":   {onePageOf(t, 1, format.Double, format.Plain, 77, 8, eight), `column "x" is compressed with CompressionCodec(?), which is not read`},
		"a smaller frame": {onePage(t, 2, format.Zstd, smaller.Bytes()), "a page cannot be decompressed to the size that it claims"},
	} {
		path := writeFile(t, test.file)
		checkOneLine(t, name, path, readBatches(path, Options{}), test.want)
	}
}
