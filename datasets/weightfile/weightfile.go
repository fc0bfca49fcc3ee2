// Package weightfile writes named tensors to files that numpy, PyTorch, JAX and
// table readers load, safetensors, npz, npy, Arrow IPC and Parquet, and reads them back.
//
// A file is written tensor by tensor, so that no more than one is in memory. The
// same tensors give the same bytes, but for the footer of a Parquet file, which names the build.
//
// # Layouts
//
// safetensors, npz and npy hold each tensor under its name, row by row, little
// endian. A safetensors file carries the metadata in its header, and an npz file as the
// comment of the archive.
//
// Arrow and Parquet have a row for each tensor, in record batches or row groups of
// one: name, type (float32 or float64), shape (a list of int64), init, stream, and
// values, a list of float32, or of float64 if any of the file's tensors is.
// The metadata is that of the schema.
package weightfile

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"actinit/datasets/tensorfile"
)

// A Tensor is what a file says of a tensor beside its values.
type Tensor struct {
	Name   string
	Shape  []int
	Type   string // of the values, a type of package tensorfile; "" means float32. Arrow and Parquet hold float32 and float64
	Init   string // how it was made, for Arrow and Parquet
	Stream uint64 // of random numbers, for Arrow and Parquet
}

// elements returns the number of values, which callers keep within an int.
func (t Tensor) elements() int {
	n := 1
	for _, size := range t.Shape {
		n *= size
	}
	return n
}

func (t Tensor) bytes() int { return t.elements() * tensorfile.Size(t.typeName()) }

func (t Tensor) typeName() string { return cmp.Or(t.Type, "float32") }

// Values are a tensor's, row by row: the slice of its type, or the bytes of any type, little endian, of which no more is read than
// the tensor has. Arrow and Parquet files are written of slices.
type Values struct {
	Float32 []float32
	Float64 []float64
	Raw     io.Reader
}

// check holds values against what was announced.
func (t Tensor) check(v Values) error {
	typ, got := t.typeName(), len(v.Float32)+len(v.Float64)
	size := 0
	switch {
	case typ == "float32" && v.Float64 == nil && v.Raw == nil:
		size = len(v.Float32) * 4
	case typ == "float64" && v.Float32 == nil && v.Raw == nil:
		size = len(v.Float64) * 8
	case v.Float32 == nil && v.Float64 == nil && v.Raw != nil:
		return nil // it is seen as it is read
	}
	if size != t.bytes() {
		return fmt.Errorf("tensor %q: %d values, want %d of %s", t.Name, got, t.elements(), typ)
	}
	return nil
}

// A Format is a kind of file.
type Format string

const (
	Safetensors Format = ".safetensors"
	NPZ         Format = ".npz"
	NPY         Format = ".npy"
	Arrow       Format = ".arrow"
	Parquet     Format = ".parquet"
)

var formats = []Format{Safetensors, NPZ, NPY, Arrow, Parquet}

// FormatOf returns the format that a file's name says.
func FormatOf(path string) (Format, error) {
	for _, f := range formats {
		if strings.EqualFold(filepath.Ext(path), string(f)) {
			return f, nil
		}
	}
	return "", fmt.Errorf("%s: the name does not say what to write: want one that ends in %s", path, formatNames())
}

func formatNames() string {
	var names []string
	for _, f := range formats {
		names = append(names, string(f))
	}
	return strings.Join(names, ", ")
}

// A Writer takes the values of the announced tensors, in their order.
type Writer struct {
	tensors []Tensor
	next    int
	encoder encoder
}

type encoder interface {
	write(t Tensor, v Values) error
	close() error
}

// NewWriter returns a writer to w, which it does not close. A .npy file holds one
// tensor; a name that a format cannot hold is an error.
func NewWriter(w io.Writer, format Format, tensors []Tensor, metadata map[string]string) (*Writer, error) {
	var e encoder
	var err error
	if format == Arrow || format == Parquet {
		if err := onlyFloats(tensors); err != nil {
			return nil, err
		}
	}
	switch format {
	case Safetensors:
		e, err = newSafetensors(w, tensors, metadata)
	case NPZ:
		e, err = newNPZ(w, tensors, metadata)
	case NPY:
		e, err = newNPY(w, tensors)
	case Arrow:
		e, err = newArrow(w, tensors, metadata)
	case Parquet:
		e, err = newParquet(w, tensors, metadata)
	default:
		err = fmt.Errorf("no format is called %q", string(format))
	}
	return &Writer{tensors: tensors, encoder: e}, err
}

// Write writes the values of the next tensor.
func (w *Writer) Write(v Values) error {
	if w.next == len(w.tensors) {
		return errors.New("more tensors than were announced")
	}
	t := w.tensors[w.next]
	w.next++
	if err := t.check(v); err != nil {
		return err
	}
	if v.Raw == nil {
		return w.encoder.write(t, v)
	}
	left := &io.LimitedReader{R: v.Raw, N: int64(t.bytes())}
	v.Raw = left
	err := w.encoder.write(t, v)
	if err == nil && left.N > 0 {
		err = fmt.Errorf("tensor %q: %d bytes, want %d", t.Name, int64(t.bytes())-left.N, t.bytes())
	}
	return err
}

// Close ends the file. It is an error if tensors are missing.
func (w *Writer) Close() error {
	if w.next < len(w.tensors) {
		return fmt.Errorf("%d tensors of %d were written", w.next, len(w.tensors))
	}
	return w.encoder.close()
}

// writeRaw writes values as little-endian bytes.
func writeRaw(w io.Writer, v Values) error {
	if err := writeBytes(w, v.Float32); err != nil {
		return err
	}
	if err := writeBytes(w, v.Float64); err != nil {
		return err
	}
	if v.Raw == nil {
		return nil
	}
	_, err := io.Copy(w, v.Raw)
	return err
}

func writeBytes[T float32 | float64](w io.Writer, values []T) error {
	const piece = 1 << 13
	buffer := make([]byte, 0, 8*min(piece, len(values)))
	for len(values) > 0 {
		n := min(piece, len(values))
		var err error
		if buffer, err = binary.Append(buffer[:0], binary.LittleEndian, values[:n]); err != nil {
			return err
		}
		if _, err := w.Write(buffer); err != nil {
			return err
		}
		values = values[n:]
	}
	return nil
}

// anyFloat64 reports whether a column of all values must be of float64, as of one of the tensors is.
func anyFloat64(tensors []Tensor) bool {
	return slices.ContainsFunc(tensors, func(t Tensor) bool { return t.Type == "float64" })
}

// onlyFloats is an error if a tensor is of a type that tables of weights do not hold.
func onlyFloats(tensors []Tensor) error {
	for _, t := range tensors {
		if typ := t.typeName(); typ != "float32" && typ != "float64" {
			return fmt.Errorf("tensor %q: a table holds float32 and float64, not %s: write .safetensors or .npz", t.Name, typ)
		}
	}
	return nil
}
