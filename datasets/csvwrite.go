package datasets

import (
	"encoding/csv"
	"io"
	"strconv"

	"github.com/apache/arrow/go/v15/arrow"
)

// encodeCSV writes a line of names, then the rows. encoding/csv quotes the
// names; numbers need no quotes and are appended directly.
func encodeCSV(w io.Writer, t *Table) error {
	header := csv.NewWriter(w)
	names := make([]string, len(t.columns))
	for i, c := range t.columns {
		names[i] = c.name
	}
	if err := header.Write(names); err != nil {
		return err
	}
	if header.Flush(); header.Error() != nil {
		return header.Error()
	}
	cells := make([]cells, len(t.columns))
	for i, c := range t.columns {
		cells[i].chunks = c.data.Chunks()
	}
	const full = 1 << 16
	text := make([]byte, 0, full+1<<10)
	for range t.rows {
		for i := range cells {
			if i > 0 {
				text = append(text, ',')
			}
			before := len(text)
			text = cells[i].append(text)
			if len(cells) == 1 && len(text) == before {
				text = append(text, `""`...) // an empty line would be no row
			}
		}
		text = append(text, '\n')
		if len(text) >= full {
			if _, err := w.Write(text); err != nil {
				return err
			}
			text = text[:0]
		}
	}
	_, err := w.Write(text)
	return err
}

// cells walks over a column's values, chunk by chunk.
type cells struct {
	chunks   []arrow.Array // still to come
	chunk    arrow.Array
	hasNulls bool
	f32      []float32
	f64      []float64
	i, n     int
}

// append appends the next value as text; nothing for a null.
func (c *cells) append(text []byte) []byte {
	for c.i == c.n {
		c.chunk, c.chunks = c.chunks[0], c.chunks[1:]
		c.i, c.n, c.hasNulls = 0, c.chunk.Len(), c.chunk.NullN() > 0
		c.f32, c.f64 = nil, nil
		if c.chunk.DataType().ID() == arrow.FLOAT32 {
			c.f32 = values[float32](c.chunk)
		} else {
			c.f64 = values[float64](c.chunk)
		}
	}
	i := c.i
	c.i++
	switch {
	case c.hasNulls && c.chunk.IsNull(i):
		return text
	case c.f32 != nil:
		return strconv.AppendFloat(text, float64(c.f32[i]), 'g', -1, 32)
	}
	return strconv.AppendFloat(text, c.f64[i], 'g', -1, 64)
}
