package weightfile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"actinit/datasets/tensorfile"
)

// floats lists the element types that can be read, with their size in bytes.
var floats = map[string]int{"float16": 2, "bfloat16": 2, "float32": 4, "float64": 8}

// decode reads n values of a type. Memory is taken as bytes arrive, unless there
// are known to be as many.
func decode(r io.Reader, typ string, order binary.ByteOrder, n int, known bool) (v Values, err error) {
	if typ == "float64" {
		v.Float64, err = decodeAs[float64](r, typ, order, n, known)
	} else {
		v.Float32, err = decodeAs[float32](r, typ, order, n, known)
	}
	return v, err
}

func decodeAs[T float32 | float64](r io.Reader, typ string, order binary.ByteOrder, n int, known bool) ([]T, error) {
	const piece = 1 << 16
	size := floats[typ]
	room := n
	if !known {
		room = min(n, piece)
	}
	values := make([]T, 0, room)
	buffer := make([]byte, size*min(n, piece))
	for left := n; left > 0; {
		part := min(left, piece)
		if read, err := io.ReadFull(r, buffer[:size*part]); err != nil {
			return nil, fmt.Errorf("it ends after %d of its %d values: %w", n-left+read/size, n, err)
		}
		var decoded [piece]T
		tensorfile.Decode(decoded[:part], buffer, size, typ, order)
		values = append(values, decoded[:part]...)
		left -= part
	}
	return values, nil
}

// tensorSource is a file that holds each tensor's bytes in one piece.
type tensorSource []tensorfile.Tensor

// openTensors returns what is said of the tensors.
func openTensors(all []tensorfile.Tensor, err error) ([]Stored, source, error) {
	var stored []Stored
	for _, t := range all {
		stored = append(stored, Stored{t.Name, t.Shape, t.Type})
	}
	return stored, tensorSource(all), err
}

// read reads values into the order in which the last index runs fastest.
func (s tensorSource) read(i int) (v Values, err error) {
	t := s[i]
	n, err := tensorfile.Elements(t.Shape)
	if err != nil {
		return Values{}, err
	}
	r, err := t.Open()
	if err != nil {
		return Values{}, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	if v, err = decode(r, t.Type, t.Order, n, t.Offset >= 0); err != nil {
		return Values{}, err
	}
	if n, err := io.Copy(io.Discard, r); n > 0 || err != nil { // the end checks an archive's check sum
		return Values{}, fmt.Errorf("it is damaged: %d bytes follow its values (%v)", n, err)
	}
	if t.Fortran && len(t.Shape) > 1 {
		return Values{Float32: tensorfile.RowByRow(v.Float32, t.Shape), Float64: tensorfile.RowByRow(v.Float64, t.Shape)}, nil
	}
	return v, nil
}
