package datasets

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"io"
	"slices"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"
	"github.com/klauspost/compress/snappy"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
	"pgregory.net/rapid"
)

// drawnFile is a Parquet file of plain numbers that is made page by page, in all ways that the format allows and few programs take.
type drawnFile struct {
	*rapid.T
	data []byte
	meta format.FileMetaData
	want []array.Builder
}

func drawFile(t *rapid.T) *drawnFile {
	f := &drawnFile{T: t, data: []byte("PAR1")}
	f.meta = format.FileMetaData{Version: 1, Schema: []format.SchemaElement{{Name: "table"}}}
	for _, name := range []string{"a", "b", "c"}[:f.upTo(1, 3, "columns")] {
		column := format.SchemaElement{Name: name, Type: thrift.New(format.Double), RepetitionType: thrift.New(format.Required)}
		b := array.Builder(array.NewFloat64Builder(memory.DefaultAllocator))
		if f.coin("narrow") {
			column.Type, b = thrift.New(format.Int32), array.NewInt32Builder(memory.DefaultAllocator)
		}
		if f.coin("optional") {
			column.RepetitionType = thrift.New(format.Optional)
		}
		f.meta.Schema, f.want = append(f.meta.Schema, column), append(f.want, b)
	}
	f.meta.Schema[0].NumChildren = thrift.New(int32(len(f.want)))
	for range f.upTo(0, 3, "row groups") {
		rows := f.upTo(0, 100, "rows")
		group := format.RowGroup{NumRows: int64(rows)}
		for i, column := range f.meta.Schema[1:] {
			group.Columns = append(group.Columns, f.chunk(column, f.want[i], rows))
		}
		f.meta.RowGroups = append(f.meta.RowGroups, group)
		f.meta.NumRows += int64(rows)
	}
	footer := f.marshal(&f.meta)
	f.data = binary.LittleEndian.AppendUint32(append(f.data, footer...), uint32(len(footer)))
	f.data = append(f.data, "PAR1"...)
	return f
}

func (f *drawnFile) coin(what string) bool { return rapid.Bool().Draw(f.T, what) }
func (f *drawnFile) upTo(least, most int, w string) int {
	return rapid.IntRange(least, most).Draw(f.T, w)
}

func (f *drawnFile) marshal(v any) []byte {
	data, err := thrift.Marshal(&thrift.CompactProtocol{}, v)
	if err != nil {
		f.Fatal(err)
	}
	return data
}

// chunk writes a column of a row group.
func (f *drawnFile) chunk(column format.SchemaElement, want array.Builder, rows int) format.ColumnChunk {
	m := format.ColumnMetaData{Type: column.Type.V, Encoding: []format.Encoding{format.Plain, format.RLE}, PathInSchema: []string{column.Name}, NumValues: int64(rows), DataPageOffset: int64(len(f.data))}
	m.Codec = rapid.SampledFrom([]format.CompressionCodec{format.Uncompressed, format.Snappy, format.Gzip, format.Zstd, format.Brotli}).Draw(f.T, "codec")
	for left := rows; left > 0 || f.coin("an empty page"); {
		n := f.upTo(0, left, "values")
		f.page(m.Codec, want, n, column.RepetitionType.V == format.Optional)
		left -= n
	}
	m.TotalCompressedSize = int64(len(f.data)) - m.DataPageOffset
	m.TotalUncompressedSize = m.TotalCompressedSize
	return format.ColumnChunk{MetaData: m}
}

// page writes a page of n values.
func (f *drawnFile) page(codec format.CompressionCodec, want array.Builder, n int, optional bool) {
	valid, values := make([]bool, n), []byte(nil)
	nulls := optional && f.coin("nulls")
	for i := range valid {
		valid[i] = !nulls || f.upTo(0, 2, "null") == 0
		if !valid[i] {
			want.AppendNull()
			continue
		}
		v := int32(want.Len()) + 1
		if b, ok := want.(*array.Int32Builder); ok {
			b.Append(v)
			values = binary.LittleEndian.AppendUint32(values, uint32(v))
			continue
		}
		b := want.(*array.Float64Builder)
		b.Append(float64(v))
		values, _ = binary.Append(values, binary.LittleEndian, float64(v))
	}
	var levels []byte
	if optional {
		levels = f.levels(valid)
	}
	h, stored := format.PageHeader{Type: format.DataPage}, []byte(nil)
	if f.coin("version 1") {
		if optional {
			values = slices.Concat(binary.LittleEndian.AppendUint32(nil, uint32(len(levels))), levels, values)
		}
		h.DataPageHeader = thrift.New(format.DataPageHeader{NumValues: int32(n), Encoding: format.Plain, DefinitionLevelEncoding: format.RLE, RepetitionLevelEncoding: format.RLE})
		levels, stored = nil, f.compress(codec, values)
	} else {
		second := format.DataPageHeaderV2{NumValues: int32(n), NumRows: int32(n), Encoding: format.Plain, DefinitionLevelsByteLength: int32(len(levels))}
		if f.coin("repetition levels") { // which such columns do not need
			levels = append([]byte{0xfe, 0xff}, levels...)
			second.RepetitionLevelsByteLength = 2
		}
		if f.coin("not compressed") {
			second.IsCompressed, stored = thrift.New(false), values
		} else if len(values) > 0 || f.coin("nothing is compressed") {
			stored = f.compress(codec, values)
		}
		h.Type, h.DataPageHeaderV2 = format.DataPageV2, thrift.New(second)
	}
	h.UncompressedPageSize, h.CompressedPageSize = int32(len(levels)+len(values)), int32(len(levels)+len(stored))
	f.data = slices.Concat(f.data, f.marshal(&h), levels, stored)
}

// levels encodes what is valid in runs of equal ones and of bits, of any length.
func (f *drawnFile) levels(valid []bool) (levels []byte) {
	for at := 0; at < len(valid); {
		if f.coin("bits") {
			bits := make([]byte, f.upTo(1, (len(valid)-at+7)/8, "eights"))
			for i := range min(8*len(bits), len(valid)-at) {
				if valid[at+i] {
					bits[i/8] |= 1 << (i % 8)
				}
			}
			levels = append(append(levels, byte(len(bits)<<1|1)), bits...)
			at += 8 * len(bits)
			continue
		}
		run := []byte{0, 0}
		if valid[at] {
			run[1] = 1
		}
		for first := at; at < len(valid) && valid[at] == valid[first] && run[0] < 126; at++ {
			run[0] += 2
		}
		levels = append(levels, run...)
	}
	return levels
}

// compress writes what may be several members or frames, one behind the other.
func (f *drawnFile) compress(codec format.CompressionCodec, data []byte) []byte {
	var out bytes.Buffer
	write := func(w io.WriteCloser, data []byte) {
		_, err := w.Write(data)
		if err == nil {
			err = w.Close()
		}
		if err != nil {
			f.Fatal(err)
		}
	}
	cut := f.upTo(0, len(data), "first")
	switch codec {
	case format.Uncompressed:
		return data
	case format.Snappy:
		return snappy.Encode(nil, data)
	case format.Brotli:
		write(brotli.NewWriter(&out), data)
	case format.Gzip:
		write(gzip.NewWriter(&out), data[:cut])
		write(gzip.NewWriter(&out), data[cut:])
	case format.Zstd:
		write(zstdWriter(&out), data[:cut])
		write(zstdWriter(&out), data[cut:])
	}
	return out.Bytes()
}

// TestPlainPages: plain numbers come back from pages of all forms, and what is written of them does not depend on what was in their memory before.
func TestPlainPages(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := drawFile(t)
		open := func(mem memory.Allocator) *Batches {
			b, err := openParquet("x", bytes.NewReader(f.data), int64(len(f.data)), nil, Options{AnyType: true, Memory: mem})
			if err != nil {
				t.Fatal(err)
			}
			return b
		}
		var written [2]bytes.Buffer
		if _, err := Encode(&written[0], Arrow, open(&dirty{})); err != nil {
			t.Fatal(err)
		}
		if _, err := Encode(&written[1], Arrow, open(nil)); err != nil || !bytes.Equal(written[0].Bytes(), written[1].Bytes()) {
			t.Fatalf("another file is written of other memory: %v", err)
		}
		var want []arrow.Array
		for _, b := range f.want {
			want = append(want, b.NewArray())
		}
		at := int64(0)
		if err := open(&dirty{}).each(func(r arrow.Record) error {
			for i, got := range r.Columns() {
				if part := array.NewSlice(want[i], at, at+r.NumRows()); !sameBits(got, part) {
					t.Fatalf("rows from %d on, column %d: %v, want %v", at, i, got, part)
				}
			}
			at += r.NumRows()
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if at != f.meta.NumRows {
			t.Fatalf("%d rows, want %d", at, f.meta.NumRows)
		}
	})
}
