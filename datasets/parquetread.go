package datasets

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/format"

	"actinit/datasets/binary16"
)

// openParquet reads the chosen columns of a Parquet file into memory. The
// library panics on some damaged files; here that is an error like any other.
func openParquet(path string, r io.ReaderAt, size int64, o Options) (t *Table, err error) {
	defer func() {
		if p := recover(); p != nil {
			t, err = nil, badFile(path, "the Parquet file is damaged: %v", p)
		}
	}()
	if _, err := checkFooter(path, r, size); err != nil {
		return nil, err
	}
	// Indexes and bloom filters are of no use to a reader of whole columns, and
	// one thing less that a damaged file can lie about.
	f, err := parquet.OpenFile(r, size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true),
		parquet.FileReadMode(parquet.ReadModeSync))
	if err != nil {
		return nil, badFileCause(path, err, "the Parquet file is damaged")
	}
	leaves := f.Root().Columns()
	names := make([]string, len(leaves))
	for i, leaf := range leaves {
		names[i] = leaf.Name()
	}
	chosen, err := o.selection(path, names)
	if err != nil {
		return nil, err
	}
	p := &parquetFile{path: path, file: f, source: r, limit: o.maxBytes()}
	if f.NumRows() > p.limit/8/int64(max(1, len(chosen))) {
		return nil, tooLarge(path, p.limit)
	}
	columns := make([]*Column, len(chosen))
	for k, i := range chosen {
		if columns[k], err = p.column(leaves[i]); err != nil {
			return nil, err
		}
	}
	return newTable(path, Parquet, columns, nil)
}

// parquetFile is a Parquet file being read.
type parquetFile struct {
	path   string
	file   *parquet.File
	source io.ReaderAt
	limit  int64 // bytes of memory
}

// column reads one column.
func (p *parquetFile) column(leaf *parquet.Column) (*Column, error) {
	if !leaf.Leaf() || leaf.Repeated() {
		return nil, unsupported(p.path, leaf.Name(), "nested")
	}
	t := leaf.Type()
	signed, width, isInteger := integerType(t)
	switch kind := t.Kind(); {
	case kind == parquet.Float:
		return read(p, leaf, func(v parquet.Value) (float32, bool) { return v.Float(), true })
	case kind == parquet.Double:
		return read(p, leaf, func(v parquet.Value) (float64, bool) { return v.Double(), true })
	case kind == parquet.Boolean:
		return read(p, leaf, func(v parquet.Value) (float32, bool) {
			if v.Boolean() {
				return 1, true
			}
			return 0, true
		})
	case isInteger && width <= 16:
		return read(p, leaf, func(v parquet.Value) (float32, bool) { return float32(v.Int32()), true })
	case isInteger && kind == parquet.Int32 && signed:
		return read(p, leaf, func(v parquet.Value) (float64, bool) { return float64(v.Int32()), true })
	case isInteger && kind == parquet.Int32:
		return read(p, leaf, func(v parquet.Value) (float64, bool) { return float64(v.Uint32()), true })
	case isInteger && signed:
		return read(p, leaf, func(v parquet.Value) (float64, bool) {
			i := v.Int64()
			return float64(i), isExact(uint64(max(i, -i)))
		})
	case isInteger:
		return read(p, leaf, func(v parquet.Value) (float64, bool) { return float64(v.Uint64()), isExact(v.Uint64()) })
	case isFloat16(t):
		return read(p, leaf, func(v parquet.Value) (float32, bool) {
			b := v.ByteArray()
			return binary16.Float32(binary.LittleEndian.Uint16(b)), true
		})
	}
	return nil, unsupported(p.path, leaf.Name(), t.String())
}

// integerType reports whether a column holds plain integers rather than dates,
// times or decimals stored as such.
func integerType(t parquet.Type) (signed bool, width int, ok bool) {
	if t.Kind() != parquet.Int32 && t.Kind() != parquet.Int64 {
		return false, 0, false
	}
	if logical := t.LogicalType(); logical != nil && logical.Value != nil {
		integer, ok := logical.Value.(*format.IntType)
		if !ok {
			return false, 0, false
		}
		return integer.IsSigned, int(integer.BitWidth), true
	}
	width = 32
	if t.Kind() == parquet.Int64 {
		width = 64
	}
	converted := t.ConvertedType()
	if converted == nil {
		return true, width, true
	}
	switch *converted {
	case deprecated.Int8, deprecated.Int16, deprecated.Int32, deprecated.Int64:
		return true, 8 << (*converted - deprecated.Int8), true
	case deprecated.Uint8, deprecated.Uint16, deprecated.Uint32, deprecated.Uint64:
		return false, 8 << (*converted - deprecated.Uint8), true
	}
	return false, 0, false
}

func integerText(v parquet.Value, t parquet.Type) string {
	if signed, _, _ := integerType(t); signed {
		return strconv.FormatInt(v.Int64(), 10)
	}
	return strconv.FormatUint(v.Uint64(), 10)
}

func isFloat16(t parquet.Type) bool {
	logical := t.LogicalType()
	if logical == nil {
		return false
	}
	_, ok := logical.Value.(*format.Float16Type)
	return ok && t.Kind() == parquet.FixedLenByteArray && t.Length() == 2
}

// read collects a column's values over all row groups; value says whether its
// result is exact.
func read[T Float](p *parquetFile, leaf *parquet.Column, value func(parquet.Value) (T, bool)) (*Column, error) {
	out := &builder[T]{}
	buffer := make([]parquet.Value, 1024)
	for g, group := range p.file.RowGroups() {
		before := out.len()
		err := p.checkPages(p.source, &p.file.Metadata().RowGroups[g], leaf)
		if err == nil {
			err = readChunk(p, out, group.ColumnChunks()[leaf.Index()], leaf, buffer, value)
		}
		if err != nil {
			var fileError *FileError
			if errors.As(err, &fileError) {
				return nil, err
			}
			return nil, badFileCause(p.path, err, "row group %d, column %q", g+1, leaf.Name())
		}
		if got, want := int64(out.len()-before), group.NumRows(); got != want {
			return nil, badFile(p.path, "row group %d, column %q: it holds %d values, the file claims %d rows", g+1, leaf.Name(), got, want)
		}
	}
	return out.column(leaf.Name()), nil
}

func readChunk[T Float](p *parquetFile, out *builder[T], chunk parquet.ColumnChunk, leaf *parquet.Column,
	buffer []parquet.Value, value func(parquet.Value) (T, bool)) (err error) {
	pages := chunk.Pages()
	defer func() { err = errors.Join(err, pages.Close()) }()
	for {
		page, err := pages.ReadPage()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		err = readPage(p, out, page.Values(), leaf, buffer, value)
		parquet.Release(page)
		if err != nil {
			return err
		}
	}
}

func readPage[T Float](p *parquetFile, out *builder[T], values parquet.ValueReader, leaf *parquet.Column,
	buffer []parquet.Value, value func(parquet.Value) (T, bool)) error {
	for {
		n, err := values.ReadValues(buffer)
		for _, v := range buffer[:n] {
			if v.IsNull() {
				out.appendNull()
				continue
			}
			if v.Kind() != leaf.Type().Kind() {
				return fmt.Errorf("a %s value in a column of %s", v.Kind(), leaf.Type().Kind())
			}
			x, exact := value(v)
			if !exact {
				return inexact(p.path, out.len()+1, leaf.Name(), integerText(v, leaf.Type()))
			}
			out.append(x)
		}
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		case n == 0:
			return io.ErrNoProgress
		}
	}
}
