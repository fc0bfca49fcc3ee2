package tensorfile

import (
	"cmp"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/nlpodyssey/safetensors"
)

// maxHeaderRead is the largest header that is read: reading JSON takes some ten times as much
// memory, and this is enough for a hundred thousand tensors.
const maxHeaderRead = 16 << 20

// safetensorsTypes are the names of the types of other formats; the rest are their own.
var safetensorsTypes = map[string]string{
	"BOOL": "bool", "I8": "int8", "U8": "uint8", "I16": "int16", "U16": "uint16", "I32": "int32", "U32": "uint32",
	"I64": "int64", "U64": "uint64", "F16": "float16", "BF16": "bfloat16", "F32": "float32", "F64": "float64",
}

// SafetensorsName returns what safetensors calls a type, "" if it has none such.
func SafetensorsName(typ string) string { return nameOf(safetensorsTypes, typ) }

// nameOf is the inverse of a table of names.
func nameOf(types map[string]string, typ string) string {
	for name, t := range types {
		if t == typ {
			return name
		}
	}
	return ""
}

// Safetensors returns the tensors of a safetensors file of size bytes, in the order of
// their bytes.
//
// It reads the header by the library, which would have the whole file in memory and
// does not say which tensor's place is wrong: that is checked here.
func Safetensors(r io.ReaderAt, size int64) ([]Tensor, error) {
	var length [8]byte
	if _, err := r.ReadAt(length[:], 0); err != nil {
		return nil, fmt.Errorf("it is too short for a safetensors file: %w", err)
	}
	n := binary.LittleEndian.Uint64(length[:])
	if n > maxHeaderRead || int64(n) > size-8 {
		return nil, fmt.Errorf("its header claims %d bytes, of a file of %d, and at most %d are read", n, size, maxHeaderRead)
	}
	header := make([]byte, n)
	if _, err := r.ReadAt(header, 8); err != nil && err != io.EOF {
		return nil, err
	}
	var metadata safetensors.Metadata
	if err := json.Unmarshal(header, &metadata); err != nil {
		return nil, fmt.Errorf("its header: %w", err)
	}
	places := metadata.Tensors()
	names := slices.SortedFunc(maps.Keys(places), func(a, b string) int {
		x, y := places[a].DataOffsets, places[b].DataOffsets
		return cmp.Or(cmp.Compare(x[0], y[0]), cmp.Compare(x[1], y[1]), strings.Compare(a, b))
	})
	data := uint64(size) - 8 - n
	var all []Tensor
	end := uint64(0)
	for _, name := range names {
		t := places[name]
		fail := func(format string, args ...any) error {
			return fmt.Errorf("tensor %q: %s", name, fmt.Sprintf(format, args...))
		}
		if t.DataOffsets[0] != end || t.DataOffsets[1] < end || t.DataOffsets[1] > data {
			return nil, fail("its data_offsets are %v, want them to follow one another from %d on, up to %d", t.DataOffsets, end, data)
		}
		shape, err := sizes(t.Shape)
		if err != nil {
			return nil, fail("%v", err)
		}
		count, err := Elements(shape)
		if err != nil {
			return nil, fail("%v", err)
		}
		if uint64(count)*t.DType.Size() != t.DataOffsets[1]-end {
			return nil, fail("its shape %v of %v takes %d bytes, and its data_offsets are %v", shape, t.DType, uint64(count)*t.DType.Size(), t.DataOffsets)
		}
		typ := cmp.Or(safetensorsTypes[t.DType.String()], t.DType.String())
		at := 8 + int64(n) + int64(end)
		all = append(all, Tensor{
			Name: name, Shape: shape, Type: typ, Order: binary.LittleEndian,
			Offset: at, open: section(r, at, int64(t.DataOffsets[1]-end)),
		})
		end = t.DataOffsets[1]
	}
	if end != data {
		return nil, fmt.Errorf("%d bytes follow its last tensor", data-end)
	}
	return all, nil
}

// sizes returns a shape as ints.
func sizes(shape []uint64) ([]int, error) {
	ints := make([]int, len(shape))
	for i, n := range shape {
		if n > math.MaxInt {
			return nil, fmt.Errorf("its shape is %v, more than 2^40 elements", shape)
		}
		ints[i] = int(n)
	}
	return ints, nil
}
