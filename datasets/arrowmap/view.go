package arrowmap

import (
	"encoding/binary"
	"errors"
	"fmt"

	"actinit/datasets/mapped"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/bitutil"
	"github.com/apache/arrow/go/v15/arrow/memory"
)

// A place is where a column's nodes, buffers and counts of views' buffers begin in a record batch.
type place struct{ node, buffer, view int }

// place returns where a column stands, all of whose nodes and buffers are there. A view has
// as many buffers more as the batch says.
func (b *batch) place(field Field) (place, error) {
	if b.moreBuffers == nil {
		if err := b.countMore(); err != nil {
			return place{}, err
		}
	}
	view, nextView := field.before.views, field.before.views+field.layout.views
	if nextView >= len(b.moreBuffers) {
		return place{}, errFewColumns
	}
	at := place{field.before.nodes, field.before.buffers + b.moreBuffers[view], view}
	end := field.before.buffers + field.layout.buffers + b.moreBuffers[nextView]
	if at.node+field.layout.nodes > b.nodes.len || end > b.buffers.len {
		return place{}, errFewColumns
	}
	return at, nil
}

var errFewColumns = errors.New("the batch has fewer columns than the schema")

// countMore fills moreBuffers.
func (b *batch) countMore() error {
	more := make([]int, b.variadic.len+1)
	for i := range b.variadic.len {
		n := b.variadic.at(i).int64(0)
		if n < 0 || n > int64(b.buffers.len-more[i]) {
			return fmt.Errorf("a view column claims %d buffers in a batch of %d", n, b.buffers.len)
		}
		more[i+1] = more[i] + int(n)
	}
	b.moreBuffers = more
	return nil
}

// plain returns the type without views: a text or binary view is read as the large type of the same values.
func plain(t arrow.DataType) arrow.DataType {
	field := func(f arrow.Field) arrow.Field {
		f.Type = plain(f.Type)
		return f
	}
	switch t := t.(type) {
	case *arrow.StringViewType:
		return arrow.BinaryTypes.LargeString
	case *arrow.BinaryViewType:
		return arrow.BinaryTypes.LargeBinary
	case *arrow.DictionaryType:
		return &arrow.DictionaryType{IndexType: t.IndexType, ValueType: plain(t.ValueType), Ordered: t.Ordered}
	case *arrow.StructType:
		fields := make([]arrow.Field, t.NumFields())
		for i := range fields {
			fields[i] = field(t.Field(i))
		}
		return arrow.StructOf(fields...)
	case *arrow.FixedSizeListType:
		return arrow.FixedSizeListOfField(t.Len(), field(t.ElemField()))
	case *arrow.ListType:
		return arrow.ListOfField(field(t.ElemField()))
	case *arrow.LargeListType:
		return arrow.LargeListOfField(field(t.ElemField()))
	case *arrow.MapType:
		key, item := t.KeyField(), t.ItemField()
		m := arrow.MapOfWithMetadata(plain(key.Type), key.Metadata, plain(item.Type), item.Metadata)
		m.KeysSorted = t.KeysSorted
		m.SetItemNullable(item.Nullable)
		return m
	}
	return t
}

const (
	viewSize   = 16
	viewInline = 12 // bytes that stand in the view itself, behind its length
)

// views reads n rows, each of which is short enough to stand in its view or points into one of the
// buffers that follow, and lays their bytes out one after the other.
func (r *reader) views(t arrow.DataType, n, nulls int64, validity *memory.Buffer) (arrow.ArrayData, error) {
	views, err := r.next(n*viewSize, 8)
	if err != nil {
		return nil, err
	}
	more := r.batch.moreBuffers[r.view+1] - r.batch.moreBuffers[r.view]
	r.view++
	data := make([][]byte, more)
	for i := range data {
		if data[i], err = r.batch.buffer(r.buffer, whole, 1, r.budget); err != nil {
			return nil, err
		}
		r.buffer++
	}
	valid := func(i int64) bool { return validity == nil || bitutil.BitIsSet(validity.Bytes(), int(i)) }
	length := int64(0)
	for i := range n {
		if valid(i) {
			text, err := viewed(views.Bytes()[i*viewSize:][:viewSize], data)
			if err != nil {
				return nil, fmt.Errorf("row %d: %w", i+1, err)
			}
			length += int64(len(text))
		}
	}
	const offsetSize = 8
	if err := r.budget.Take(length + (n+1)*offsetSize); err != nil {
		return nil, err
	}
	texts, offsets := mapped.AlignedBytes(length)[:0], mapped.AlignedBytes((n+1)*offsetSize)
	for i := range n {
		if valid(i) {
			text, _ := viewed(views.Bytes()[i*viewSize:][:viewSize], data)
			texts = append(texts, text...)
		}
		binary.LittleEndian.PutUint64(offsets[(i+1)*offsetSize:], uint64(len(texts)))
	}
	buffers := []*memory.Buffer{validity, memory.NewBufferBytes(offsets), memory.NewBufferBytes(texts)}
	return array.NewData(plain(t), int(n), buffers, nil, int(nulls), 0), nil
}

// viewed returns the bytes that a view stands for.
func viewed(view []byte, data [][]byte) ([]byte, error) {
	v := element(view)
	length := int64(v.int32(0))
	switch {
	case length < 0:
		return nil, fmt.Errorf("its view claims %d bytes", length)
	case length <= viewInline:
		return view[4:][:length], nil
	}
	buffer, offset := v.int32(8), int64(v.int32(12))
	if buffer < 0 || int(buffer) >= len(data) || offset < 0 || offset+length > int64(len(data[buffer])) {
		return nil, fmt.Errorf("its view points beyond the column's buffers")
	}
	return data[buffer][offset:][:length], nil
}
