package datasets

import (
	"context"
	"errors"
	"io"
	"runtime"
	"slices"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"
	arrowparquet "github.com/apache/arrow/go/v15/parquet"
	"github.com/apache/arrow/go/v15/parquet/file"
	"github.com/apache/arrow/go/v15/parquet/metadata"
	"github.com/apache/arrow/go/v15/parquet/pqarrow"
	"github.com/apache/arrow/go/v15/parquet/schema"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"actinit/datasets/parquetcheck"
	"actinit/datasets/unfold"
)

// openParquet reads columns of a Parquet file as Arrow's library does, those that it reads wrongly or not at all by the
// other library, and plain numbers by itself (plainColumn). All read page by page, so that a row group may be of any length. They read in
// one goroutine, but for structs (tryStructs), so that panics on damaged files can be caught.
func openParquet(path string, r io.ReaderAt, size int64, close func() error, o Options) (*Batches, error) {
	b := &Batches{path: path, format: Parquet}
	err := orDamaged(path, func() error {
		p, err := newParquetTable(path, r, size, o)
		if err != nil {
			return err
		}
		b.schema, b.rows, b.next = p.schema, p.left, p.next
		b.close = func() error {
			p.release()
			return closeAll(close)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return floats(b, o), nil
}

// parquetTable is a Parquet file of which several readers read columns.
type parquetTable struct {
	path       string
	schema     *arrow.Schema
	local      []int                // columns of timestamps that are not of UTC
	own        []ownColumn          // of each column; nil: Arrow reads it
	records    pqarrow.RecordReader // of Arrow's columns; nil: it reads none
	batch      int64                // rows of a batch without it
	rows, left int64
}

func newParquetTable(path string, r io.ReaderAt, size int64, o Options) (*parquetTable, error) {
	footer, err := parquetcheck.Footer(r, size)
	if err != nil {
		return nil, badFile(path, "%v", err)
	}
	f, err := parquetFileOf(path, r, size)
	if err != nil {
		return nil, err
	}
	chosen, err := chosenParquet(path, f, o)
	if err != nil {
		return nil, err
	}
	withoutRows := *footer
	withoutRows.RowGroups, withoutRows.NumRows = nil, 0 // which take the library long to read
	in, err := arrowFileOf(path, r, size, &withoutRows, o)
	if err != nil {
		return nil, err
	}
	p := &parquetTable{path: path, rows: f.NumRows(), left: f.NumRows()}
	columns, err := p.divide(f, r, in.Manifest, chosen, o)
	if err != nil {
		return nil, err
	}
	if p.batch, err = rowsAtOnce(path, r, footer, size, o.maxBytes(), columns); err != nil {
		return nil, err
	}
	if slices.ContainsFunc(p.own, func(own ownColumn) bool { return own == nil }) || len(p.own) == 0 {
		if in, err = arrowFileOf(path, r, size, footer, o); err != nil {
			return nil, err
		}
	}
	return p, p.open(in, chosen, columns)
}

// chosenParquet returns which of the file's columns are to be read.
func chosenParquet(path string, f *parquet.File, o Options) ([]int, error) {
	columns := f.Root().Columns()
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.Name()
	}
	chosen, err := o.selection(path, "", names)
	if err != nil {
		return nil, err
	}
	for _, i := range chosen {
		if err := checkStored(path, f, columns[i]); err != nil {
			return nil, err
		}
	}
	return chosen, nil
}

// divide gives each of the chosen columns to a reader, and returns their leaves.
func (p *parquetTable) divide(f *parquet.File, r io.ReaderAt, m *pqarrow.SchemaManifest, chosen []int, o Options) (leaves []parquetcheck.Column, err error) {
	for _, i := range chosen {
		column, t := f.Root().Columns()[i], m.Fields[i].Field.Type
		if !o.AnyType && !numeric(t) {
			return nil, unsupported(p.path, column.Name(), parquetTypeName(column, t))
		}
		if err := checkStructs(p.path, f, column, t); err != nil {
			return nil, err
		}
		own, err := ownColumnOf(p.path, f, r, column, t, o)
		if err != nil {
			return nil, err
		}
		p.own = append(p.own, own)
		_, exact := own.(*plainColumn)
		for _, leaf := range leavesOf(column) {
			leaves = append(leaves, parquetcheck.Column{Leaf: leaf, WholePages: own != nil, Exact: exact})
		}
	}
	return leaves, nil
}

// open has Arrow read those of the columns that nobody else does.
func (p *parquetTable) open(in *pqarrow.FileReader, chosen []int, columns []parquetcheck.Column) (err error) {
	var leaves []int
	for _, c := range columns {
		if !c.WholePages {
			leaves = append(leaves, c.Leaf)
		}
	}
	for _, i := range chosen {
		if field := &in.Manifest.Fields[i]; holdsStructs(field.Field.Type) {
			if err := tryStructs(in, field, p.batch); err != nil {
				return badFileCause(p.path, err, "column %q", field.Field.Name)
			}
		}
	}
	var others []arrow.Field
	if len(leaves) > 0 || len(chosen) == 0 {
		in.Props.BatchSize = p.batch
		p.records, err = in.GetRecordReader(context.Background(), leaves, nil)
		if err != nil {
			return badFileCause(p.path, err, "it cannot be read")
		}
		others = p.records.Schema().Fields()
	}
	fields := make([]arrow.Field, len(chosen))
	for k, i := range chosen {
		if p.own[k] != nil {
			fields[k] = *in.Manifest.Fields[i].Field
		} else {
			fields[k], others = others[0], others[1:]
		}
	}
	p.local = localTimes(in.ParquetReader().MetaData().Schema, chosen)
	p.schema = retyped(arrow.NewSchema(fields, in.Manifest.SchemaMeta), p.local)
	return nil
}

func (p *parquetTable) release() {
	if p.records != nil {
		p.records.Release()
	}
}

// next reads the next batch.
func (p *parquetTable) next() (record arrow.Record, err error) {
	err = orDamaged(p.path, func() error {
		record, err = p.read()
		return err
	})
	var fileError *FileError
	if err != nil && err != io.EOF && !errors.As(err, &fileError) {
		err = badFileCause(p.path, err, "it cannot be read")
	}
	return record, err
}

func (p *parquetTable) read() (arrow.Record, error) {
	rows := min(p.left, p.batch)
	var others []arrow.Array
	if p.records != nil {
		r, err := p.records.Read()
		switch {
		case err == io.EOF && p.left != 0: // on some damaged pages the reader just ends
			return nil, badFile(p.path, "the Parquet file is damaged: it claims %d rows, and %d can be read", p.rows, p.rows-p.left)
		case err != nil:
			return nil, err
		}
		rows, others = r.NumRows(), r.Columns()
	}
	if p.records == nil {
		if rows == 0 {
			return nil, io.EOF
		}
		var err error
		if rows, err = p.toPageEnd(rows); err != nil {
			return nil, err
		}
	}
	columns := make([]arrow.Array, len(p.own))
	for i, own := range p.own {
		if own == nil {
			columns[i], others = others[0], others[1:]
			columns[i].Retain()
			continue
		}
		var err error
		if columns[i], err = own.read(int(rows)); err != nil {
			for _, a := range columns[:i] {
				a.Release()
			}
			return nil, err
		}
	}
	if p.left -= rows; p.left < 0 {
		return nil, badFile(p.path, "the Parquet file is damaged: it claims %d rows, and holds more", p.rows)
	}
	return newRecord(p.schema, localColumns(columns, p.schema, p.local), int(rows)), nil
}

// toPageEnd returns a number of rows, or fewer, though not less than half a batch, if pages end there: less has to be copied.
func (p *parquetTable) toPageEnd(rows int64) (int64, error) {
	for _, own := range p.own {
		n, err := own.ahead()
		if err != nil {
			return 0, err
		}
		if n >= (p.batch+1)/2 {
			rows = min(rows, n)
		}
	}
	return rows, nil
}

// rowsAtOnce returns how many rows of the columns are read into a batch: fewer where texts are so long that otherwise they
// might need more memory than the bound.
func rowsAtOnce(path string, r io.ReaderAt, footer *format.FileMetaData, size, limit int64, columns []parquetcheck.Column) (int64, error) {
	rows, err := parquetcheck.Batches(r, footer, size, limit, columns, int64(batchRows(len(columns))))
	switch {
	case errors.Is(err, unfold.ErrLimit):
		return 0, tooLarge(path, limit)
	case err != nil:
		return 0, badFile(path, "%v", err)
	}
	return rows, nil
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

// arrowFileOf opens a file by Arrow's library, which is given the footer without the logical types that it refuses to read. Its
// batches, not its pages, are of the memory of the options.
func arrowFileOf(path string, r io.ReaderAt, size int64, footer *format.FileMetaData, o Options) (*pqarrow.FileReader, error) {
	for i := range footer.Schema {
		switch t := &footer.Schema[i].LogicalType; t.Value.(type) {
		case *format.VariantType, *format.GeometryType, *format.GeographyType:
			t.Value = nil
		}
	}
	text, err := thrift.Marshal(&thrift.CompactProtocol{}, footer)
	if err != nil {
		return nil, badFileCause(path, err, "the Parquet file is damaged")
	}
	m, err := metadata.NewFileMetaData(text, nil)
	if err != nil {
		return nil, badFileCause(path, err, "the Parquet file is damaged")
	}
	properties := arrowparquet.NewReaderProperties(memory.DefaultAllocator) // the library gives a page's memory back before it reads it
	properties.BufferedStreamEnabled = true                                 // pages are read one by one
	in, err := file.NewParquetReader(io.NewSectionReader(r, 0, size), file.WithReadProps(properties), file.WithMetadata(m))
	if err != nil {
		return nil, badFileCause(path, err, "the Parquet file is damaged")
	}
	f, err := pqarrow.NewFileReader(in, pqarrow.ArrowReadProperties{}, o.clearedMemory())
	if err != nil {
		return nil, badFileCause(path, err, "its schema cannot be read")
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

// checkStored holds a column against its row groups: a library reads it as its logical type is stored, and there are other
// compressions. Of LZ4_RAW a library reads zeros where its guess of the length is too short.
func checkStored(path string, f *parquet.File, column *parquet.Column) error {
	if !column.Leaf() {
		return nil
	}
	for _, group := range f.Metadata().RowGroups {
		m := &group.Columns[column.Index()].MetaData
		if stored := parquet.Kind(m.Type); stored != column.Type().Kind() {
			return badFile(path, "the Parquet file is damaged: column %q is stored as %v, which a column of %v is not", column.Name(), stored, column.Type())
		}
		switch m.Codec {
		case format.Uncompressed, format.Snappy, format.Gzip, format.Brotli, format.Zstd:
		default:
			return badFile(path, "column %q is compressed with %v, which is not read: write it with zstd, or leave it out (--columns names those wanted)", column.Name(), m.Codec)
		}
	}
	return nil
}

// parquetTypeName is the name that Parquet has for the type of a column, or where that does not tell it from a number's Arrow's.
func parquetTypeName(column *parquet.Column, t arrow.DataType) string {
	switch {
	case !column.Leaf() || column.Repeated():
		return "nested"
	case column.Type().LogicalType() == nil:
		return TypeName(t)
	}
	return column.Type().String()
}

// leavesOf returns the leaves of a column: one, but for nested ones.
func leavesOf(column *parquet.Column) (leaves []int) {
	if column.Leaf() {
		return []int{column.Index()}
	}
	for _, c := range column.Columns() {
		leaves = append(leaves, leavesOf(c)...)
	}
	return leaves
}

// localTimes returns which of the fields are timestamps that are not of UTC, which Arrow's reader takes for such.
func localTimes(s *schema.Schema, fields []int) (columns []int) {
	for k, i := range fields {
		if t, ok := s.Root().Field(i).LogicalType().(*schema.TimestampLogicalType); ok && !t.IsAdjustedToUTC() {
			columns = append(columns, k)
		}
	}
	return columns
}

// retyped returns a schema whose given columns are timestamps of no time zone.
func retyped(s *arrow.Schema, columns []int) *arrow.Schema {
	fields := slices.Clone(s.Fields())
	for _, i := range columns {
		if t, ok := fields[i].Type.(*arrow.TimestampType); ok {
			fields[i].Type = &arrow.TimestampType{Unit: t.Unit}
		}
	}
	metadata := s.Metadata()
	return arrow.NewSchema(fields, &metadata)
}

// localColumns gives those of the columns that are named the types of a schema. It takes the references over.
func localColumns(columns []arrow.Array, s *arrow.Schema, named []int) []arrow.Array {
	for _, i := range named {
		data := columns[i].Data()
		changed := array.NewData(s.Field(i).Type, data.Len(), data.Buffers(), nil, data.NullN(), data.Offset())
		columns[i].Release()
		columns[i] = array.MakeFromData(changed)
		changed.Release()
	}
	return columns
}
