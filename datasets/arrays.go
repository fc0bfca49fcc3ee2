package datasets

import (
	"unsafe"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/bitutil"
	"github.com/apache/arrow/go/v15/arrow/memory"
)

// chunkRows is the most rows of the batches that readers build: long enough that
// the cost of a batch is lost in the cost of its elements.
const chunkRows = 1 << 16

// wrap returns an Arrow array over values and a validity bitmap (nil: no
// nulls), neither copied.
func wrap[T Float](values []T, validity []byte, nulls int) arrow.Array {
	var zero T
	bytes := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(values))), len(values)*int(unsafe.Sizeof(zero)))
	var bitmap *memory.Buffer
	if nulls > 0 {
		bitmap = memory.NewBufferBytes(validity)
	}
	data := array.NewData(arrowType[T](), len(values), []*memory.Buffer{bitmap, memory.NewBufferBytes(bytes)}, nil, nulls, 0)
	defer data.Release()
	return array.MakeFromData(data)
}

// chunked is arrow.NewChunked taking over the caller's references to the chunks.
func chunked(dtype arrow.DataType, chunks []arrow.Array) *arrow.Chunked {
	defer func() {
		for _, c := range chunks {
			c.Release()
		}
	}()
	return arrow.NewChunked(dtype, chunks)
}

// newRecord is array.NewRecord taking over the caller's references to the columns.
func newRecord(schema *arrow.Schema, columns []arrow.Array, rows int) arrow.Record {
	defer func() {
		for _, c := range columns {
			c.Release()
		}
	}()
	return array.NewRecord(schema, columns, int64(rows))
}

// An appender builds an array value by value.
type appender interface {
	appendValue(v float64)
	appendNull()
	len() int

	// array returns what was appended since the last call.
	array() arrow.Array
}

// newAppender returns an appender of type t with room for that many rows. A float64 handed to a
// float32 appender must be a float32 already.
func newAppender(t Type, rows int) appender {
	if t == Float32 {
		return &builder[float32]{values: make([]float32, 0, rows)}
	}
	return &builder[float64]{values: make([]float64, 0, rows)}
}

// builder is an appender of values of type T.
type builder[T Float] struct {
	values   []T
	validity []byte // nil: no nulls yet
	nulls    int
}

func (b *builder[T]) appendValue(v float64) { b.append(T(v)) }

// append keeps every bit of v, which appendValue cannot promise of a signalling NaN.
func (b *builder[T]) append(v T) {
	b.values = append(b.values, v)
	if b.validity != nil {
		b.mark(true)
	}
}

func (b *builder[T]) appendNull() {
	if b.validity == nil {
		b.validity = make([]byte, bitutil.BytesForBits(int64(max(len(b.values), cap(b.values)))))
		for i := range b.values {
			bitutil.SetBit(b.validity, i)
		}
	}
	b.values = append(b.values, 0)
	b.nulls++
	b.mark(false)
}

// mark sets the validity of the last value.
func (b *builder[T]) mark(valid bool) {
	i := len(b.values) - 1
	if i/8 >= len(b.validity) {
		b.validity = append(b.validity, 0)
	}
	bitutil.SetBitTo(b.validity, i, valid)
}

func (b *builder[T]) len() int { return len(b.values) }

func (b *builder[T]) array() arrow.Array {
	a := wrap(b.values, b.validity, b.nulls)
	*b = builder[T]{values: make([]T, 0, len(b.values))}
	return a
}

// slice returns n elements of a from at on, which share its memory.
func slice(a arrow.Array, at, n int) arrow.Array { return array.NewSlice(a, int64(at), int64(at+n)) }
