// Package columns runs element-wise kernels on Arrow columns.
//
// A kernel reads an array's buffer where it lies, which may be a read-only
// memory-mapped file, and writes to a new array: the input is neither copied
// nor written to. Nulls stay nulls; what lies under them is computed like any
// other element and means nothing, before and after.
package columns

import (
	"fmt"
	"unsafe"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/bitutil"
	"github.com/apache/arrow/go/v15/arrow/memory"
)

// Float is the set of element types.
type Float interface{ float32 | float64 }

// A Kernel sets dst[i] = f(src[i]) for slices of equal length, each element by
// itself: kernels.Sigmoid[float32] is one, and so is a closure that fixes a
// parameter or runs in parallel. It must not write to src.
type Kernel[T Float] func(dst, src []T)

// Apply returns f over an array of element type T, which is *array.Float32 or
// *array.Float64, whole or sliced. The result has the input's length and nulls
// and offset 0, shares no memory with the input, and comes from mem (see Pool);
// release it when done. An array of another type is an error.
func Apply[T Float](mem memory.Allocator, f Kernel[T], in arrow.Array) (arrow.Array, error) {
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
func ApplyChunked[T Float](mem memory.Allocator, f Kernel[T], in *arrow.Chunked) (*arrow.Chunked, error) {
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
func Values[T Float](in arrow.Array) ([]T, bool) {
	switch a := in.(type) {
	case *array.Float32:
		v, ok := any(a.Float32Values()).([]T)
		return v, ok
	case *array.Float64:
		v, ok := any(a.Float64Values()).([]T)
		return v, ok
	}
	return nil, false
}

func isType[T Float](dtype arrow.DataType) bool {
	var zero T
	if unsafe.Sizeof(zero) == 4 {
		return dtype.ID() == arrow.FLOAT32
	}
	return dtype.ID() == arrow.FLOAT64
}

func mismatch[T Float](found arrow.DataType) error {
	var zero T
	return fmt.Errorf("a kernel over %T cannot run on a column of %s", zero, found)
}
