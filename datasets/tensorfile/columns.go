package tensorfile

import (
	"bytes"
	"errors"
	"io"
	"sync"
)

// Columns returns the columns of a tensor of two dimensions in Fortran order, each of which lies in one
// piece. Those of an archive, which has to be read from front to back, are read together into memory.
func (t Tensor) Columns() []Tensor {
	length := int64(t.Shape[0]) * int64(Size(t.Type))
	whole := sync.OnceValues(func() ([]byte, error) { return t.readAll(length * int64(t.Shape[1])) })
	columns := make([]Tensor, t.Shape[1])
	for c := range columns {
		column := t
		column.Shape, column.Fortran = t.Shape[:1], false
		from := int64(c) * length
		if t.file != nil {
			columns[c] = column.in(t.file, t.Offset+from, length)
			continue
		}
		column.open = func() (io.ReadCloser, error) {
			all, err := whole()
			if err != nil {
				return nil, err
			}
			return io.NopCloser(bytes.NewReader(all[from:][:length])), nil
		}
		columns[c] = column
	}
	return columns
}

// readAll reads all elements, size bytes.
func (t Tensor) readAll(size int64) (all []byte, err error) {
	r, err := t.Open()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	all = make([]byte, size)
	if _, err := io.ReadFull(r, all); err != nil {
		return nil, errors.New("it is damaged: its elements are fewer than its shape says")
	}
	if more, err := io.CopyN(io.Discard, r, 1); more > 0 {
		return nil, errors.New("it is damaged: its elements are more than its shape says")
	} else if err != io.EOF {
		return nil, err // of the check sum
	}
	return all, nil
}
