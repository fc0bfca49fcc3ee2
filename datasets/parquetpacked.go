package datasets

import (
	"errors"
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/decimal128"
	"github.com/apache/arrow/go/v15/arrow/memory"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding"
	"github.com/parquet-go/parquet-go/format"

	"actinit/datasets/parquetcheck"
)

// newPackedColumn returns a reader of a column of a type that is not nested and that Arrow's library reads wrongly or not at all:
// of pages in the encoding BYTE_STREAM_SPLIT, of long ones in the delta encodings of integers and in RLE of booleans, and of
// integers narrower than what they are stored as, of which it cuts those that do not fit. It returns nil of others.
func newPackedColumn(path string, f *parquet.File, r io.ReaderAt, column *parquet.Column, t arrow.DataType, mem memory.Allocator) (ownColumn, error) {
	if !column.Leaf() || column.Repeated() {
		return nil, nil
	}
	least, most, narrow := narrowRange(t)
	b := newPackedBuilder(mem, t, column.Type().Kind())
	misread := t.ID() == arrow.DECIMAL256 // if it is negative, by Arrow's library
	if b == nil || !narrow && !misread && !isPacked(f, column.Index()) {
		return nil, nil
	}
	b.Release()
	for _, group := range f.Metadata().RowGroups { // all of which the library decompresses as the first
		first, codec := f.Metadata().RowGroups[0].Columns[column.Index()].MetaData.Codec, group.Columns[column.Index()].MetaData.Codec
		if codec != first {
			return nil, badFile(path, "column %q is compressed with %v in one row group and %v in another, which is not read in its encoding", column.Name(), first, codec)
		}
	}
	return &packedColumn{path: path, file: f, source: r, leaf: column, typ: t, mem: mem, narrow: narrow, least: least, most: most, buffer: make([]parquet.Value, 1024)}, nil
}

// narrowRange returns the range of a type of integers narrower than what they are stored as.
func narrowRange(t arrow.DataType) (least, most int32, ok bool) {
	switch t.ID() {
	case arrow.INT8:
		return math.MinInt8, math.MaxInt8, true
	case arrow.INT16:
		return math.MinInt16, math.MaxInt16, true
	case arrow.UINT8:
		return 0, math.MaxUint8, true
	case arrow.UINT16:
		return 0, math.MaxUint16, true
	}
	return 0, 0, false
}

// isPacked reports whether a column has pages that Arrow's library may not read.
func isPacked(f *parquet.File, leaf int) bool {
	return packing(f, leaf) != nil || slices.ContainsFunc(f.Metadata().RowGroups, func(group format.RowGroup) bool {
		m := &group.Columns[leaf].MetaData
		return m.Type == format.Boolean && slices.Contains(m.Encoding, format.RLE) // as which levels are encoded, too
	})
}

// packing returns the first encoding of numbers or texts that Arrow's library may not read, nil if a column has none.
func packing(f *parquet.File, leaf int) *format.Encoding {
	for _, group := range f.Metadata().RowGroups {
		encodings := group.Columns[leaf].MetaData.Encoding
		for i, encoding := range encodings {
			switch encoding {
			case format.DeltaBinaryPacked, format.DeltaLengthByteArray, format.ByteStreamSplit:
				return &encodings[i]
			}
		}
	}
	return nil
}

// packedColumn reads a column, page by page.
type packedColumn struct {
	path   string
	file   *parquet.File
	source io.ReaderAt
	leaf   *parquet.Column
	typ    arrow.DataType
	mem    memory.Allocator
	buffer []parquet.Value

	narrow      bool // its values are between
	least, most int32

	row    int   // the next
	group  int   // the next
	left   int64 // values to come of the one being read
	pages  parquet.Pages
	page   parquet.Page        // nil: there is none
	at     int                 // the next value of it
	values parquet.ValueReader // from there on; nil: they lie in memory as they are
}

// read returns the next values, so many.
func (c *packedColumn) read(rows int) (arrow.Array, error) {
	b := newPackedBuilder(c.mem, c.typ, c.leaf.Type().Kind())
	defer b.Release()
	b.Reserve(rows)
	for b.Len() < rows {
		if c.page == nil {
			if err := c.nextPage(); err != nil {
				return nil, c.problem(err)
			}
			continue
		}
		before := b.Len()
		err := c.fill(b, rows-before)
		if err != nil {
			var fileError *FileError
			if errors.As(err, &fileError) {
				return nil, err
			}
			return nil, c.problem(err)
		}
		n := b.Len() - before
		c.at += n
		if c.left -= int64(n); c.left < 0 {
			return nil, c.problem(errors.New("its pages hold more values than the row group has rows"))
		}
		if c.at == int(c.page.NumValues()) {
			parquet.Release(c.page)
			c.page, c.values = nil, nil
		}
	}
	c.row += rows
	return b.NewArray(), nil
}

// ahead is 0: all values are copied.
func (c *packedColumn) ahead() (int64, error) { return 0, nil }

// fill appends at most so many values of the page.
func (c *packedColumn) fill(b *packedBuilder, rows int) error {
	if c.values != nil {
		return c.fillByValue(b, rows)
	}
	values := c.page.Data()
	from, to := c.at, min(c.at+rows, int(c.page.NumValues()))
	if c.narrow {
		for i, v := range within(values.Int32(), from, to) {
			if !c.fits(v) {
				return c.tooWide(b.Len()+i, v)
			}
		}
	}
	b.appendAll(&values, from, to)
	return nil
}

func (c *packedColumn) fillByValue(b *packedBuilder, rows int) error {
	n, err := c.values.ReadValues(c.buffer[:min(rows, len(c.buffer))])
	kind := c.leaf.Type().Kind()
	for _, v := range c.buffer[:n] {
		switch {
		case v.IsNull():
			b.AppendNull()
			continue
		case v.Kind() != kind:
			return fmt.Errorf("a %s value in a column of %s", v.Kind(), kind)
		case c.typ.ID() == arrow.DECIMAL256 && !isDecimal256(v.ByteArray()):
			return fmt.Errorf("a decimal of %d bytes, want 1 to %d", len(v.ByteArray()), arrow.Decimal256SizeBytes)
		case c.narrow && !c.fits(v.Int32()):
			return c.tooWide(b.Len(), v.Int32())
		case kind == parquet.ByteArray:
			if b.text += len(v.ByteArray()); b.text > maxText {
				return fmt.Errorf("a batch of it is longer than %d bytes", maxText)
			}
		}
		b.appendValue(v)
	}
	switch {
	case err != nil && err != io.EOF:
		return err
	case n == 0:
		return io.ErrUnexpectedEOF
	}
	return nil
}

func (c *packedColumn) fits(v int32) bool { return c.least <= v && v <= c.most }

// tooWide is the error of value i of a batch.
func (c *packedColumn) tooWide(i int, v int32) error {
	return badFile(c.path, "row %d, column %q: the integer %d is not one of its column's type", c.row+i+1, c.leaf.Name(), v)
}

// nextPage goes on to the next page, of the next row group behind the last.
func (c *packedColumn) nextPage() (err error) {
	groups := c.file.RowGroups()
	if c.pages == nil {
		if c.group == len(groups) {
			return io.ErrUnexpectedEOF
		}
		group, m := groups[c.group], &c.file.Metadata().RowGroups[c.group].Columns[c.leaf.Index()].MetaData
		c.group++
		if err := parquetcheck.Delta(c.source, m, c.leaf.Optional()); err != nil {
			return err
		}
		c.left, c.pages = group.NumRows(), group.ColumnChunks()[c.leaf.Index()].Pages()
	}
	page, err := c.pages.ReadPage()
	switch {
	case err == nil && page.NumValues() > 0:
		c.page, c.at = page, 0
		if kind := c.leaf.Type().Kind(); kind == parquet.Boolean || kind == parquet.ByteArray || kind == parquet.FixedLenByteArray || page.Dictionary() != nil || page.NumNulls() > 0 {
			c.values = page.Values()
		}
	case err == nil:
		parquet.Release(page)
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
	appendAll   func(values *encoding.Values, from, to int) // nil: of the type they do not lie in memory as they are
	text        int                                         // bytes
}

// newPackedBuilder returns one, with memory of mem, of columns of a type that are stored as a kind, or nil if there is none.
func newPackedBuilder(mem memory.Allocator, t arrow.DataType, kind parquet.Kind) *packedBuilder {
	p := &packedBuilder{Builder: array.NewBuilder(mem, t)}
	switch kind {
	case parquet.Boolean:
		if b, ok := p.Builder.(*array.BooleanBuilder); ok {
			p.appendValue = func(v parquet.Value) { b.Append(v.Boolean()) }
		}
	case parquet.Float:
		if b, ok := p.Builder.(*array.Float32Builder); ok {
			takeNumbers(p, b.Append, parquet.Value.Float, (*encoding.Values).Float)
		}
	case parquet.Double:
		if b, ok := p.Builder.(*array.Float64Builder); ok {
			takeNumbers(p, b.Append, parquet.Value.Double, (*encoding.Values).Double)
		}
	case parquet.Int32:
		takeNumbers(p, appenderOfInt32(p.Builder), parquet.Value.Int32, (*encoding.Values).Int32)
	case parquet.Int64:
		takeNumbers(p, appenderOfInt64(p.Builder), parquet.Value.Int64, (*encoding.Values).Int64)
	case parquet.ByteArray, parquet.FixedLenByteArray:
		p.appendValue = appenderOfBytes(p.Builder)
	}
	if p.appendValue == nil {
		p.Release()
		return nil
	}
	return p
}

// takeNumbers has a builder take numbers that are stored as T, if there is a way to append one.
func takeNumbers[T int32 | int64 | float32 | float64](p *packedBuilder, add func(T), one func(parquet.Value) T, all func(*encoding.Values) []T) {
	if add == nil {
		return
	}
	p.appendValue = func(v parquet.Value) { add(one(v)) }
	p.appendAll = func(values *encoding.Values, from, to int) {
		for _, v := range within(all(values), from, to) {
			add(v)
		}
	}
}

// within is values[from:to], and panics where there are not so many, whatever lies behind them.
func within[T any](values []T, from, to int) []T { return values[from:to:len(values)] }

// appenderOfInt32 returns nil of builders of types that are not stored as such.
func appenderOfInt32(b array.Builder) func(int32) {
	switch b := b.(type) {
	case *array.Int8Builder:
		return func(v int32) { b.Append(int8(v)) }
	case *array.Int16Builder:
		return func(v int32) { b.Append(int16(v)) }
	case *array.Int32Builder:
		return b.Append
	case *array.Uint8Builder:
		return func(v int32) { b.Append(uint8(v)) }
	case *array.Uint16Builder:
		return func(v int32) { b.Append(uint16(v)) }
	case *array.Uint32Builder:
		return func(v int32) { b.Append(uint32(v)) }
	case *array.Date32Builder:
		return func(v int32) { b.Append(arrow.Date32(v)) }
	case *array.Time32Builder:
		return func(v int32) { b.Append(arrow.Time32(v)) }
	case *array.Decimal128Builder:
		return func(v int32) { b.Append(decimal128.FromI64(int64(v))) }
	}
	return nil
}

// appenderOfInt64 returns nil of builders of types that are not stored as such.
func appenderOfInt64(b array.Builder) func(int64) {
	switch b := b.(type) {
	case *array.Int64Builder:
		return b.Append
	case *array.Uint64Builder:
		return func(v int64) { b.Append(uint64(v)) }
	case *array.TimestampBuilder:
		return func(v int64) { b.Append(arrow.Timestamp(v)) }
	case *array.Time64Builder:
		return func(v int64) { b.Append(arrow.Time64(v)) }
	case *array.Decimal128Builder:
		return func(v int64) { b.Append(decimal128.FromI64(v)) }
	}
	return nil
}

// appenderOfBytes returns nil of builders of types that are not stored as such.
func appenderOfBytes(b array.Builder) func(parquet.Value) {
	switch b := b.(type) {
	case *array.StringBuilder:
		return func(v parquet.Value) { b.Append(string(v.ByteArray())) }
	case *array.LargeStringBuilder:
		return func(v parquet.Value) { b.Append(string(v.ByteArray())) }
	case *array.BinaryBuilder:
		return func(v parquet.Value) { b.Append(v.ByteArray()) }
	case *array.Decimal256Builder:
		return func(v parquet.Value) { b.Append(decimal256Of(v.ByteArray())) }
	}
	return nil
}
