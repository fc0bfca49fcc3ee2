package datasets

import (
	"encoding/csv"
	"io"

	"github.com/apache/arrow/go/v15/arrow"
)

// csvWriter writes a line of names, then the rows.
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
	cells := make([]textCell, r.NumCols())
	for i, c := range r.Columns() {
		cells[i] = newTextCell(c)
	}
	const full = 1 << 16
	for row := range int(r.NumRows()) {
		for i, cell := range cells {
			if i > 0 {
				w.text = append(w.text, ',')
			}
			switch {
			case r.Column(i).IsValid(row):
				w.text = cell(w.text, row)
			case len(cells) == 1:
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
