package datasets

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strconv"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/format"

	"actinit/datasets/binary16"
	"actinit/datasets/parquetcheck"
	"actinit/datasets/tensorfile"
	"actinit/datasets/unfold"
)

// openParquet reads a Parquet file, a row group at a time.
func openParquet(path string, r io.ReaderAt, size int64, close func() error, o Options) (*Batches, error) {
	if o.AnyType {
		return openAnyParquet(path, r, size, close, o)
	}
	b := &Batches{path: path, format: Parquet, close: close}
	err := orDamaged(path, func() error {
		if _, err := parquetcheck.Footer(r, size); err != nil {
			return badFile(path, "%v", err)
		}
		f, err := parquetFileOf(path, r, size)
		if err != nil {
			return err
		}
		b.rows = f.NumRows()
		leaves := f.Root().Columns()
		names := make([]string, len(leaves))
		for i, leaf := range leaves {
			names[i] = leaf.Name()
		}
		chosen, err := o.selection(path, "", names)
		if err != nil {
			return err
		}
		p := &parquetFile{path: path, file: f, source: r, size: size, limit: o.maxBytes(), integers: Float64}
		if o.Type == Float32 {
			p.integers = Float32
		}
		fields := make([]arrow.Field, len(chosen))
		for k, i := range chosen {
			column, kind, err := p.column(leaves[i])
			if err != nil {
				return err
			}
			p.columns = append(p.columns, column)
			fields[k] = arrow.Field{Name: names[i], Type: kind.arrow(), Nullable: leaves[i].Optional()}
		}
		b.schema = arrow.NewSchema(fields, nil)
		b.next = func() (record arrow.Record, err error) {
			err = orDamaged(path, func() error {
				record, err = p.rowGroup(b.schema)
				return err
			})
			return record, err
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return floats(b, o), nil
}

// parquetFileOf opens a file whose footer has been checked. Indexes and bloom filters are of no use to a reader of
// whole columns, and one thing less that a damaged file can lie about.
func parquetFileOf(path string, r io.ReaderAt, size int64) (*parquet.File, error) {
	f, err := parquet.OpenFile(r, size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true),
		parquet.FileReadMode(parquet.ReadModeSync))
	if err != nil {
		return nil, badFileCause(path, err, "the Parquet file is damaged")
	}
	return f, nil
}

// orDamaged makes an error of the panics of a library on damaged files and on encodings that it does not read.
func orDamaged(path string, read func() error) (err error) {
	defer func() {
		switch p := recover().(type) {
		case nil:
		case runtime.Error: // which tells the user nothing
			err = badFile(path, "the Parquet file is damaged, or holds an encoding that is not read")
		default:
			err = badFile(path, "the Parquet file is damaged: %v", p)
		}
	}()
	return read()
}

// parquetFile is a Parquet file being read.
type parquetFile struct {
	path     string
	file     *parquet.File
	source   io.ReaderAt
	size     int64
	limit    int64 // bytes of memory that a row group may take
	integers Type  // of which integers must be exactly
	columns  []parquetColumn
	group    int // the next
	row      int // the first of the next group
}

// A parquetColumn reads a column of a row group, in memory of a budget.
type parquetColumn func(group int, budget *unfold.Budget) (arrow.Array, error)

// rowGroup reads the next row group.
func (p *parquetFile) rowGroup(schema *arrow.Schema) (arrow.Record, error) {
	groups := p.file.RowGroups()
	if p.group == len(groups) {
		return nil, io.EOF
	}
	rows := groups[p.group].NumRows()
	budget := unfold.New(p.limit, p.size)
	arrays := make([]arrow.Array, len(p.columns))
	for k, column := range p.columns {
		var err error
		if arrays[k], err = column(p.group, budget); err != nil {
			for _, a := range arrays[:k] {
				a.Release()
			}
			return nil, err
		}
	}
	p.group++
	p.row += int(rows)
	return newRecord(schema, arrays, int(rows)), nil
}

// column returns a reader of one column, and the type it gives.
func (p *parquetFile) column(leaf *parquet.Column) (parquetColumn, Type, error) {
	if !leaf.Leaf() || leaf.Repeated() {
		return nil, "", unsupported(p.path, leaf.Name(), "nested")
	}
	t := leaf.Type()
	if err := checkStored(p.path, p.file, leaf); err != nil {
		return nil, "", err
	}
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
		return read(p, leaf, func(v parquet.Value) (float32, bool) {
			x := float32(v.Int32()) // which may be wider than its type
			return x, int64(x) == int64(v.Int32())
		})
	case isInteger && kind == parquet.Int32 && signed:
		return read(p, leaf, func(v parquet.Value) (float64, bool) { return float64(v.Int32()), true })
	case isInteger && kind == parquet.Int32:
		return read(p, leaf, func(v parquet.Value) (float64, bool) { return float64(v.Uint32()), true })
	case isInteger && signed:
		return read(p, leaf, func(v parquet.Value) (float64, bool) {
			i := v.Int64()
			return float64(i), tensorfile.IsExact(uint64(max(i, -i)))
		})
	case isInteger:
		return read(p, leaf, func(v parquet.Value) (float64, bool) {
			return float64(v.Uint64()), tensorfile.IsExact(v.Uint64())
		})
	case isFloat16(t):
		return read(p, leaf, func(v parquet.Value) (float32, bool) {
			b := v.ByteArray()
			return binary16.Float32(binary.LittleEndian.Uint16(b)), true
		})
	}
	return nil, "", unsupported(p.path, leaf.Name(), t.String())
}

// checkStored holds a column against its row groups: the library reads it as its logical type is stored, and of LZ4_RAW
// zeros where its guess of the length is too short.
func checkStored(path string, f *parquet.File, leaf *parquet.Column) error {
	for _, group := range f.Metadata().RowGroups {
		if stored := parquet.Kind(group.Columns[leaf.Index()].MetaData.Type); stored != leaf.Type().Kind() {
			return badFile(path, "column %q is stored as %v, which a column of %v is not", leaf.Name(), stored, leaf.Type())
		}
		if group.Columns[leaf.Index()].MetaData.Codec == format.Lz4Raw {
			return badFile(path, "column %q is compressed with LZ4_RAW, which is not read", leaf.Name())
		}
	}
	return nil
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

// read returns a reader of a column; value says whether its result is exact.
func read[T Float](p *parquetFile, leaf *parquet.Column, value func(parquet.Value) (T, bool)) (parquetColumn, Type, error) {
	buffer := make([]parquet.Value, 1024)
	return func(g int, budget *unfold.Budget) (arrow.Array, error) {
		group := p.file.RowGroups()[g]
		out := &builder[T]{}
		err := parquetcheck.Column(p.source, &p.file.Metadata().RowGroups[g], leaf.Index(), budget)
		if errors.Is(err, unfold.ErrLimit) {
			return nil, tooLarge(p.path, p.limit)
		}
		if err == nil {
			err = parquetcheck.Delta(p.source, &p.file.Metadata().RowGroups[g].Columns[leaf.Index()].MetaData, leaf.Optional())
		}
		if err == nil {
			out.values = make([]T, 0, group.NumRows())
			err = readChunk(p, out, group.ColumnChunks()[leaf.Index()], leaf, buffer, value)
		}
		if err != nil {
			var fileError *FileError
			if errors.As(err, &fileError) {
				return nil, err
			}
			return nil, badFileCause(p.path, err, "row group %d, column %q", g+1, leaf.Name())
		}
		if got, want := int64(out.len()), group.NumRows(); got != want {
			return nil, badFile(p.path, "row group %d, column %q: it holds %d values, the file claims %d rows", g+1, leaf.Name(), got, want)
		}
		return out.array(), nil
	}, typeOf[T](), nil
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
	_, _, narrow := integerType(leaf.Type())
	narrow = narrow && p.integers == Float32
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
			if !exact || narrow && T(float32(x)) != x {
				return badFile(p.path, "%v", inexact(p.row+out.len()+1, leaf.Name(), integerText(v, leaf.Type()), p.integers))
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
