package datasets

import (
	"context"
	"errors"
	"io"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/memory"
	"github.com/apache/arrow/go/v15/parquet"
	"github.com/apache/arrow/go/v15/parquet/file"
	"github.com/apache/arrow/go/v15/parquet/pqarrow"

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
		b.schema, b.rows = records.Schema(), in.NumRows()
		b.next = func() (record arrow.Record, err error) {
			err = orDamaged(path, func() error {
				record, err = records.Read()
				if err == nil {
					record.Retain() // the reader releases it at the next call
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

// selected yields the columns that o names, in its order.
func (b *Batches) selected(o Options) (*Batches, error) {
	if len(o.Columns) == 0 {
		return b, nil
	}
	var names []string
	for _, field := range b.schema.Fields() {
		names = append(names, field.Name)
	}
	chosen, err := o.selection(b.path, names)
	if err != nil {
		return nil, err
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
