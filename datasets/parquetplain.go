package datasets

import (
	"errors"
	"fmt"
	"io"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/bitutil"
	"github.com/apache/arrow/go/v15/arrow/memory"
	"github.com/parquet-go/parquet-go"

	"actinit/datasets/parquetcheck"
)

// An ownColumn reads a column that Arrow's library does not read.
type ownColumn interface {
	// read returns the next values, so many.
	read(rows int) (arrow.Array, error)

	// ahead returns how many of the next values read returns without a copy of them.
	ahead() (int64, error)
}

// ownColumnOf returns nil of a column that Arrow's library is to read.
func ownColumnOf(path string, f *parquet.File, r io.ReaderAt, column *parquet.Column, t arrow.DataType, o Options) (ownColumn, error) {
	if c := newPlainColumn(path, f, r, column, t, o.memory()); c != nil {
		return c, nil
	}
	return newPackedColumn(path, f, r, column, t, o.clearedMemory())
}

// plainColumn reads numbers whose pages hold them as Arrow's arrays do. Its arrays are the pages, once they are decompressed; those
// of several pages are copied. With Arrow's library actinit apply took twice as long.
type plainColumn struct {
	path string
	file *parquet.File
	leaf *parquet.Column
	typ  arrow.DataType
	mem  memory.Allocator

	pages *parquetcheck.PlainReader
	group int         // the next
	left  int64       // values to come of the one being read, behind the page
	page  arrow.Array // what is left of the page; nil: nothing
}

// newPlainColumn returns nil if a column is not such.
func newPlainColumn(path string, f *parquet.File, r io.ReaderAt, column *parquet.Column, t arrow.DataType, mem memory.Allocator) *plainColumn {
	if !column.Leaf() || column.Repeated() || !isStoredAs(column.Type().Kind(), t) {
		return nil
	}
	for _, group := range f.Metadata().RowGroups {
		if !parquetcheck.IsPlain(&group.Columns[column.Index()].MetaData, column.Optional()) {
			return nil
		}
	}
	pages := parquetcheck.NewPlainReader(r, t.(arrow.FixedWidthDataType).Bytes(), column.Optional())
	return &plainColumn{path: path, file: f, leaf: column, typ: t, mem: mem, pages: pages}
}

// isStoredAs reports whether the values of a kind are those of a type, bit for bit.
func isStoredAs(kind parquet.Kind, t arrow.DataType) bool {
	switch t.ID() {
	case arrow.FLOAT32:
		return kind == parquet.Float
	case arrow.FLOAT64:
		return kind == parquet.Double
	case arrow.INT32, arrow.UINT32, arrow.DATE32, arrow.TIME32:
		return kind == parquet.Int32
	case arrow.INT64, arrow.UINT64, arrow.TIME64, arrow.TIMESTAMP:
		return kind == parquet.Int64
	}
	return false
}

func (c *plainColumn) ahead() (int64, error) {
	for c.page == nil {
		if err := c.nextPage(); err != nil {
			return 0, badFileCause(c.path, err, "row group %d, column %q", c.group, c.leaf.Name())
		}
	}
	return int64(c.page.Len()), nil
}

func (c *plainColumn) read(rows int) (arrow.Array, error) {
	var parts []arrow.Array
	defer func() {
		for _, a := range parts {
			a.Release()
		}
	}()
	for rows > 0 {
		if _, err := c.ahead(); err != nil {
			return nil, err
		}
		part := c.take(rows)
		parts, rows = append(parts, part), rows-part.Len()
	}
	if len(parts) == 1 {
		parts[0].Retain()
		return parts[0], nil
	}
	return joined(parts, c.mem)
}

// joined returns the arrays as one in memory that is not cleared. The library leaves the bits of a bitmap behind the last value as they were.
func joined(parts []arrow.Array, mem memory.Allocator) (arrow.Array, error) {
	all, err := array.Concatenate(parts, mem)
	if err != nil {
		return nil, err
	}
	if bitmap := all.Data().Buffers()[0]; bitmap != nil {
		bitutil.SetBitsTo(bitmap.Bytes(), int64(all.Len()), int64(8*bitmap.Len()-all.Len()), false)
	}
	return all, nil
}

// take returns the next values of the page, at most so many.
func (c *plainColumn) take(rows int) arrow.Array {
	page := c.page
	if page.Len() <= rows {
		c.page = nil
		return page
	}
	c.page = array.NewSlice(page, int64(rows), int64(page.Len()))
	defer page.Release()
	return array.NewSlice(page, 0, int64(rows))
}

// nextPage goes on to the next page, of the next row group behind the last.
func (c *plainColumn) nextPage() error {
	groups := c.file.Metadata().RowGroups
	if c.left == 0 {
		if c.group == len(groups) {
			return io.ErrUnexpectedEOF
		}
		c.pages.Open(&groups[c.group].Columns[c.leaf.Index()].MetaData)
		c.left = groups[c.group].NumRows
		c.group++
		return nil
	}
	page, err := c.pages.Next()
	switch {
	case err == io.EOF:
		return fmt.Errorf("its pages hold %d values fewer than the row group has rows", c.left)
	case err != nil:
		return err
	}
	n := page.Values()
	if c.left -= int64(n); c.left < 0 {
		return errors.New("its pages hold more values than the row group has rows")
	}
	if n == 0 {
		return nil
	}
	values := memory.NewResizableBuffer(c.mem)
	defer values.Release()
	values.Resize(page.Size())
	valid, nulls, err := page.Read(values.Bytes())
	if err != nil {
		return err
	}
	var bitmap *memory.Buffer
	if nulls > 0 {
		bitmap = memory.NewBufferBytes(valid)
	}
	data := array.NewData(c.typ, n, []*memory.Buffer{bitmap, values}, nil, nulls, 0)
	defer data.Release()
	c.page = array.MakeFromData(data)
	return nil
}
