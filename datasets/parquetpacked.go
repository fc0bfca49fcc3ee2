package datasets

import (
	"errors"
	"fmt"
	"io"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/decimal128"
	"github.com/apache/arrow/go/v15/arrow/memory"
	"github.com/apache/arrow/go/v15/parquet/pqarrow"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"

	"actinit/datasets/parquetcheck"
)

// packedColumns returns readers of the columns that are not nested and have pages in encodings that Arrow's library reads
// wrongly or not at all: BYTE_STREAM_SPLIT and, in long pages, the delta encodings of integers, and RLE of booleans.
// The others are nil.
func packedColumns(path string, r io.ReaderAt, size int64, fields []pqarrow.SchemaField) ([]*packedColumn, error) {
	f, err := parquetFileOf(path, r, size)
	if err != nil {
		return nil, err
	}
	leaves := f.Root().Columns()
	for _, leaf := range leaves {
		if leaf.Leaf() {
			if err := checkStored(path, f, leaf); err != nil {
				return nil, err
			}
		}
	}
	columns := make([]*packedColumn, len(fields))
	for i, field := range fields {
		leaf := leaves[i]
		if !leaf.Leaf() || leaf.Repeated() || !isPacked(f, leaf.Index()) && !isNarrow(field.Field.Type) || newPackedBuilder(field.Field.Type, leaf.Type().Kind()) == nil {
			continue
		}
		columns[i] = &packedColumn{path: path, file: f, source: r, leaf: leaf, typ: field.Field.Type, buffer: make([]parquet.Value, 1024)}
	}
	return columns, nil
}

// isNarrow reports whether a type is of integers narrower than what they are stored as. Arrow's library cuts those
// that do not fit.
func isNarrow(t arrow.DataType) bool {
	switch t.ID() {
	case arrow.INT8, arrow.INT16, arrow.UINT8, arrow.UINT16:
		return true
	}
	return false
}

// isPacked reports whether a column has pages that Arrow's library may not read.
func isPacked(f *parquet.File, leaf int) bool {
	for _, group := range f.Metadata().RowGroups {
		m := &group.Columns[leaf].MetaData
		for _, encoding := range m.Encoding {
			switch encoding {
			case format.DeltaBinaryPacked, format.DeltaLengthByteArray, format.ByteStreamSplit:
				return true
			case format.RLE: // as which levels are encoded, too
				if m.Type == format.Boolean {
					return true
				}
			}
		}
	}
	return false
}

// packedColumn reads a column, page by page.
type packedColumn struct {
	path   string
	file   *parquet.File
	source io.ReaderAt
	leaf   *parquet.Column
	typ    arrow.DataType
	buffer []parquet.Value

	group  int   // the next
	left   int64 // values to come of the one being read
	pages  parquet.Pages
	page   parquet.Page
	values parquet.ValueReader // nil: there is no page
}

// read returns the next values, so many.
func (c *packedColumn) read(rows int) (arrow.Array, error) {
	b := newPackedBuilder(c.typ, c.leaf.Type().Kind())
	defer b.Release()
	b.Reserve(rows)
	text := 0
	for b.Len() < rows {
		if c.values == nil {
			if err := c.nextPage(); err != nil {
				return nil, c.problem(err)
			}
			continue
		}
		n, err := c.values.ReadValues(c.buffer[:min(rows-b.Len(), len(c.buffer))])
		if c.left -= int64(n); c.left < 0 {
			return nil, c.problem(errors.New("its pages hold more values than the row group has rows"))
		}
		for _, v := range c.buffer[:n] {
			switch {
			case v.IsNull():
				b.AppendNull()
				continue
			case v.Kind() != c.leaf.Type().Kind():
				return nil, c.problem(fmt.Errorf("a %s value in a column of %s", v.Kind(), c.leaf.Type().Kind()))
			case v.Kind() == parquet.ByteArray:
				if text += len(v.ByteArray()); text > maxText {
					return nil, c.problem(fmt.Errorf("a batch of it is longer than %d bytes", maxText))
				}
			}
			b.appendValue(v)
		}
		switch {
		case err == io.EOF:
			parquet.Release(c.page)
			c.page, c.values = nil, nil
		case err != nil:
			return nil, c.problem(err)
		case n == 0:
			return nil, c.problem(io.ErrNoProgress)
		}
	}
	return b.NewArray(), nil
}

// nextPage goes on to the next page, of the next row group behind the last.
func (c *packedColumn) nextPage() (err error) {
	groups := c.file.RowGroups()
	if c.pages == nil {
		if c.group == len(groups) {
			return io.ErrUnexpectedEOF
		}
		m := &c.file.Metadata().RowGroups[c.group].Columns[c.leaf.Index()].MetaData
		if err := parquetcheck.Delta(c.source, m, c.leaf.Optional()); err != nil {
			return err
		}
		c.left = groups[c.group].NumRows()
		c.pages = groups[c.group].ColumnChunks()[c.leaf.Index()].Pages()
		c.group++
	}
	c.page, err = c.pages.ReadPage()
	switch {
	case err == nil:
		c.values = c.page.Values()
	case err == io.EOF && c.left > 0:
		return fmt.Errorf("its pages hold %d values fewer than the row group has rows", c.left)
	case err == io.EOF:
		err, c.pages = c.pages.Close(), nil
	}
	return err
}

func (c *packedColumn) problem(err error) error {
	return badFileCause(c.path, err, "row group %d, column %q", c.group, c.leaf.Name())
}

// packedBuilder is a builder of an array that takes values of a Parquet file, which are no nulls.
type packedBuilder struct {
	array.Builder
	appendValue func(parquet.Value)
}

// newPackedBuilder returns one of columns of a type that are stored as a kind, or nil if there is none.
func newPackedBuilder(t arrow.DataType, kind parquet.Kind) *packedBuilder {
	builder := array.NewBuilder(memory.DefaultAllocator, t)
	var add func(parquet.Value)
	switch kind {
	case parquet.Boolean:
		if b, ok := builder.(*array.BooleanBuilder); ok {
			add = func(v parquet.Value) { b.Append(v.Boolean()) }
		}
	case parquet.Float:
		if b, ok := builder.(*array.Float32Builder); ok {
			add = func(v parquet.Value) { b.Append(v.Float()) }
		}
	case parquet.Double:
		if b, ok := builder.(*array.Float64Builder); ok {
			add = func(v parquet.Value) { b.Append(v.Double()) }
		}
	case parquet.Int32:
		add = packedInt32(builder)
	case parquet.Int64:
		add = packedInt64(builder)
	case parquet.ByteArray:
		add = packedBytes(builder)
	}
	if add == nil {
		builder.Release()
		return nil
	}
	return &packedBuilder{builder, add}
}

func packedInt32(b array.Builder) func(parquet.Value) {
	switch b := b.(type) {
	case *array.Int8Builder:
		return narrow(b.Append)
	case *array.Int16Builder:
		return narrow(b.Append)
	case *array.Int32Builder:
		return func(v parquet.Value) { b.Append(v.Int32()) }
	case *array.Uint8Builder:
		return narrow(b.Append)
	case *array.Uint16Builder:
		return narrow(b.Append)
	case *array.Uint32Builder:
		return func(v parquet.Value) { b.Append(v.Uint32()) }
	case *array.Date32Builder:
		return func(v parquet.Value) { b.Append(arrow.Date32(v.Int32())) }
	case *array.Time32Builder:
		return func(v parquet.Value) { b.Append(arrow.Time32(v.Int32())) }
	case *array.Decimal128Builder:
		return func(v parquet.Value) { b.Append(decimal128.FromI64(int64(v.Int32()))) }
	}
	return nil
}

// narrow has values appended that are of a type narrower than what they are stored as, and refuses others.
func narrow[T int8 | int16 | uint8 | uint16](add func(T)) func(parquet.Value) {
	return func(v parquet.Value) {
		x := v.Int32()
		if int32(T(x)) != x {
			panic(fmt.Sprintf("the integer %d is not one of its column's type", x))
		}
		add(T(x))
	}
}

func packedInt64(b array.Builder) func(parquet.Value) {
	switch b := b.(type) {
	case *array.Int64Builder:
		return func(v parquet.Value) { b.Append(v.Int64()) }
	case *array.Uint64Builder:
		return func(v parquet.Value) { b.Append(v.Uint64()) }
	case *array.TimestampBuilder:
		return func(v parquet.Value) { b.Append(arrow.Timestamp(v.Int64())) }
	case *array.Time64Builder:
		return func(v parquet.Value) { b.Append(arrow.Time64(v.Int64())) }
	case *array.Decimal128Builder:
		return func(v parquet.Value) { b.Append(decimal128.FromI64(v.Int64())) }
	}
	return nil
}

func packedBytes(b array.Builder) func(parquet.Value) {
	switch b := b.(type) {
	case *array.StringBuilder:
		return func(v parquet.Value) { b.Append(string(v.ByteArray())) }
	case *array.LargeStringBuilder:
		return func(v parquet.Value) { b.Append(string(v.ByteArray())) }
	case *array.BinaryBuilder:
		return func(v parquet.Value) { b.Append(v.ByteArray()) }
	}
	return nil
}
