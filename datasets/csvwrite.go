package datasets

import (
	"encoding/csv"
	"io"
	"strconv"

	"github.com/apache/arrow/go/v15/arrow"
)

// csvWriter writes a line of names, then the rows. encoding/csv quotes the
// names; numbers need no quotes and are appended directly.
type csvWriter struct {
	w    io.Writer
	text []byte
}

func newCSVWriter(w io.Writer, schema *arrow.Schema) (BatchWriter, error) {
	header := csv.NewWriter(w)
	names := make([]string, schema.NumFields())
	for i, field := range schema.Fields() {
		names[i] = field.Name
	}
	if err := header.Write(names); err != nil {
		return nil, err
	}
	header.Flush()
	return &csvWriter{w: w}, header.Error()
}

func (w *csvWriter) Write(r arrow.Record) error {
	columns := make([]cells, r.NumCols())
	for i, c := range r.Columns() {
		columns[i] = newCells(c)
	}
	const full = 1 << 16
	for row := range int(r.NumRows()) {
		for i := range columns {
			if i > 0 {
				w.text = append(w.text, ',')
			}
			before := len(w.text)
			w.text = columns[i].append(w.text, row)
			if len(columns) == 1 && len(w.text) == before {
				w.text = append(w.text, `""`...) // an empty line would be no row
			}
		}
		w.text = append(w.text, '\n')
		if len(w.text) >= full {
			if err := w.flush(); err != nil {
				return err
			}
		}
	}
	return w.flush()
}

func (w *csvWriter) flush() error {
	_, err := w.w.Write(w.text)
	w.text = w.text[:0]
	return err
}

func (w *csvWriter) Close() error { return nil }

// cells are the values of an array.
type cells struct {
	array    arrow.Array
	hasNulls bool
	f32      []float32 // nil: f64 has them
	f64      []float64
}

func newCells(a arrow.Array) cells {
	c := cells{array: a, hasNulls: a.NullN() > 0}
	if a.DataType().ID() == arrow.FLOAT32 {
		c.f32 = values[float32](a)
	} else {
		c.f64 = values[float64](a)
	}
	return c
}

// append appends value i as text; nothing for a null.
func (c *cells) append(text []byte, i int) []byte {
	switch {
	case c.hasNulls && c.array.IsNull(i):
		return text
	case c.f32 != nil:
		return strconv.AppendFloat(text, float64(c.f32[i]), 'g', -1, 32)
	}
	return strconv.AppendFloat(text, c.f64[i], 'g', -1, 64)
}
