package parquetcheck

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"

	"github.com/parquet-go/parquet-go/format"
)

// Delta holds the values that pages of the delta encodings claim in their contents against those that their headers do, and
// those of BYTE_STREAM_SPLIT against their size: the library allocates what the contents claim, and takes what is missing from
// memory that it had for something else. The column is not nested.
func Delta(r io.ReaderAt, m *format.ColumnMetaData, optional bool) error {
	at, length := extent(m)
	for end := at + length; at < end; {
		p, err := readPage(r, at, end)
		if err != nil {
			return err
		}
		switch {
		case p.dictionary || p.values == 0:
		case p.encoding == format.DeltaBinaryPacked, p.encoding == format.DeltaLengthByteArray, p.encoding == format.DeltaByteArray:
			n, err := p.deltaValues(r, m.Codec, optional)
			if err != nil {
				return errPage
			}
			if n > uint64(p.values) {
				return errors.New("a page claims more values in its contents than in its header")
			}
			if !optional && n < uint64(p.values) {
				return errFewer
			}
		case p.encoding == format.ByteStreamSplit && !optional && p.uncompressed < p.values*widths[m.Type]:
			return errFewer
		}
		at = p.data + p.compressed
	}
	return nil
}

var errFewer = errors.New("a page claims fewer values in its contents than in its header")

// widths are the bytes of a value of the types that the library reads in BYTE_STREAM_SPLIT.
var widths = map[format.Type]int64{format.Int32: 4, format.Float: 4, format.Int64: 8, format.Double: 8}

// deltaValues returns the number of values that the contents of a page begin with: the third number, behind the levels.
func (p page) deltaValues(r io.ReaderAt, codec format.CompressionCodec, optional bool) (n uint64, err error) {
	contents, err := p.open(p.stored(r), codec)
	if err != nil {
		return 0, err
	}
	in := bufio.NewReader(contents)
	if optional && !p.second {
		var levels uint32
		if err := binary.Read(in, binary.LittleEndian, &levels); err != nil {
			return 0, err
		}
		if _, err := io.CopyN(io.Discard, in, int64(levels)); err != nil {
			return 0, err
		}
	}
	for range 3 {
		n, err = binary.ReadUvarint(in)
		if err == io.EOF { // all are null
			return 0, nil
		}
		if err != nil {
			return 0, err
		}
	}
	return n, nil
}
