package parquetcheck

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go/format"
)

// Delta holds the values that pages of the delta encodings claim in their contents against those that their headers do, and
// those of BYTE_STREAM_SPLIT against their size: the library allocates what the contents claim, and takes what is missing from
// memory that it had for something else. Differences of more bits than the integers, as DuckDB writes some of UINTEGER, are
// refused. The column is not nested.
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
			if err := p.checkDelta(r, m, optional); err != nil {
				return err
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

// checkDelta looks at the integers that the contents of a page begin with, behind the levels: its values, or their lengths.
func (p page) checkDelta(r io.ReaderAt, m *format.ColumnMetaData, optional bool) error {
	contents, err := p.open(p.stored(r), m.Codec)
	if err != nil {
		return errPage
	}
	in := bufio.NewReader(contents)
	if optional && !p.second {
		var levels uint32
		if err := binary.Read(in, binary.LittleEndian, &levels); err != nil {
			return errPage
		}
		if _, err := io.CopyN(io.Discard, in, int64(levels)); err != nil {
			return errPage
		}
	}
	var head [4]uint64 // the length of a block, its parts, values, and the first of them
	for i := range head {
		head[i], err = binary.ReadUvarint(in)
		if i == 0 && err == io.EOF && optional { // all are null
			return nil
		}
		if err != nil && i < 3 {
			return errPage
		}
	}
	switch n := head[2]; {
	case n > uint64(p.values):
		return errors.New("a page claims more values in its contents than in its header")
	case !optional && n < uint64(p.values):
		return errFewer
	}
	return checkSteps(in, head[0], head[1], head[2], int(8*max(4, widths[m.Type])))
}

// checkSteps holds the differences between so many values, in blocks of several parts, against the bits of an integer: of more the library
// makes others, and what is missing it takes from elsewhere.
func checkSteps(in *bufio.Reader, block, parts, values uint64, bits int) error {
	const largest = 1 << 16 // block that is read
	if block > largest || parts == 0 || parts > block {
		return errors.New("a page has blocks of an impossible size")
	}
	inPart := int(block / parts)
	wide := make([]byte, parts)
	for left := int(values) - 1; left > 0; {
		if _, err := binary.ReadUvarint(in); err != nil { // the smallest
			return errFewer
		}
		n, _ := io.ReadFull(in, wide)
		for _, width := range wide[:n] {
			if int(width) > bits {
				return fmt.Errorf("a page has differences of %d bits between integers of %d, which is not read", width, bits)
			}
			if got, _ := in.Discard(inPart * int(width) / 8); 8*got < min(left, inPart)*int(width) {
				return errFewer
			}
			if left -= inPart; left <= 0 {
				break
			}
		}
	}
	return nil
}
