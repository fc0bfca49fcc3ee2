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
)

// openAnyParquet reads columns of any type of a Parquet file as Arrow's library does. It
// reads in one goroutine, so that its panics on damaged files can be caught.
func openAnyParquet(path string, r io.ReaderAt, size int64, close func() error, o Options) (*Batches, error) {
	b := &Batches{path: path, format: Parquet}
	err := orDamaged(path, func() error {
		if err := parquetcheck.Batches(r, size, o.maxBytes(), chunkRows); err != nil {
			return badFile(path, "%v", err)
		}
		properties := parquet.NewReaderProperties(memory.DefaultAllocator)
		properties.BufferedStreamEnabled = true // pages are read one by one
		in, err := file.NewParquetReader(io.NewSectionReader(r, 0, size), file.WithReadProps(properties))
		if err != nil {
			return badFileCause(path, err, "the Parquet file is damaged")
		}
		f, err := pqarrow.NewFileReader(in, pqarrow.ArrowReadProperties{BatchSize: int64(batchRows(in.MetaData().Schema.NumColumns()))}, memory.DefaultAllocator)
		if err != nil {
			return badFileCause(path, err, "its schema cannot be read")
		}
		records, err := f.GetRecordReader(context.Background(), nil, nil)
		if err != nil {
			return badFileCause(path, err, "it cannot be read")
		}
		local := localTimes(in.MetaData().Schema)
		b.schema, b.rows = retyped(records.Schema(), local), in.NumRows()
		left := b.rows
		b.next = func() (record arrow.Record, err error) {
			err = orDamaged(path, func() error {
				record, err = records.Read()
				switch {
				case err == nil:
					record = withSchema(record, b.schema, local)
					left -= record.NumRows()
				case err == io.EOF && left != 0: // on some damaged pages the reader just ends
					err = badFile(path, "the Parquet file is damaged: it claims %d rows, and %d can be read", in.NumRows(), in.NumRows()-left)
				}
				return err
			})
			var fileError *FileError
			if err != nil && err != io.EOF && !errors.As(err, &fileError) {
				err = badFileCause(path, err, "it cannot be read")
			}
			return record, err
		}
		b.close = func() error {
			records.Release()
			return closeAll(close)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return b.selected(o)
}

// localTimes returns the columns of timestamps that are not of UTC, which Arrow's reader takes for such.
func localTimes(s *schema.Schema) (columns []int) {
	root := s.Root()
	for i := range root.NumFields() {
		if t, ok := root.Field(i).LogicalType().(*schema.TimestampLogicalType); ok && !t.IsAdjustedToUTC() {
			columns = append(columns, i)
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

// withSchema returns a record whose given columns have the types of a schema. The other references to r
// may be given back.
func withSchema(r arrow.Record, s *arrow.Schema, columns []int) arrow.Record {
	out := slices.Clone(r.Columns())
	for i, a := range out {
		if slices.Contains(columns, i) {
			data := a.Data()
			changed := array.NewData(s.Field(i).Type, data.Len(), data.Buffers(), nil, data.NullN(), data.Offset())
			out[i] = array.MakeFromData(changed)
			changed.Release()
		} else {
			a.Retain()
		}
	}
	return newRecord(s, out, int(r.NumRows()))
}

// selected yields the columns that o names, in its order.
func (b *Batches) selected(o Options) (*Batches, error) {
	var names []string
	for _, field := range b.schema.Fields() {
		names = append(names, field.Name)
	}
	chosen, err := o.selection(b.path, "", names)
	if err != nil || len(o.Columns) == 0 {
		return b, err
	}
	fields := make([]arrow.Field, len(chosen))
	for k, i := range chosen {
		fields[k] = b.schema.Field(i)
	}
	metadata := b.schema.Metadata()
	out := *b
	out.schema = arrow.NewSchema(fields, &metadata)
	out.next = func() (arrow.Record, error) {
		r, err := b.next()
		if err != nil {
			return nil, err
		}
		defer r.Release()
		columns := make([]arrow.Array, len(chosen))
		for k, i := range chosen {
			columns[k] = r.Column(i)
			columns[k].Retain()
		}
		return newRecord(out.schema, columns, int(r.NumRows())), nil
	}
	return &out, nil
}
