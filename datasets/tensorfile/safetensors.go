package tensorfile

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
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
// A tensor of a type that cannot be decoded is returned too, under the file's own name of the type.
func Safetensors(r io.ReaderAt, size int64) ([]Tensor, error) {
	var length [8]byte
	if _, err := r.ReadAt(length[:], 0); err != nil {
		return nil, fmt.Errorf("it is too short for a safetensors file: %w", err)
	}
	n := binary.LittleEndian.Uint64(length[:])
	if n > maxHeaderRead || int64(n) > size-8 {
		return nil, fmt.Errorf("its header claims %d bytes, of a file of %d, and at most %d are read: it is truncated, damaged or of another format", n, size, maxHeaderRead)
	}
	header := make([]byte, n)
	if _, err := r.ReadAt(header, 8); err != nil && err != io.EOF {
		return nil, err
	}
	places, err := readPlaces(header)
	if err != nil {
		return nil, fmt.Errorf("its header: %w", err)
	}
	names := slices.SortedFunc(maps.Keys(places), func(a, b string) int {
		x, y := places[a].DataOffsets, places[b].DataOffsets
		return cmp.Or(cmp.Compare(x[0], y[0]), cmp.Compare(x[1], y[1]), strings.Compare(a, b))
	})
	data, claimed := uint64(size)-8-n, uint64(0)
	for _, t := range places {
		claimed = max(claimed, t.DataOffsets[1])
	}
	if claimed > data {
		return nil, fmt.Errorf("its header claims %d bytes of tensors, and %d follow: it is truncated or damaged", claimed, data)
	}
	var all []Tensor
	end := uint64(0)
	for _, name := range names {
		t := places[name]
		fail := func(format string, args ...any) error {
			return fmt.Errorf("tensor %q: %s", name, fmt.Sprintf(format, args...))
		}
		if t.DataOffsets[0] != end || t.DataOffsets[1] < end {
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
		typ := cmp.Or(safetensorsTypes[t.DType], strconv.Quote(t.DType))
		if size := uint64(Size(typ)); size > 0 && uint64(count)*size != t.DataOffsets[1]-end {
			return nil, fail("its shape %v of %v takes %d bytes, and its data_offsets are %v", shape, t.DType, uint64(count)*size, t.DataOffsets)
		}
		described := Tensor{Name: name, Shape: shape, Type: typ, Order: binary.LittleEndian}
		all = append(all, described.in(r, 8+int64(n)+int64(end), int64(t.DataOffsets[1]-end)))
		end = t.DataOffsets[1]
	}
	if end != data {
		return nil, fmt.Errorf("%d bytes follow its last tensor", data-end)
	}
	return all, nil
}

// A place is what the header says of a tensor.
type place struct {
	DType       string   `json:"dtype"`
	Shape       []uint64 `json:"shape"`
	DataOffsets []uint64 `json:"data_offsets"`
}

// readPlaces returns the places by the tensors' names. A library's reader would refuse the file for one type that it
// does not know.
func readPlaces(header []byte) (map[string]place, error) {
	in := json.NewDecoder(bytes.NewReader(header))
	in.DisallowUnknownFields()
	if start, err := in.Token(); err != nil || start != json.Delim('{') {
		return nil, errors.New("it is no JSON object")
	}
	places := map[string]place{}
	for in.More() {
		key, err := in.Token()
		if err != nil {
			return nil, err
		}
		name := key.(string) // of an object
		if name == "__metadata__" {
			if err := in.Decode(new(json.RawMessage)); err != nil {
				return nil, err
			}
			continue
		}
		var p place
		err = in.Decode(&p)
		if err != nil || p.DType == "" || p.Shape == nil || len(p.DataOffsets) != 2 {
			return nil, fmt.Errorf("tensor %q: want dtype, shape and two data_offsets of whole numbers, and nothing else", name)
		}
		if _, twice := places[name]; twice {
			return nil, fmt.Errorf("tensor %q is there twice", name)
		}
		places[name] = p
	}
	if _, err := in.Token(); err != nil {
		return nil, errors.New("unexpected end of its JSON object")
	}
	if _, err := in.Token(); err != io.EOF {
		return nil, errors.New("more follows its JSON object")
	}
	return places, nil
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
