package parquetcheck

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/format"
)

// IsPlain reports whether a column chunk names no encoding of values but PLAIN, no dictionary, and of the levels that an optional
// column has none but RLE.
func IsPlain(m *format.ColumnMetaData, optional bool) bool {
	return m.DictionaryPageOffset == 0 && slices.Contains(m.Encoding, format.Plain) && !slices.ContainsFunc(m.Encoding, func(e format.Encoding) bool {
		return e != format.Plain && e != format.RLE && (optional || e != format.BitPacked)
	})
}

// A PlainReader reads the pages of column chunks of numbers for which IsPlain holds, in which every row has one value or null. It takes
// no more memory than their headers claim.
type PlainReader struct {
	source   io.ReaderAt
	width    int  // bytes of a value
	optional bool // there may be nulls

	codec   format.CompressionCodec
	at, end int64         // of the chunk in the file
	stored  []byte        // a page as it lies there
	unzip   *zstd.Decoder // nil: not needed yet
}

// NewPlainReader returns a reader of values that are width bytes, 4 or 8.
func NewPlainReader(r io.ReaderAt, width int, optional bool) *PlainReader {
	return &PlainReader{source: r, width: width, optional: optional}
}

// Open goes to the first page of a chunk.
func (r *PlainReader) Open(m *format.ColumnMetaData) {
	start, length := extent(m)
	r.codec, r.at, r.end = m.Codec, start, start+length
}

// A PlainPage is one that has not been read yet.
type PlainPage struct {
	page
	reader *PlainReader
}

// Next goes on to the next page, io.EOF behind the last.
func (r *PlainReader) Next() (PlainPage, error) {
	if r.at >= r.end {
		return PlainPage{}, io.EOF
	}
	p, err := readPage(r.source, r.at, r.end)
	if err != nil {
		return PlainPage{}, err
	}
	if p.dictionary || p.encoding != format.Plain {
		return PlainPage{}, fmt.Errorf("a page is in the encoding %v, which its column does not name", p.encoding)
	}
	r.at = p.data + p.compressed
	return PlainPage{p, r}, nil
}

// Values returns how many there are, with nulls.
func (p PlainPage) Values() int { return int(p.values) }

// Size returns the length of the memory that Read needs.
func (p PlainPage) Size() int {
	return int(max(p.uncompressed-p.levels, p.values*int64(p.reader.width)))
}

// Read sets memory to the page's values, with zeros for nulls, and returns a bit for each, 1 of those that
// are not null, or nil where there are no nulls.
func (p PlainPage) Read(memory []byte) (valid []byte, nulls int, err error) {
	contents := memory[:p.uncompressed-p.levels]
	if err := p.unfold(contents); err != nil {
		return nil, 0, err
	}
	there := int(p.values)
	if p.reader.optional {
		levels, rest, err := p.definitionLevels(contents)
		if err != nil {
			return nil, 0, err
		}
		if valid, there, err = validity(levels, there); err != nil {
			return nil, 0, err
		}
		contents = contents[:copy(contents, rest)]
	}
	if there > len(contents)/p.reader.width {
		return nil, 0, errors.New("a page holds fewer values than it claims")
	}
	if valid != nil {
		spread(memory, p.reader.width, valid, int(p.values), there)
	}
	return valid, int(p.values) - there, nil
}

// unfold reads the page behind the levels that are never compressed.
func (p PlainPage) unfold(dst []byte) error {
	if len(dst) == 0 { // of nulls alone some writers compress nothing
		return nil
	}
	in := p.stored(p.reader.source)
	if p.plain || p.reader.codec == format.Uncompressed {
		if in.Size() != int64(len(dst)) {
			return errPage
		}
		return readAll(in, dst)
	}
	stored := p.reader.room(int(in.Size()))
	if err := readAll(in, stored); err != nil {
		return err
	}
	return p.reader.decompress(dst, stored, p.page)
}

// room returns memory of the reader for what is stored of a page.
func (r *PlainReader) room(size int) []byte {
	if size > cap(r.stored) {
		r.stored = make([]byte, size)
	}
	return r.stored[:size]
}

func readAll(in io.Reader, dst []byte) error {
	if _, err := io.ReadFull(in, dst); err != nil {
		return fmt.Errorf("it cannot be read: %w", err)
	}
	return nil
}

// decompress unfolds what is stored of a page into dst, which it must fill.
func (r *PlainReader) decompress(dst, stored []byte, p page) (err error) {
	out := dst
	switch r.codec {
	case format.Zstd:
		if r.unzip == nil {
			r.unzip, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecodeAllCapLimit(true))
			if err != nil {
				return err
			}
		}
		out, err = r.unzip.DecodeAll(stored, dst[:0:len(dst)])
	case format.Snappy:
		if n, err := snappy.DecodedLen(stored); err != nil || n != len(dst) {
			return errPage
		}
		out, err = snappy.Decode(dst, stored)
	default:
		var in io.Reader
		if in, err = p.open(bytes.NewReader(stored), r.codec); err != nil {
			return errPage
		}
		if _, err = io.ReadFull(in, dst); err == nil && !ended(in) {
			return errPage
		}
	}
	if err != nil || len(out) != len(dst) {
		return errPage
	}
	return nil
}

// ended reports whether nothing is left to read.
func ended(in io.Reader) bool {
	n, err := io.ReadFull(in, make([]byte, 1))
	return n == 0 && err == io.EOF
}

// definitionLevels returns the page's levels, which say what is null, and what of its contents is behind them.
func (p PlainPage) definitionLevels(contents []byte) (levels, rest []byte, err error) {
	switch {
	case p.second:
		levels = make([]byte, p.levels-p.repetition)
		return levels, contents, readAll(io.NewSectionReader(p.reader.source, p.data+p.repetition, int64(len(levels))), levels)
	case p.levelEncoding != format.RLE:
		return nil, nil, fmt.Errorf("a page has levels in the encoding %v, which is not read", p.levelEncoding)
	}
	const prefix = 4
	if len(contents) < prefix || uint64(binary.LittleEndian.Uint32(contents)) > uint64(len(contents)-prefix) {
		return nil, nil, errLevels
	}
	end := prefix + int(binary.LittleEndian.Uint32(contents))
	return contents[prefix:end], contents[end:], nil
}
