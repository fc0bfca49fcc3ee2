package datasets

import (
	"io"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/ipc"

	"actinit/datasets/atomicfile"
)

// encodeArrow writes record batches of chunkRows rows.
func encodeArrow(w io.Writer, t *Table) (err error) {
	fields := make([]arrow.Field, len(t.columns))
	columns := make([]arrow.Column, len(t.columns))
	for i, c := range t.columns {
		fields[i] = arrow.Field{Name: c.name, Type: c.data.DataType(), Nullable: c.Nulls() > 0}
		columns[i] = *arrow.NewColumn(fields[i], c.data)
		defer columns[i].Release()
	}
	schema := arrow.NewSchema(fields, nil)
	out, err := ipc.NewFileWriter(atomicfile.FrontToBack(w), ipc.WithSchema(schema))
	if err != nil {
		return err
	}
	table := array.NewTable(schema, columns, int64(t.rows))
	defer table.Release()
	batches := array.NewTableReader(table, chunkRows)
	defer batches.Release()
	for batches.Next() {
		if err := out.Write(batches.Record()); err != nil {
			return err
		}
	}
	if err := batches.Err(); err != nil {
		return err
	}
	return out.Close()
}
