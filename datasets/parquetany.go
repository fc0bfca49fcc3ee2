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

// openAnyParquet reads columns of any type of a Parquet file as Arrow's library does. It
// reads in one goroutine, so that its panics on damaged files can be caught.
func openAnyParquet(path string, r io.ReaderAt, size int64, close func() error, o Options) (*Batches, error) {
	b := &Batches{path: path, format: Parquet}
	err := orDamaged(path, func() error {
		if _, err := parquetcheck.Footer(r, size); err != nil {
			return badFile(path, "%v", err)
		}
		properties := parquet.NewReaderProperties(memory.DefaultAllocator)
		properties.BufferedStreamEnabled = true // pages are read one by one
		in, err := file.NewParquetReader(io.NewSectionReader(r, 0, size), file.WithReadProps(properties))
		if err != nil {
			return badFileCause(path, err, "the Parquet file is damaged")
		}
		chosen, err := o.selection(path, "", fieldNames(in.MetaData().Schema))
		if err != nil {
			return err
		}
		leaves := leavesOf(in.MetaData().Schema, chosen)
		rows, err := rowsAtOnce(r, size, o.maxBytes(), leaves)
		if err != nil {
			return badFile(path, "%v", err)
		}
		f, err := pqarrow.NewFileReader(in, pqarrow.ArrowReadProperties{BatchSize: rows}, memory.DefaultAllocator)
		if err != nil {
			return badFileCause(path, err, "its schema cannot be read")
		}
		records, err := f.GetRecordReader(context.Background(), leaves, nil)
		if err != nil {
			return badFileCause(path, err, "it cannot be read")
		}
		local := localTimes(in.MetaData().Schema, chosen)
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
	return b, nil
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
