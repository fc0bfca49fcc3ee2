// Package arrowmap reads numeric columns of Arrow IPC files in place: the file
// is memory-mapped and the arrays' buffers are slices of the mapping. The
// reader of the Arrow library copies every buffer, and panics or allocates
// what a damaged file tells it to; here every offset and length is checked
// against the file before it is used.
//
// Format: https://arrow.apache.org/docs/format/Columnar.html#ipc-file-format
// and the flatbuffers definitions File.fbs, Message.fbs and Schema.fbs beside it.
package arrowmap

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"

	"actinit/datasets/mapped"

	"github.com/apache/arrow/go/v15/arrow"
	flatbuffers "github.com/google/flatbuffers/go"
)

// A File is an open Arrow IPC file.
type File struct {
	data    []byte
	mapping *mapped.File // nil where data is the caller's
	version int16
	fields  []Field
	batches []batch
	rows    int64

	schema       *arrow.Schema    // see Schema
	types        []arrow.DataType // of its fields, with views
	dictionaries map[int64]*dictionary
}

// A Field is a top-level column of the file's schema.
type Field struct {
	Name string

	// Type is the column's type if it is numeric (as decimals are, of 128 and 256 bits) or boolean, else nil.
	Type arrow.DataType

	// TypeName is the type's name in the Arrow format: "FloatingPoint", "Utf8",
	// or "Dictionary" where the column holds indices of one.
	TypeName string

	Nullable bool // it may have nulls

	element      arrow.DataType // of a List, if it is numeric, but no decimal, or boolean
	dictionaries []int64        // ids of the dictionaries of the field and its children, depth first
	before       layout         // what the columns before it take up in every record batch
	layout       layout         // what the column takes up
}

// Open maps f, which may be closed afterwards, and checks its footer. The
// mapping is read-only, and lives until Close. Reads of the arrays belong into the
// mapping's Guard: others may shorten the file at any time.
func Open(f *os.File, size int64) (*File, error) {
	mapping, err := mapped.Open(f, size)
	if err != nil {
		return nil, err
	}
	var file *File
	err = mapping.Guard(func() (err error) {
		file, err = New(mapping.Bytes())
		return err
	})
	if err != nil {
		return nil, errors.Join(err, mapping.Close())
	}
	file.mapping = mapping
	return file, nil
}

// Mapping returns what the arrays lie in, nil where New was given memory.
func (f *File) Mapping() *mapped.File { return f.mapping }

// New reads an Arrow IPC file that is already in memory. The arrays refer to
// data, which must not change.
func New(data []byte) (file *File, err error) {
	defer damaged(&err, "its footer")
	footer, end, err := findFooter(data)
	if err != nil {
		return nil, err
	}
	file = &File{data: data, version: footer.int16(0, 0)}
	schema, ok := footer.table(1)
	if !ok {
		return nil, errors.New("its footer holds no schema")
	}
	if schema.int16(0, 0) != 0 {
		return nil, errors.New("it is written in big-endian byte order, little-endian is expected")
	}
	if err := file.readSchema(schema); err != nil {
		return nil, err
	}
	read := func(blocks vector, i int, kind byte) (batch, error) {
		message, body, err := file.readMessage(blocks.at(i), end)
		if err != nil {
			return batch{}, err
		}
		return readBatch(message, kind, body)
	}
	blocks := footer.vector(3, blockSize)
	file.batches = make([]batch, blocks.len)
	for i := range file.batches {
		if file.batches[i], err = read(blocks, i, headerRecordBatch); err != nil {
			return nil, fmt.Errorf("record batch %d: %w", i+1, err)
		}
		file.rows += file.batches[i].rows
		if file.rows < 0 {
			return nil, errors.New("it claims more rows than can be counted")
		}
	}
	dictionaries := footer.vector(2, blockSize)
	file.dictionaries = map[int64]*dictionary{}
	for i := range dictionaries.len {
		b, err := read(dictionaries, i, headerDictionaryBatch)
		file.dictionaries[b.id] = &dictionary{batch: b, err: err} // an error only where it is used
	}
	return file, nil
}

// Fields returns the columns in the order of the file.
func (f *File) Fields() []Field { return f.fields }

// Size returns the file's bytes.
func (f *File) Size() int64 { return int64(len(f.data)) }

// Close gives the mapping back. No array of the file may be used afterwards.
func (f *File) Close() error {
	f.data = nil
	return f.mapping.Close()
}

const (
	magic     = "ARROW1"
	tail      = 4 + len(magic) // length of the footer and the magic that end the file
	blockSize = 24             // struct Block
)

// findFooter returns the footer and the offset at which it begins.
func findFooter(data []byte) (footer table, start int64, err error) {
	switch {
	case !bytes.HasPrefix(data, []byte(magic)):
		return table{}, 0, fmt.Errorf("it does not begin with %s", magic)
	case len(data) < 8+tail || !bytes.HasSuffix(data, []byte(magic)):
		return table{}, 0, fmt.Errorf("it does not end with %s, the file is truncated", magic)
	}
	end := len(data) - tail
	size := int64(binary.LittleEndian.Uint32(data[end:]))
	if size < 8 || size > int64(end-8) {
		return table{}, 0, fmt.Errorf("its footer claims %d bytes of a file of %d", size, len(data))
	}
	start = int64(end) - size
	return root(data[start:end]), start, nil
}

// damaged turns a panic out of reading flatbuffers at impossible offsets into
// an error about what was read.
func damaged(err *error, what string) {
	switch r := recover().(type) {
	case nil:
	case interface{ Addr() uintptr }: // a fault of the mapping
		panic(r)
	default:
		*err = fmt.Errorf("%s is damaged", what)
	}
}

// A table is a flatbuffers table; fields are numbered as in the .fbs file.
// Its methods panic when the buffer is damaged.
type table struct{ flatbuffers.Table }

func root(buf []byte) table {
	return table{flatbuffers.Table{Bytes: buf, Pos: flatbuffers.GetUOffsetT(buf)}}
}

// slot returns the position of a field's value, or ok = false if it is absent.
func (t table) slot(field int) (pos flatbuffers.UOffsetT, ok bool) {
	o := t.Offset(flatbuffers.VOffsetT(4 + 2*field))
	return t.Pos + flatbuffers.UOffsetT(o), o != 0
}

func (t table) byte(field int, absent byte) byte {
	if pos, ok := t.slot(field); ok {
		return t.GetByte(pos)
	}
	return absent
}

func (t table) int16(field int, absent int16) int16 {
	if pos, ok := t.slot(field); ok {
		return t.GetInt16(pos)
	}
	return absent
}

func (t table) int32(field int, absent int32) int32 {
	if pos, ok := t.slot(field); ok {
		return t.GetInt32(pos)
	}
	return absent
}

func (t table) int64(field int, absent int64) int64 {
	if pos, ok := t.slot(field); ok {
		return t.GetInt64(pos)
	}
	return absent
}

func (t table) text(field int) string {
	if pos, ok := t.slot(field); ok {
		return string(t.ByteVector(pos))
	}
	return ""
}

func (t table) table(field int) (table, bool) {
	pos, ok := t.slot(field)
	if !ok {
		return table{}, false
	}
	return table{flatbuffers.Table{Bytes: t.Bytes, Pos: t.Indirect(pos)}}, true
}

// vector is a flatbuffers vector of fixed-size elements.
type vector struct {
	t     table
	start flatbuffers.UOffsetT
	len   int
	size  int
}

// vector returns a field's vector, whose elements of size bytes lie within the buffer.
func (t table) vector(field, size int) vector {
	pos, ok := t.slot(field)
	if !ok {
		return vector{}
	}
	o := pos - t.Pos
	v := vector{t, t.Vector(o), t.VectorLen(o), size}
	if int64(v.start)+int64(v.len)*int64(size) > int64(len(t.Bytes)) {
		panic("arrowmap: vector beyond its buffer")
	}
	return v
}

// at returns element i of a vector of structs, as a table at its position.
func (v vector) at(i int) element {
	return element(v.t.Bytes[int(v.start)+i*v.size:][:v.size])
}

// table returns element i of a vector of tables.
func (v vector) table(i int) table {
	pos := v.start + flatbuffers.UOffsetT(i*v.size)
	return table{flatbuffers.Table{Bytes: v.t.Bytes, Pos: v.t.Indirect(pos)}}
}

// An element is a flatbuffers struct.
type element []byte

func (e element) int64(offset int) int64 { return int64(binary.LittleEndian.Uint64(e[offset:])) }
func (e element) int32(offset int) int32 { return int32(binary.LittleEndian.Uint32(e[offset:])) }
