// Package tensorfile finds the tensors of safetensors, npy, npz and IDX files, and decodes
// their elements.
//
// What a file claims is held against its size before anything is believed, and opening
// a file takes memory for its header only, which is bounded. The tensors' bytes are read
// as a stream, so that a tensor may be larger than memory.
//
// Formats: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html,
// https://huggingface.co/docs/safetensors and, for IDX, http://yann.lecun.com/exdb/mnist/.
package tensorfile

import (
	"encoding/binary"
	"fmt"
	"io"
)

// Limits of what is read. A file that claims more is refused before memory is taken.
const (
	maxElements = 1 << 40 // of a tensor; sizes in bytes are ints then
	maxRank     = 64      // dimensions, as in numpy 2

	// MaxUnfolded is the most bytes that a compressed tensor may unfold to: 8 GiB.
	MaxUnfolded = 8 << 30
)

// A Tensor is where a file holds a tensor, and how.
type Tensor struct {
	Name  string
	Shape []int

	// Type is the type of the elements: "bool", "int8" to "int64", "uint8" to "uint64",
	// "float16", "bfloat16", "float32" or "float64"; others have the file's own name and cannot
	// be decoded.
	Type string

	Order   binary.ByteOrder
	Fortran bool // the first index runs fastest, else the last one

	// Offset is where in the file the elements begin, if they stand there as they are; -1
	// in an archive.
	Offset int64

	file io.ReaderAt // nil in an archive
	open func() (io.ReadCloser, error)
}

// Open returns the bytes of the elements.
func (t *Tensor) Open() (io.ReadCloser, error) { return t.open() }

// Elements returns the number of elements of a shape, or says what is wrong with it.
func Elements(shape []int) (int, error) {
	if len(shape) > maxRank {
		return 0, fmt.Errorf("its shape has %d dimensions, want at most %d", len(shape), maxRank)
	}
	n, empty := 1, false
	for _, size := range shape {
		switch {
		case size < 0:
			return 0, fmt.Errorf("its shape is %v, and a size is not negative", shape)
		case size == 0:
			empty = true
		case size > maxElements/n:
			return 0, fmt.Errorf("its shape is %v, more than 2^40 elements", shape)
		default:
			n *= size
		}
	}
	if empty {
		return 0, nil
	}
	return n, nil
}

// in returns the tensor whose elements, length bytes, lie in a file as they are.
func (t Tensor) in(r io.ReaderAt, offset, length int64) Tensor {
	t.file, t.Offset = r, offset
	t.open = func() (io.ReadCloser, error) { return io.NopCloser(io.NewSectionReader(r, offset, length)), nil }
	return t
}

// RowByRow returns the elements of an array (nil: nil) in which the first index runs fastest in the order
// in which the last one does.
func RowByRow[T float32 | float64](x []T, shape []int) []T {
	if x == nil {
		return nil
	}
	y := make([]T, len(x))
	index := make([]int, len(shape))
	for i := range y {
		from, step := 0, 1
		for d, k := range index {
			from += k * step
			step *= shape[d]
		}
		y[i] = x[from]
		for d := len(index) - 1; d >= 0; d-- {
			if index[d]++; index[d] < shape[d] {
				break
			}
			index[d] = 0
		}
	}
	return y
}

// SetOpen sets what Open calls, for a tensor that came from a stream.
func (t *Tensor) SetOpen(open func() (io.ReadCloser, error)) { t.open = open }
