package arrowmap

import (
	"encoding/binary"
	"errors"
	"fmt"
	"unsafe"

	"actinit/datasets/mapped"
	"actinit/datasets/unfold"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/bitutil"
	"github.com/apache/arrow/go/v15/arrow/memory"
)

// A batch is one record batch: some rows of every column.
type batch struct {
	rows     int64
	body     []byte
	nodes    vector
	buffers  vector
	variadic vector // of each view, how many buffers it has beside the two of its layout
	codec    int    // compression of the buffers, or uncompressed
	id       int64  // of the dictionary that it is

	moreBuffers []int // of all views before the i-th, from countMore
}

// Sizes of structs in Message.fbs.
const (
	nodeSize   = 16 // FieldNode
	bufferSize = 16 // Buffer
)

const (
	headerSchema          = 1 // members of the union MessageHeader
	headerDictionaryBatch = 2
	headerRecordBatch     = 3

	continuation = 0xffffffff // precedes a message's length since Arrow 0.15
	uncompressed = -1
)

// readMessage returns what a Block of the footer describes: a message and its body. end is
// where the footer begins: nothing may lie beyond.
func (f *File) readMessage(block element, end int64) (message table, body []byte, err error) {
	defer damaged(&err, "its metadata")
	offset, metaLength, bodyLength := block.int64(0), int64(block.int32(8)), block.int64(16)
	if offset < 8 || metaLength < 8 || bodyLength < 0 || offset > end-metaLength || bodyLength > end-metaLength-offset {
		return table{}, nil, errors.New("it lies beyond the end of the file")
	}
	meta := f.data[offset : offset+metaLength]
	if binary.LittleEndian.Uint32(meta) == continuation {
		meta = meta[4:]
	}
	return root(meta[4:]), f.data[offset+metaLength:][:bodyLength:bodyLength], nil
}

// readBatch returns the record batch that a message of the given kind holds.
func readBatch(message table, kind byte, body []byte) (b batch, err error) {
	defer damaged(&err, "its metadata")
	header, ok := message.table(2)
	if !ok || message.byte(1, 0) != kind {
		return batch{}, errors.New("another kind of message stands in its place")
	}
	if kind == headerDictionaryBatch {
		if header.byte(2, 0) != 0 {
			return batch{}, errors.New("it adds to a dictionary (a delta), which is not read")
		}
		id := header.int64(0, 0)
		if header, ok = header.table(1); !ok {
			return batch{}, errors.New("it holds no dictionary")
		}
		b.id = id
	}
	b.rows, b.body, b.codec = header.int64(0, 0), body, uncompressed
	b.nodes, b.buffers, b.variadic = header.vector(1, nodeSize), header.vector(2, bufferSize), header.vector(4, 8)
	if compression, ok := header.table(3); ok {
		b.codec = int(compression.byte(0, 0))
	}
	if b.rows < 0 {
		return batch{}, fmt.Errorf("it claims %d rows", b.rows)
	}
	return b, nil
}

// column returns a column of a type that typeOf knows.
func (b *batch) column(field Field, budget *unfold.Budget) (arrow.Array, error) {
	at, err := b.place(field)
	if err != nil {
		return nil, err
	}
	node := b.nodes.at(at.node)
	rows, nulls := node.int64(0), node.int64(8)
	switch {
	case rows != b.rows:
		return nil, fmt.Errorf("it has %d rows in a batch of %d", rows, b.rows)
	case nulls > rows || nulls < -1: // -1: not counted
		return nil, fmt.Errorf("it claims %d nulls in %d rows", nulls, rows)
	}
	bits := int64(field.Type.(arrow.FixedWidthDataType).BitWidth())
	if rows/maxExpansion > int64(len(b.body))*8 || rows > maxRows {
		return nil, fmt.Errorf("it claims %d rows in a body of %d bytes", rows, len(b.body))
	}
	data, err := b.buffer(at.buffer+1, (rows*bits+7)/8, int(min(max(bits/8, 1), 8)), budget)
	switch {
	case err != nil:
		return nil, err
	case data == nil && rows > 0:
		return nil, fmt.Errorf("it has no data for its %d rows", rows)
	}
	var validity []byte
	if nulls != 0 {
		validity, err = b.buffer(at.buffer, (rows+7)/8, 1, budget)
		switch {
		case err != nil:
			return nil, err
		case len(validity) == 0 && nulls > 0:
			return nil, errors.New("it has nulls and no validity bitmap")
		case len(validity) == 0:
			nulls = 0
		default:
			nulls = rows - int64(bitutil.CountSetBits(validity, 0, int(rows)))
		}
	}
	buffers := []*memory.Buffer{nil, memory.NewBufferBytes(data)}
	if nulls > 0 {
		buffers[0] = memory.NewBufferBytes(validity)
	}
	d := array.NewData(field.Type, int(rows), buffers, nil, int(nulls), 0)
	defer d.Release()
	return array.MakeFromData(d), nil
}

// maxExpansion is the largest ratio by which a compressed body can grow that is
// believed: zstd's and LZ4's are below it by far for numbers that differ.
const maxExpansion = 1 << 20

// maxRows keeps the arithmetic on buffer lengths away from overflow.
const maxRows = 1 << 48

// whole asks buffer for all the bytes there are.
const whole = -1

// buffer returns the first need bytes of buffer i, or the whole, aligned to align. A buffer
// that is absent (length 0) is nil; one that is shorter than need is an error.
func (b *batch) buffer(i int, need int64, align int, budget *unfold.Budget) ([]byte, error) {
	at := b.buffers.at(i)
	offset, length := at.int64(0), at.int64(8)
	if offset < 0 || length < 0 || offset > int64(len(b.body)) || length > int64(len(b.body))-offset {
		return nil, errors.New("a buffer lies beyond the end of its batch")
	}
	if length == 0 {
		return nil, nil
	}
	raw := b.body[offset:][:length:length]
	if b.codec != uncompressed {
		if length < 8 {
			return nil, errors.New("a compressed buffer is too short to hold its length")
		}
		size := int64(binary.LittleEndian.Uint64(raw))
		raw = raw[8:]
		if size != -1 { // -1: this buffer is stored as it is
			if need == whole {
				need = size
			}
			if size < need {
				return nil, fmt.Errorf("a buffer has %d bytes, its rows need %d", size, need)
			}
			data, err := decompress(b.codec, raw, size, budget)
			if err != nil {
				return nil, err
			}
			return data[:need:need], nil
		}
	}
	if need == whole {
		need = int64(len(raw))
	}
	switch {
	case int64(len(raw)) < need:
		return nil, fmt.Errorf("a buffer has %d bytes, its rows need %d", len(raw), need)
	case uintptr(unsafe.Pointer(unsafe.SliceData(raw)))%uintptr(align) != 0:
		if err := budget.Take(need); err != nil {
			return nil, err
		}
		return append(mapped.AlignedBytes(need)[:0], raw[:need]...), nil
	}
	return raw[:need:need], nil
}
