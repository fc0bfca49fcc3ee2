package weightfile

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/parquet-go/parquet-go"

	"actinit/datasets/parquetcheck"
	"actinit/datasets/tensorfile"
	"actinit/datasets/unfold"
)

// parquetSource is a Parquet file with a row for each tensor.
type parquetSource struct {
	file    *parquet.File
	tensors []Stored
	wide    bool // the column of values is of float64
}

// parquetIndex is a row without its values.
type parquetIndex struct {
	Name  string  `parquet:"name"`
	Type  string  `parquet:"type,optional"`
	Shape []int64 `parquet:"shape,list"`
}

// parquetValues is a row's values alone.
type parquetValues[T float32 | float64] struct {
	Values []T `parquet:"values,list"`
}

// openParquet checks what the file claims before the library believes it; the library
// panics on some damaged files all the same, which is an error here.
func openParquet(r io.ReaderAt, size int64) (tensors []Stored, _ source, err error) {
	defer damaged(&err)
	if err := parquetcheck.File(r, size, unfold.Limit(tensorfile.MaxUnfolded)); err != nil {
		return nil, nil, err
	}
	f, err := parquet.OpenFile(r, size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true), parquet.FileReadMode(parquet.ReadModeSync))
	if err != nil {
		return nil, nil, err
	}
	s := &parquetSource{file: f}
	for name, kinds := range map[string][]parquet.Kind{
		"name": {parquet.ByteArray}, "shape": {parquet.Int64}, "values": {parquet.Float, parquet.Double},
	} {
		kind, ok := leafKind(f.Root(), name, name != "name")
		if !ok || !slices.Contains(kinds, kind) {
			return nil, nil, errors.New("it has not the columns name (text), shape (list of int64) and values (list of float or double)")
		}
		s.wide = s.wide || kind == parquet.Double
	}
	if f.NumRows() > size {
		return nil, nil, fmt.Errorf("it claims %d rows in %d bytes", f.NumRows(), size)
	}
	reader := parquet.NewGenericReader[parquetIndex](f)
	defer func() { err = errors.Join(err, reader.Close()) }()
	column := map[bool]string{false: "float32", true: "float64"}[s.wide]
	for range f.NumRows() {
		row := make([]parquetIndex, 1)
		if n, err := reader.Read(row); n != 1 {
			return nil, nil, fmt.Errorf("row %d: %w", len(s.tensors)+1, err)
		}
		shape := []int{}
		for _, n := range row[0].Shape {
			if int64(int(n)) != n {
				return nil, nil, fmt.Errorf("tensor %q: its shape has a size %d", row[0].Name, n)
			}
			shape = append(shape, int(n))
		}
		s.tensors = append(s.tensors, Stored{row[0].Name, shape, narrowed(row[0].Type, column)})
	}
	return s.tensors, s, nil
}

// leafKind returns the type of a column's values, or of its lists' elements.
func leafKind(root *parquet.Column, name string, list bool) (parquet.Kind, bool) {
	c := root.Column(name)
	if c == nil || c.Leaf() == list {
		return 0, false
	}
	for list && !c.Leaf() {
		children := c.Columns()
		if len(children) != 1 {
			return 0, false
		}
		c = children[0]
	}
	return c.Type().Kind(), true
}

func (s *parquetSource) read(i int) (v Values, err error) {
	defer damaged(&err)
	if s.wide {
		v.Float64, err = readRow[float64](s.file, i)
		if err == nil && s.tensors[i].Type == "float32" {
			return narrow(v)
		}
		return v, err
	}
	v.Float32, err = readRow[float32](s.file, i)
	return v, err
}

func readRow[T float32 | float64](f *parquet.File, i int) (values []T, err error) {
	reader := parquet.NewGenericReader[parquetValues[T]](f)
	defer func() { err = errors.Join(err, reader.Close()) }()
	if err := reader.SeekToRow(int64(i)); err != nil {
		return nil, err
	}
	row := make([]parquetValues[T], 1)
	if n, err := reader.Read(row); n != 1 {
		return nil, fmt.Errorf("its row cannot be read: %w", err)
	}
	return row[0].Values, nil
}

func damaged(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("the Parquet file is damaged: %v", p)
	}
}
