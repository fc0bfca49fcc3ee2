package datasets

import (
	"errors"
	"fmt"
	"io"
	"os"

	"actinit/datasets/arrowmap"
	"actinit/datasets/unfold"

	"github.com/apache/arrow/go/v15/arrow"
)

// openArrow maps an Arrow IPC file, and takes f over unless it fails. Uncompressed columns
// are the mapping's own pages.
func openArrow(path string, f *os.File, size int64, o Options) (*Batches, error) {
	file, err := arrowmap.Open(f, size)
	if err != nil {
		return nil, arrowProblem(path, err, o)
	}
	b, err := arrowBatches(path, file, o)
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return b, nil
}

func arrowBatches(path string, file *arrowmap.File, o Options) (*Batches, error) {
	b := &Batches{path: path, format: Arrow, maps: file.Mapping(), close: file.Close, rows: file.Rows()}
	var chosen []int
	err := b.Guard(func() (err error) {
		var schema *arrow.Schema
		if o.AnyType {
			if schema, err = file.Schema(); err != nil {
				return arrowProblem(path, err, o)
			}
		}
		chosen, b.schema, err = chooseArrow(path, file.Fields(), schema, o)
		return err
	})
	if err != nil {
		return nil, err
	}
	limit, k := o.maxBytes(), 0
	b.next = func() (arrow.Record, error) {
		if k == file.Batches() {
			return nil, io.EOF
		}
		k++
		r, err := readArrow(func() (arrow.Record, error) { return file.Record(k-1, chosen, unfold.New(limit, 0)) })
		if err != nil {
			return nil, arrowProblem(path, err, o)
		}
		return r, nil
	}
	return floats(b, o), nil
}

// openArrowStream reads an Arrow IPC stream.
func openArrowStream(path string, r io.Reader, close func() error, o Options) (*Batches, error) {
	stream, err := arrowmap.NewStream(r)
	if err != nil {
		return nil, arrowProblem(path, err, o)
	}
	b := &Batches{path: path, format: ArrowStream, close: close, unmarked: stream.Unmarked}
	chosen, schema, err := chooseArrow(path, stream.Fields(), stream.Schema(), o)
	if err != nil {
		return nil, err
	}
	b.schema = schema
	limit := o.maxBytes()
	b.next = func() (arrow.Record, error) {
		r, err := readArrow(func() (arrow.Record, error) { return stream.Next(chosen, unfold.New(limit, 0)) })
		if err != nil && err != io.EOF {
			return nil, arrowProblem(path, err, o)
		}
		return r, err
	}
	return floats(b, o), nil
}

// chooseArrow returns the indices of the columns to read, and their schema. full is needed where columns of
// any type are wanted.
func chooseArrow(path string, fields []arrowmap.Field, full *arrow.Schema, o Options) ([]int, *arrow.Schema, error) {
	names := make([]string, len(fields))
	for i, field := range fields {
		names[i] = field.Name
	}
	chosen, err := o.selection(path, "", names)
	if err != nil {
		return nil, nil, err
	}
	out := make([]arrow.Field, len(chosen))
	var metadata arrow.Metadata
	if full != nil {
		metadata = full.Metadata()
	}
	for k, i := range chosen {
		out[k] = arrow.Field{Name: names[i], Type: fields[i].Type, Nullable: fields[i].Nullable}
		switch {
		case full != nil && o.AnyType:
			out[k] = full.Field(i)
		case fields[i].Type == nil:
			return nil, nil, unsupported(path, names[i], fields[i].TypeName)
		}
	}
	return chosen, arrow.NewSchema(out, &metadata), nil
}

// readArrow turns a panic of a decompressor on damaged data into an error. A fault of
// the mapping goes on to the guard.
func readArrow(read func() (arrow.Record, error)) (r arrow.Record, err error) {
	defer func() {
		switch p := recover().(type) {
		case nil:
		case interface{ Addr() uintptr }:
			panic(p)
		default:
			err = fmt.Errorf("the Arrow file is damaged: %v", p)
		}
	}()
	return read()
}

func arrowProblem(path string, err error, o Options) error {
	if errors.Is(err, unfold.ErrLimit) {
		return tooLarge(path, o.maxBytes())
	}
	return &FileError{Path: path, Problem: oneLine(err.Error()), Err: err}
}

func unsupported(path, column, typeName string) error {
	return badFile(path, "column %q has the type %s; a column must be floating-point, integer or boolean, or of decimals (--columns names the columns wanted, and leaves others out)",
		column, typeName)
}
