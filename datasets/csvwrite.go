package datasets

import (
	"io"

	"github.com/apache/arrow/go/v15/arrow"
)

// csvWriter writes a line of names, then the rows.
type csvWriter struct {
	w         io.Writer
	separator byte
	text      []byte
}

func newCSVWriter(w io.Writer, separator Separator, schema *arrow.Schema) (BatchWriter, error) {
	out := &csvWriter{w: w, separator: separator.Char()}
	quoted := "" // characters for which a name is quoted: any separator, so that the first line tells the file's
	for _, s := range separators {
		quoted += string(s.char)
	}
	for i, field := range schema.Fields() {
		if i > 0 {
			out.text = append(out.text, out.separator)
		}
		out.text = appendText(out.text, field.Name, quoted)
	}
	out.text = append(out.text, '\n')
	return out, out.flush()
}

func (w *csvWriter) Write(r arrow.Record) error {
	cells := make([]textCell, r.NumCols())
	for i, c := range r.Columns() {
		cells[i] = newTextCell(c, string(w.separator))
	}
	const full = 1 << 16
	for row := range int(r.NumRows()) {
		for i, cell := range cells {
			if i > 0 {
				w.text = append(w.text, w.separator)
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

func (w *csvWriter) Abandon() {}
