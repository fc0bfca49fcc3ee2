package datasets

import (
	"unsafe"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/bitutil"
	"github.com/apache/arrow/go/v15/arrow/memory"
)

// chunkRows is the length of the chunks that readers build: long enough that
// the cost of a chunk is lost in the cost of its elements, short enough that
// a growing column never copies much.
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

// An appender builds a column value by value.
type appender interface {
	appendValue(v float64)
	appendNull()
	len() int
	column(name string) *Column
}

// newAppender returns an appender for columns of type t. A float64 handed to a
// float32 appender must be a float32 already.
func newAppender(t Type) appender {
	if t == Float32 {
		return &builder[float32]{}
	}
	return &builder[float64]{}
}

// builder collects chunks of chunkRows values each.
type builder[T Float] struct {
	values   []T
	validity []byte
	nulls    int
	chunks   []arrow.Array
}

func (b *builder[T]) appendValue(v float64) { b.append(T(v)) }

// append keeps every bit of v, which appendValue cannot promise of a signalling NaN.
func (b *builder[T]) append(v T) {
	b.values = append(b.values, v)
	if b.validity != nil {
		b.mark(true)
	}
	b.endChunk()
}

func (b *builder[T]) appendNull() {
	if b.validity == nil {
		b.validity = make([]byte, bitutil.BytesForBits(chunkRows))
		for i := range b.values {
			bitutil.SetBit(b.validity, i)
		}
	}
	b.values = append(b.values, 0)
	b.nulls++
	b.mark(false)
	b.endChunk()
}

// mark sets the validity of the last value.
func (b *builder[T]) mark(valid bool) { bitutil.SetBitTo(b.validity, len(b.values)-1, valid) }

func (b *builder[T]) endChunk() {
	if len(b.values) == chunkRows {
		b.flush()
	}
}

func (b *builder[T]) flush() {
	b.chunks = append(b.chunks, wrap(b.values, b.validity, b.nulls))
	b.values, b.validity, b.nulls = make([]T, 0, chunkRows), nil, 0
}

func (b *builder[T]) len() int { return len(b.chunks)*chunkRows + len(b.values) }

func (b *builder[T]) column(name string) *Column {
	if len(b.values) > 0 || len(b.chunks) == 0 {
		b.flush()
	}
	return &Column{name, chunked(arrowType[T](), b.chunks)}
}
