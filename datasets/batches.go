package datasets

import (
	"cmp"
	"errors"
	"io"
	"runtime"

	"actinit/datasets/mapped"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
)

// Batches is a table that is read batch by batch, so that it may be larger than memory.
type Batches struct {
	path      string
	format    Format
	header    Header    // HeaderAuto: it is not of CSV
	separator Separator // SeparatorAuto: it is not of CSV
	told      bool      // its first line names the separator
	nullWords nullWords // of CSV
	schema    *arrow.Schema
	next      func() (arrow.Record, error) // io.EOF behind the last
	close     func() error                 // may be nil
	maps      *mapped.File                 // what records lie in; nil: memory
	once      bool                         // it comes from a pipe, and cannot be opened again
	rows      int64                        // how many there are; 0: unknown
	bytes     *counted                     // the file beneath, where it is read front to back
	read      int64                        // rows that Next has returned
	watch     func(Reading) error          // may be nil
	unmarked  func() bool                  // see Unmarked; may be nil
}

// Schema returns the columns. One that is Nullable may have nulls.
func (b *Batches) Schema() *arrow.Schema { return b.schema }

// Header returns whether the first line of a CSV file was taken for names, and HeaderAuto of other formats.
func (b *Batches) Header() Header { return b.header }

// Separator returns what separates the fields of a CSV file, and SeparatorAuto of other formats.
func (b *Batches) Separator() Separator { return b.separator }

// SeparatorTold reports whether the first line of a CSV file names the separator, as Excel does, and so is no row.
func (b *Batches) SeparatorTold() bool { return b.told }

// Unmarked reports, of what was read to its end, whether it is an Arrow stream without the mark that ends one. Such streams are
// allowed; but so ends one whose writer died between two batches, which is all that tells.
func (b *Batches) Unmarked() bool { return b.unmarked != nil && b.unmarked() }

// Next returns the next rows, io.EOF behind the last. The caller releases the record, which may lie
// in a memory-mapped file: it must not be written to, not be used after Close, and reads of it
// belong into Guard.
func (b *Batches) Next() (record arrow.Record, err error) {
	if err := b.watched(); err != nil {
		return nil, err
	}
	err = b.Guard(func() error {
		record, err = b.next()
		return err
	})
	switch err {
	case nil:
		b.read += record.NumRows()
	case io.EOF:
		return nil, cmp.Or(b.watched(), err)
	}
	return record, err
}

// Guard calls f, which reads records, and returns its error. If the file under the records
// became shorter meanwhile, which would end the program elsewhere, f is left and the error says so.
// It holds for the calling goroutine; see package mapped.
func (b *Batches) Guard(f func() error) error { return guard(b.path, b.maps, f) }

func guard(path string, m *mapped.File, f func() error) error {
	err := m.Guard(f)
	if errors.Is(err, mapped.ErrShrunk) {
		return &FileError{Path: path, Problem: err.Error(), Err: err}
	}
	return err
}

// Close gives back the file. A second Close does nothing.
func (b *Batches) Close() error {
	if b.close == nil {
		return nil
	}
	release := b.close
	b.close = nil
	return release()
}

// each calls f for every record, which it releases, and guards it.
func (b *Batches) each(f func(arrow.Record) error) error {
	for {
		record, err := b.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		err = b.Guard(func() error { return f(record) })
		record.Release()
		if err != nil {
			return err
		}
	}
}

// batchValues bounds the values of a batch over all columns.
const batchValues = 1 << 19

// batchRows is the length of the batches of that many columns.
func batchRows(columns int) int { return max(1, min(chunkRows, batchValues/max(1, columns))) }

// largeBatch is how many values of a record are worth a garbage collection before the next is read. The collector
// would otherwise begin it when memory for several has been taken.
const largeBatch = 1 << 22

// cut yields the records of b in pieces of at most batchRows, which share their memory.
func cut(b *Batches) *Batches {
	rows := int64(batchRows(b.schema.NumFields()))
	var rest arrow.Record
	at, sweep := int64(0), false
	from := b.next
	c := *b
	c.next = func() (arrow.Record, error) {
		for rest == nil {
			if sweep {
				runtime.GC()
			}
			r, err := from()
			if err != nil {
				return nil, err
			}
			if r.NumRows() <= rows {
				return r, nil
			}
			rest, at, sweep = r, 0, r.NumRows() > largeBatch/max(1, r.NumCols())
		}
		end := min(at+rows, rest.NumRows())
		piece := rest.NewSlice(at, end)
		if at = end; at == rest.NumRows() {
			rest.Release()
			rest = nil
		}
		return piece, nil
	}
	return &c
}

// Batches returns the table's rows. It must be closed after them, not before.
func (t *Table) Batches() *Batches {
	fields := make([]arrow.Field, len(t.columns))
	columns := make([]arrow.Column, len(t.columns))
	for i, c := range t.columns {
		fields[i] = arrow.Field{Name: c.name, Type: c.data.DataType(), Nullable: c.Nulls() > 0}
		columns[i] = *arrow.NewColumn(fields[i], c.data)
	}
	schema := arrow.NewSchema(fields, nil)
	table := array.NewTable(schema, columns, int64(t.rows))
	for i := range columns {
		columns[i].Release()
	}
	reader := array.NewTableReader(table, int64(batchRows(len(columns))))
	table.Release()
	return &Batches{
		path: t.path, format: t.format, schema: schema, maps: t.maps, rows: int64(t.rows),
		next: func() (arrow.Record, error) {
			if !reader.Next() {
				if err := reader.Err(); err != nil {
					return nil, err
				}
				return nil, io.EOF
			}
			record := reader.Record()
			record.Retain()
			return record, nil
		},
		close: func() error { reader.Release(); return nil },
	}
}

// gather reads all batches into a table, of which at most limit bytes lie in memory.
func gather(b *Batches, limit int64) (t *Table, err error) {
	fields := b.schema.Fields()
	chunks := make([][]arrow.Array, len(fields))
	left, isMapped := limit, false
	err = b.each(func(r arrow.Record) error {
		for i, a := range r.Columns() {
			if b.maps.Holds(a.Data().Buffers()[1].Bytes()) {
				isMapped = true
			} else if left -= int64(a.Len()) * 8; left < 0 {
				return tooLarge(b.path, limit)
			}
			a.Retain()
			chunks[i] = append(chunks[i], a)
		}
		return nil
	})
	columns := make([]*Column, len(fields))
	for i, field := range fields {
		columns[i] = &Column{field.Name, chunked(field.Type, chunks[i])}
	}
	if err == nil && !isMapped {
		err = b.Close()
	}
	if err == nil {
		t, err = newTable(b.path, b.format, columns, b.Close)
	}
	if err != nil {
		release(columns)
		return nil, errors.Join(err, b.Close())
	}
	t.maps, t.separator = b.maps, b.separator
	return t, nil
}

func release(columns []*Column) {
	for _, c := range columns {
		c.data.Release()
	}
}
