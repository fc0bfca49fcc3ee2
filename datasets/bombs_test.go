package datasets

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go"
	zstdcodec "github.com/parquet-go/parquet-go/compress/zstd"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// taken returns the bytes of memory that f takes in all, given back or not.
func taken(f func()) int {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return int(after.TotalAlloc - before.TotalAlloc)
}

// mostInMemory reads a file batch by batch and returns the most memory that was in use behind a batch, swept up or not.
func mostInMemory(t *testing.T, path string, o Options) int {
	t.Helper()
	defer debug.SetGCPercent(debug.SetGCPercent(10)) // what other tests hold allows as much garbage
	b, err := OpenBatches(path, o)
	if err != nil {
		t.Fatal(err)
	}
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	before, most := m.HeapAlloc, uint64(0)
	err = b.each(func(arrow.Record) error {
		runtime.ReadMemStats(&m)
		most = max(most, m.HeapAlloc)
		return nil
	})
	if err = errors.Join(err, b.Close()); err != nil {
		t.Fatal(err)
	}
	return int(most - min(most, before))
}

// zeros returns n zeros, compressed.
func zeros(t testing.TB, n int64, compress func(io.Writer) io.WriteCloser) []byte {
	var b bytes.Buffer
	w := compress(&b)
	block := make([]byte, 1<<20)
	for ; n > 0; n -= int64(len(block)) {
		if _, err := w.Write(block); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func zstdWriter(w io.Writer) io.WriteCloser {
	z, err := zstd.NewWriter(w, zstd.WithEncoderConcurrency(1))
	if err != nil {
		panic(err)
	}
	return z
}

// onePage returns a Parquet file of one page, which claims to unfold to that many rows of 8 bytes.
func onePage(t testing.TB, rows int32, codec format.CompressionCodec, page []byte) []byte {
	return onePageOf(t, rows, format.Double, format.Plain, codec, 8*rows, page)
}

// onePageOf is onePage of values of a type, in an encoding, that claims to unfold to size bytes.
func onePageOf(t testing.TB, rows int32, typ format.Type, encoding format.Encoding, codec format.CompressionCodec, size int32, page []byte) []byte {
	marshal := func(v any) []byte {
		data, err := thrift.Marshal(&thrift.CompactProtocol{}, v)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	header := &format.PageHeader{Type: format.DataPage, UncompressedPageSize: size, CompressedPageSize: int32(len(page))}
	header.DataPageHeader = thrift.New(format.DataPageHeader{NumValues: rows, Encoding: encoding, DefinitionLevelEncoding: format.RLE, RepetitionLevelEncoding: format.RLE})
	file := append([]byte("PAR1"), marshal(header)...)
	file = append(file, page...)
	length := int64(len(file) - 4)
	footer := marshal(&format.FileMetaData{
		Version: 1, NumRows: int64(rows),
		Schema: []format.SchemaElement{
			{Name: "table", NumChildren: thrift.New[int32](1)},
			{Name: "x", Type: thrift.New(typ), RepetitionType: thrift.New(format.Required)},
		},
		RowGroups: []format.RowGroup{{
			NumRows: int64(rows), TotalByteSize: length,
			Columns: []format.ColumnChunk{{MetaData: format.ColumnMetaData{
				Type: typ, Encoding: []format.Encoding{encoding}, PathInSchema: []string{"x"}, Codec: codec,
				NumValues: int64(rows), TotalUncompressedSize: length, TotalCompressedSize: length, DataPageOffset: 4,
			}}},
		}},
	})
	file = binary.LittleEndian.AppendUint32(append(file, footer...), uint32(len(footer)))
	return append(file, "PAR1"...)
}

// writtenParquet returns the rows of a Parquet file.
func writtenParquet[T any](t testing.TB, options []parquet.WriterOption, rows ...T) []byte {
	var b bytes.Buffer
	w := parquet.NewGenericWriter[T](&b, append(options, parquet.Compression(&zstdcodec.Codec{}))...)
	if _, err := w.Write(rows); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

type bomb struct {
	name     string
	contents []byte
	want     string
}

// parquetBombs are small files that would unfold to much.
func parquetBombs(t testing.TB) []bomb {
	const much = 96 << 20
	const damaged, doubted = "a page cannot be decompressed to the size that it claims", "more than is believed of so few bytes"
	gzipped := zeros(t, much, func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) })
	snappy := append(binary.AppendUvarint(nil, much), 0, 0)
	// Blocks of 128 values in 4 parts, each of them a step of 0 and 4 widths of 0 bits.
	steps := append(binary.AppendUvarint([]byte("\x80\x01\x04"), much/8), make([]byte, 1+5*much/8/128)...)
	var compressed bytes.Buffer
	z := zstdWriter(&compressed)
	if _, err := z.Write(steps); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return []bomb{
		{"honest", onePage(t, much/8, format.Zstd, zeros(t, much, zstdWriter)), doubted},
		{"zstd", onePage(t, 2, format.Zstd, zeros(t, much, zstdWriter)), damaged},
		{"gzip", onePage(t, 2, format.Gzip, gzipped), damaged},
		{"brotli", onePage(t, 2, format.Brotli, zeros(t, much, func(w io.Writer) io.WriteCloser { return brotli.NewWriter(w) })), damaged},
		{"snappy", onePage(t, 2, format.Snappy, snappy), damaged},
		{"equal steps", onePageOf(t, much/8, format.Int64, format.DeltaBinaryPacked, format.Zstd, int32(len(steps)), compressed.Bytes()), doubted},
		{"delta", onePageOf(t, 2, format.Int64, format.DeltaBinaryPacked, format.Uncompressed, 16,
			[]byte("\x80\x01\x04\xff\xff\xff\xff\x07\x00\x00\x00\x00\x00\x00")), `row group 1, column "x": a page claims more values in its contents than in its header`},
	}
}

// TestParquetBombs: read as numbers or as columns of any type, they are refused before they take memory.
func TestParquetBombs(t *testing.T) {
	for _, b := range parquetBombs(t) {
		for _, o := range []Options{{}, {AnyType: true}} {
			path := writeFile(t, b.contents)
			var err error
			took := taken(func() { err = readBatches(path, o) })
			checkOneLine(t, b.name, path, err, b.want)
			if took > 48<<20 {
				t.Errorf("%s, %d bytes, %+v: %d MB were taken", b.name, len(b.contents), o, took>>20)
			}
		}
	}
}

// TestParquetMissingValues: a page that holds fewer values than it claims is refused, of which the library would invent the others.
func TestParquetMissingValues(t *testing.T) {
	steps := append([]byte("\x80\x01\x04\x08\x02"), make([]byte, 40)...)
	for encoding, page := range map[format.Encoding][]byte{format.DeltaBinaryPacked: steps, format.ByteStreamSplit: make([]byte, 7992)} {
		path := writeFile(t, onePageOf(t, 1000, format.Int64, encoding, format.Uncompressed, int32(len(page)), page))
		for _, o := range []Options{{}, {AnyType: true}} {
			checkOneLine(t, encoding.String(), path, readBatches(path, o), "a page claims fewer values in its contents than in its header")
		}
	}
}

// TestParquetSteps: pages whose differences have more bits than the integers, or are cut within the last of them, are refused, and what is
// cut behind that is read.
func TestParquetSteps(t *testing.T) {
	page := func(width byte, length int) []byte { // of five integers, in a block of 128 in 4 parts
		return append([]byte{0x80, 1, 4, 5, 0, 0, width, 0, 0, 0}, make([]byte, length)...)
	}
	for _, test := range []struct {
		typ  format.Type
		page []byte
		want string // "": it is read
	}{
		{format.Int32, page(32, 4*32/8), ""},
		{format.Int32, page(32, 4*32/8-1), "a page claims fewer values in its contents than in its header"},
		{format.Int32, page(33, 32*33/8), "a page has differences of 33 bits between integers of 32, which is not read"},
		{format.Int64, page(33, 32*33/8), ""},
		{format.Int64, page(64, 4*64/8-1), "a page claims fewer values in its contents than in its header"},
		{format.Int64, page(65, 32*65/8), "a page has differences of 65 bits between integers of 64, which is not read"},
	} {
		path := writeFile(t, onePageOf(t, 5, test.typ, format.DeltaBinaryPacked, format.Uncompressed, int32(len(test.page)), test.page))
		err := readBatches(path, Options{AnyType: true})
		if test.want == "" && err != nil {
			t.Errorf("%v, % x: %v", test.typ, test.page[:7], err)
		} else if test.want != "" {
			checkOneLine(t, fmt.Sprintf("%v, % x", test.typ, test.page[:7]), path, err, test.want)
		}
	}
}

// TestParquetLongRowGroup: a row group of any length is read batch by batch, as numbers and as columns of any type, in memory that does
// not grow with it, and its few bytes need no belief.
func TestParquetLongRowGroup(t *testing.T) {
	type row struct {
		Plain float64  `parquet:"plain,plain"`
		Dict  *float32 `parquet:"dict,dict,optional"`
		Delta int64    `parquet:"delta,delta"`
	}
	const rows, bound = 12 << 20, 8 << 20
	var file bytes.Buffer
	w := parquet.NewGenericWriter[row](&file, parquet.Compression(&zstdcodec.Codec{}), parquet.MaxRowsPerRowGroup(rows))
	for range rows >> 16 {
		if _, err := w.Write(make([]row, 1<<16)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	path := writeFile(t, file.Bytes())
	for _, o := range []Options{{}, {Type: Float32}, {AnyType: true}} {
		o.MaxBytes = bound
		if most := mostInMemory(t, path, o); most > 6*bound {
			t.Errorf("%+v: %d MB were in use", o, most>>20)
		}
	}
}

// TestParquetLongTexts: a column of texts that unfold to more than the bound is read in fewer rows at once, and left alone
// where it is not wanted.
func TestParquetLongTexts(t *testing.T) {
	type row struct {
		X float64 `parquet:"x,plain"`
		S string  `parquet:"s,dict"`
	}
	const bound = 16 << 20
	rows, long := make([]row, 1<<13), strings.Repeat("x", 1<<16)
	for i := range rows {
		rows[i].S = long[:i%2<<16]
	}
	path := writeFile(t, writtenParquet(t, []parquet.WriterOption{parquet.SkipPageBounds("s")}, rows...))
	for _, o := range []Options{{AnyType: true, MaxBytes: bound}, {AnyType: true, MaxBytes: bound, Columns: []string{"x"}}, {MaxBytes: bound, Columns: []string{"x"}}} {
		if most := mostInMemory(t, path, o); most > 6*bound {
			t.Errorf("%+v: %d MB were in use", o, most>>20)
		}
	}
	b, err := OpenBatches(path, Options{AnyType: true, MaxBytes: bound})
	if err != nil {
		t.Fatal(err)
	}
	at := 0
	err = b.each(func(r arrow.Record) error {
		for i := range int(r.NumRows()) {
			if s := r.Column(1).(*array.String).Value(i); s != rows[at].S {
				t.Fatalf("row %d has a text of %d bytes, want %d", at+1, len(s), len(rows[at].S))
			}
			at++
		}
		return nil
	})
	if err = errors.Join(err, b.Close()); err != nil || at != len(rows) {
		t.Errorf("%d rows, want %d: %v", at, len(rows), err)
	}
}

// checkOneLine holds an error against what it must say, "" for none.
func checkOneLine(t *testing.T, name, path string, err error, want string) {
	t.Helper()
	switch {
	case want == "" && err != nil:
		t.Errorf("%.80q: %v", name, err)
	case want != "" && (err == nil || !strings.HasPrefix(err.Error(), path+": ") || !strings.Contains(err.Error(), want) || strings.ContainsAny(err.Error(), "\r\n")):
		t.Errorf("%.80q: %v\nwant one line with %s that begins with %s", name, err, want, filepath.Base(path))
	}
}
