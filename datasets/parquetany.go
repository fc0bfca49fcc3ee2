package datasets

import (
	"context"
	"errors"
	"io"
	"slices"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"
	"github.com/apache/arrow/go/v15/parquet"
	"github.com/apache/arrow/go/v15/parquet/file"
	"github.com/apache/arrow/go/v15/parquet/pqarrow"
	"github.com/apache/arrow/go/v15/parquet/schema"

	"actinit/datasets/parquetcheck"
	"actinit/datasets/unfold"
)

// openAnyParquet reads columns of any type of a Parquet file as Arrow's library does, and those in encodings that it
// does not read, or only in short pages, by the other library. It reads in one goroutine, so that panics on damaged
// files can be caught.
func openAnyParquet(path string, r io.ReaderAt, size int64, close func() error, o Options) (*Batches, error) {
	b := &Batches{path: path, format: Parquet}
	err := orDamaged(path, func() error {
		if _, err := parquetcheck.Footer(r, size); err != nil {
			return badFile(path, "%v", err)
		}
		p, err := newAnyParquet(path, r, size, o)
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
	return b, nil
}

// anyParquet is a Parquet file of which two libraries read columns.
type anyParquet struct {
	path       string
	schema     *arrow.Schema
	local      []int                // columns of timestamps that are not of UTC
	packed     []*packedColumn      // of each column; nil: Arrow reads it
	records    pqarrow.RecordReader // of Arrow's columns; nil: it reads none
	batch      int64                // rows of a batch without it
	rows, left int64
}

func newAnyParquet(path string, r io.ReaderAt, size int64, o Options) (*anyParquet, error) {
	properties := parquet.NewReaderProperties(memory.DefaultAllocator)
	properties.BufferedStreamEnabled = true // pages are read one by one
	in, err := file.NewParquetReader(io.NewSectionReader(r, 0, size), file.WithReadProps(properties))
	if err != nil {
		return nil, badFileCause(path, err, "the Parquet file is damaged")
	}
	columns := in.MetaData().Schema
	chosen, err := o.selection(path, "", fieldNames(columns))
	if err != nil {
		return nil, err
	}
	batch, err := rowsAtOnce(r, size, o.maxBytes(), leavesOf(columns, chosen))
	if err != nil {
		return nil, badFile(path, "%v", err)
	}
	f, err := pqarrow.NewFileReader(in, pqarrow.ArrowReadProperties{BatchSize: batch}, memory.DefaultAllocator)
	if err != nil {
		return nil, badFileCause(path, err, "its schema cannot be read")
	}
	p := &anyParquet{path: path, local: localTimes(columns, chosen), batch: batch, rows: in.NumRows(), left: in.NumRows()}
	fields, err := p.divide(r, size, chosen, columns, f)
	if err != nil {
		return nil, err
	}
	p.schema = retyped(arrow.NewSchema(fields, f.Manifest.SchemaMeta), p.local)
	return p, nil
}

// divide gives each chosen column to a library, and returns the columns.
func (p *anyParquet) divide(r io.ReaderAt, size int64, chosen []int, s *schema.Schema, f *pqarrow.FileReader) ([]arrow.Field, error) {
	columns, err := packedColumns(p.path, r, size, f.Manifest.Fields)
	if err != nil {
		return nil, err
	}
	var read []int // that Arrow reads
	for _, i := range chosen {
		p.packed = append(p.packed, columns[i])
		if columns[i] == nil {
			read = append(read, i)
		}
	}
	var others []arrow.Field
	if len(read) > 0 || len(chosen) == 0 {
		p.records, err = f.GetRecordReader(context.Background(), leavesOf(s, read), nil)
		if err != nil {
			return nil, badFileCause(p.path, err, "it cannot be read")
		}
		others = p.records.Schema().Fields()
	}
	fields := make([]arrow.Field, len(chosen))
	for k, i := range chosen {
		if columns[i] != nil {
			fields[k] = *f.Manifest.Fields[i].Field
		} else {
			fields[k], others = others[0], others[1:]
		}
	}
	return fields, nil
}

func (p *anyParquet) release() {
	if p.records != nil {
		p.records.Release()
	}
}

// next reads the next batch.
func (p *anyParquet) next() (record arrow.Record, err error) {
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

func (p *anyParquet) read() (arrow.Record, error) {
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
	if rows == 0 && p.records == nil {
		return nil, io.EOF
	}
	columns := make([]arrow.Array, len(p.packed))
	for i, packed := range p.packed {
		if packed == nil {
			columns[i], others = others[0], others[1:]
			columns[i].Retain()
			continue
		}
		var err error
		if columns[i], err = packed.read(int(rows)); err != nil {
			for _, a := range columns[:i] {
				a.Release()
			}
			return nil, err
		}
	}
	p.left -= rows
	return newRecord(p.schema, localColumns(columns, p.schema, p.local), int(rows)), nil
}

// rowsAtOnce returns how many rows of the leaves are read into a batch: fewer where texts are so long that otherwise they
// might need more memory than the bound.
func rowsAtOnce(r io.ReaderAt, size, limit int64, leaves []int) (rows int64, err error) {
	for rows = int64(batchRows(len(leaves))); ; rows = max(1, rows/4) {
		err = parquetcheck.Batches(r, size, limit, rows, leaves)
		if rows == 1 || !errors.Is(err, unfold.ErrLimit) && !errors.Is(err, unfold.ErrBelief) {
			return rows, err
		}
	}
}

func fieldNames(s *schema.Schema) []string {
	names := make([]string, s.Root().NumFields())
	for i := range names {
		names[i] = s.Root().Field(i).Name()
	}
	return names
}

// leavesOf returns the leaves of the given fields, field by field: one, but for nested ones.
func leavesOf(s *schema.Schema, fields []int) (leaves []int) {
	of := make([][]int, s.Root().NumFields())
	for leaf := range s.NumColumns() {
		field := s.Root().FieldIndexByField(s.ColumnRoot(leaf))
		of[field] = append(of[field], leaf)
	}
	for _, field := range fields {
		leaves = append(leaves, of[field]...)
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
