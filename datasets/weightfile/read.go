package weightfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"actinit/datasets/arrowmap"
	"actinit/datasets/mapped"
	"actinit/datasets/tensorfile"
)

// Limits of what is read. A file that claims more is refused before memory is taken.
const (
	maxName = 1 << 12 // bytes
	maxRank = 64      // dimensions, as in numpy 2
)

// A Stored is what a file says of a tensor that it holds.
type Stored struct {
	Name  string
	Shape []int
	// Type is the elements' type in the file: "float16", "bfloat16", "float32" and "float64"
	// are those that can be read.
	Type string
}

// A File is an open file of tensors. It must not be used by two goroutines at once.
type File struct {
	path    string
	tensors []Stored
	source  source
	mapping *mapped.File // what source reads; nil: memory, or the file itself
	close   func() error
	closed  bool // what was mapped is no more
}

// A source reads the values of tensor i.
type source interface {
	read(i int) (Values, error)
}

// Open opens a file of one of the formats, as its name says, and reads what it says of its tensors.
//
// All that [Writer] writes can be read, and what numpy and PyTorch write to safetensors, npz
// and npy: arrays in C and in Fortran order, of either byte order, compressed or not. A .npy
// file's tensor has no name: it is that of the file, without .npy. Of Arrow and Parquet files the
// columns name, shape and values are read, and type, if it is there.
//
// Errors are one line that names the file and the tensor. The memory taken is in
// proportion to the file, whatever it claims.
func Open(path string) (*File, error) {
	format, err := FormatOf(path)
	if err != nil {
		return nil, fmt.Errorf("%s: the name does not say how to read it: want one that ends in %s", path, formatNames())
	}
	f, err := os.Open(path)
	if err != nil {
		var cause *fs.PathError
		if errors.As(err, &cause) {
			err = cause.Err
		}
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("it is no file")
	}
	var in *File
	if err == nil {
		in, err = open(path, format, f, info.Size())
	}
	if err != nil {
		return nil, errors.Join(oneLine(path, err), f.Close())
	}
	if in.close == nil {
		in.close = f.Close
		return in, nil
	}
	return in, f.Close() // it is mapped
}

// open reads what a file of size bytes says of its tensors.
func open(path string, format Format, r io.ReaderAt, size int64) (*File, error) {
	f := &File{path: path}
	var err error
	switch format {
	case Safetensors:
		f.tensors, f.source, err = openTensors(tensorfile.Safetensors(r, size))
	case NPY:
		f.tensors, f.source, err = openTensors(tensorfile.NPY(strings.TrimSuffix(filepath.Base(path), filepath.Ext(path)), r, size))
	case NPZ:
		f.tensors, f.source, err = openTensors(tensorfile.NPZ(r, size))
	case Parquet:
		f.tensors, f.source, err = openParquet(r, size)
	case Arrow:
		var file *arrowmap.File
		if file, err = mapArrow(r, size); err != nil {
			return nil, err
		}
		f.mapping, f.close = file.Mapping(), file.Close
		err = f.mapping.Guard(func() (err error) {
			f.tensors, f.source, err = openArrow(file)
			return err
		})
		if err != nil {
			return nil, errors.Join(err, file.Close())
		}
	}
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	for i, t := range f.tensors {
		switch {
		case t.Name == "" || len(t.Name) > maxName:
			err = fmt.Errorf("tensor %d has a name of %d bytes, want 1 to %d", i+1, len(t.Name), maxName)
		case seen[t.Name]:
			err = fmt.Errorf("tensor %q is there twice", t.Name)
		}
		if err != nil {
			return nil, errors.Join(err, f.Close())
		}
		seen[t.Name] = true
	}
	return f, nil
}

// Tensors returns what is in the file, in its order.
func (f *File) Tensors() []Stored { return f.tensors }

// Read returns the values of tensor i row by row. Those of float16 and bfloat16, which
// float32 holds exactly, are Values.Float32, as float32's are; float64's are
// Values.Float64. Other types are an error.
func (f *File) Read(i int) (Values, error) {
	t := f.tensors[i]
	fail := func(err error) (Values, error) {
		return Values{}, oneLine(f.path, fmt.Errorf("tensor %q: %w", t.Name, err))
	}
	if f.closed {
		return fail(errors.New("the file is closed"))
	}
	if !readable(t.Type) {
		return fail(fmt.Errorf("it holds %s, want float16, bfloat16, float32 or float64", t.Type))
	}
	want, err := tensorfile.Elements(t.Shape)
	if err != nil {
		return fail(err)
	}
	var v Values
	err = f.mapping.Guard(func() (err error) {
		v, err = f.source.read(i)
		return err
	})
	if err != nil {
		return fail(err)
	}
	if got := len(v.Float32) + len(v.Float64); got != want {
		return fail(fmt.Errorf("it has %d values, its shape %v takes %d", got, t.Shape, want))
	}
	return v, nil
}

// Close ends the use of the file. Values that were read stay.
func (f *File) Close() error {
	f.closed = true
	if f.close == nil {
		return nil
	}
	closing := f.close
	f.close = nil
	return closing()
}

func readable(typ string) bool {
	_, ok := floats[typ]
	return ok
}

// oneLine puts the file's name before an error, whose text may quote what the file holds.
func oneLine(path string, err error) error {
	const longest = 400
	text := strings.Map(func(r rune) rune {
		if strconv.IsPrint(r) {
			return r
		}
		return ' '
	}, err.Error())
	if len(text) > longest {
		text = strings.ToValidUTF8(text[:longest], "") + "..."
	}
	return &Error{path + ": " + text, err}
}

// An Error is one of reading a file, in one line that begins with its name.
type Error struct {
	text  string
	cause error
}

func (e *Error) Error() string { return e.text }
func (e *Error) Unwrap() error { return e.cause }
