// Package columns runs element-wise kernels on Arrow columns: on an array (Apply), on a column in
// chunks (ApplyChunked), or on some columns of a record batch (Plan).
//
// A kernel reads an array's buffer where it lies, which may be a read-only
// memory-mapped file, and writes to a new array: the input is neither copied
// nor written to. Nulls stay nulls; what lies under them is computed like any
// other element and means nothing, before and after.
package columns

import (
	"fmt"
	"unsafe"

	"actinit/kernels"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/bitutil"
	"github.com/apache/arrow/go/v15/arrow/memory"
)

// Element is the set of element types.
type Element interface {
	float32 | float64 | kernels.Float16
}

// A Kernel sets dst[i] = f(src[i]) for slices of equal length, each element by
// itself: kernels.Sigmoid[float32] is one, and so is a closure that fixes a
// parameter or runs in parallel. It must not write to src.
type Kernel[T Element] func(dst, src []T)

// Apply returns f over an array of element type T, which is *array.Float16, *array.Float32 or
// *array.Float64, whole or sliced. The result has the input's length and nulls
// and offset 0, shares no memory with the input, and comes from mem (see Pool);
// release it when done. An array of another type is an error.
func Apply[T Element](mem memory.Allocator, f Kernel[T], in arrow.Array) (arrow.Array, error) {
	src, ok := Values[T](in)
	if !ok {
		return nil, mismatch[T](in.DataType())
	}
	n := len(src)
	var zero T
	data := memory.NewResizableBuffer(mem)
	defer data.Release()
	data.Resize(n * int(unsafe.Sizeof(zero)))
	if n > 0 {
		f(unsafe.Slice((*T)(unsafe.Pointer(&data.Bytes()[0])), n), src)
	}
	nulls := in.NullN()
	buffers := []*memory.Buffer{nil, data}
	if nulls > 0 {
		// Copied rather than shared: the input's bitmap may be unmapped before
		// the result is done with, and is an eighth of a byte per element.
		buffers[0] = memory.NewResizableBuffer(mem)
		defer buffers[0].Release()
		buffers[0].Resize(int(bitutil.BytesForBits(int64(n))))
		clear(buffers[0].Bytes()) // the bits past n: a file must not show what the memory held
		bitutil.CopyBitmap(in.NullBitmapBytes(), in.Data().Offset(), n, buffers[0].Bytes(), 0)
	}
	out := array.NewData(in.DataType(), n, buffers, nil, nulls, 0)
	defer out.Release()
	return array.MakeFromData(out), nil
}

// ApplyChunked is Apply over every chunk of a column. The result has the same chunks.
func ApplyChunked[T Element](mem memory.Allocator, f Kernel[T], in *arrow.Chunked) (*arrow.Chunked, error) {
	if !isType[T](in.DataType()) {
		return nil, mismatch[T](in.DataType())
	}
	out := make([]arrow.Array, 0, len(in.Chunks()))
	defer func() {
		for _, a := range out {
			a.Release()
		}
	}()
	for _, chunk := range in.Chunks() {
		a, err := Apply(mem, f, chunk)
		if err != nil {
			return nil, err
		}
		out = append(out, a)
	}
	return arrow.NewChunked(in.DataType(), out), nil
}

// Values returns the elements of an array where they lie, those under nulls
// included, or false if the array's type is not T. Do not write to them.
func Values[T Element](in arrow.Array) ([]T, bool) {
	if !isType[T](in.DataType()) {
		return nil, false
	}
	data := in.Data()
	n, offset := data.Len(), data.Offset()
	if n == 0 {
		return nil, true
	}
	first := (*T)(unsafe.Pointer(unsafe.SliceData(data.Buffers()[1].Bytes())))
	return unsafe.Slice(first, offset+n)[offset:], true
}

func isType[T Element](dtype arrow.DataType) bool { return dtype.ID() == typeOf[T]() }

func typeOf[T Element]() arrow.Type {
	switch any(*new(T)).(type) {
	case float32:
		return arrow.FLOAT32
	case float64:
		return arrow.FLOAT64
	}
	return arrow.FLOAT16
}

func mismatch[T Element](found arrow.DataType) error {
	var zero T
	return fmt.Errorf("a kernel over %T cannot run on a column of %s", zero, found)
}
