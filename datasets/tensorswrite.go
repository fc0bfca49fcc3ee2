package datasets

import (
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/apache/arrow/go/v15/arrow"

	"actinit/datasets/spool"
	"actinit/datasets/tensorfile"
	"actinit/datasets/weightfile"
)

// A gatheringWriter writes formats that say first how many rows there are. Until Close it keeps the batches as the format lays
// them down, row by row or column by column.
type gatheringWriter struct {
	w      io.Writer
	format Format
	schema *arrow.Schema
	sizes  []int // bytes of a value of each column
	values *spool.Spool
	buffer []byte
	lens   []int64 // rows of the batches
	rows   int64
}

// newGatheringWriter returns one that keeps so many bytes in memory and the others in a temporary file.
func newGatheringWriter(w io.Writer, format Format, schema *arrow.Schema, inMemory int64) (BatchWriter, error) {
	g := &gatheringWriter{w: w, format: format, schema: schema, values: spool.New(inMemory)}
	first := schema.Field(0)
	for _, field := range schema.Fields() {
		if !g.columnwise() && !arrow.TypeEqual(field.Type, first.Type) {
			return nil, fmt.Errorf("column %q would be written as %s and %q as %s: one array of %s holds one type, give --type or write npz", first.Name, first.Type, field.Name, field.Type, format)
		}
		g.sizes = append(g.sizes, tensorfile.Size(field.Type.Name()))
	}
	return g, nil
}

func (g *gatheringWriter) columnwise() bool { return g.format == NPZ || g.format == Safetensors }

func (g *gatheringWriter) Write(r arrow.Record) error {
	columns := make([][]byte, r.NumCols())
	for i, c := range r.Columns() {
		if c.NullN() > 0 {
			row := int64(0)
			for c.IsValid(int(row)) {
				row++
			}
			return fmt.Errorf("row %d, column %q is null, and %s holds no nulls: write CSV, Parquet or Arrow", g.rows+row+1, r.ColumnName(i), g.format)
		}
		columns[i] = fixedBytes(c)
	}
	g.buffer = g.buffer[:0]
	if g.columnwise() {
		for _, c := range columns {
			g.buffer = append(g.buffer, c...)
		}
	} else {
		g.appendRows(columns, int(r.NumRows()))
	}
	g.lens = append(g.lens, r.NumRows())
	g.rows += r.NumRows()
	if _, err := g.values.Write(g.buffer); err != nil {
		var pathError *fs.PathError
		if errors.As(err, &pathError) {
			err = pathError.Err // whoever writes the file would take the path for the file's
		}
		return fmt.Errorf("until all rows of %s are known, those that memory is too small for lie in the folder that TMPDIR names: %w", g.format, err)
	}
	return nil
}

// appendRows appends the values of columns of one type to the buffer, row by row.
func (g *gatheringWriter) appendRows(columns [][]byte, rows int) {
	size := g.sizes[0]
	for i := range rows {
		for _, c := range columns {
			g.buffer = append(g.buffer, c[i*size:][:size]...)
		}
	}
	if g.format == IDX { // which is big endian
		turn(g.buffer, size)
	}
}

func (g *gatheringWriter) Close() error { return errors.Join(g.write(), g.values.Close()) }

func (g *gatheringWriter) Abandon() { _ = g.values.Close() } // which nobody will read

func (g *gatheringWriter) write() error {
	if g.columnwise() {
		return g.writeTensors()
	}
	shape := []int{int(g.rows)}
	if n := g.schema.NumFields(); n > 1 {
		shape = append(shape, n)
	}
	if err := g.header(g.schema.Field(0).Type.Name(), shape); err != nil {
		return err
	}
	_, err := io.Copy(g.w, io.NewSectionReader(g.values, 0, g.values.Size()))
	return err
}

func (g *gatheringWriter) header(typ string, shape []int) error {
	if g.format == IDX {
		return tensorfile.WriteIDXHeader(g.w, typ, shape...)
	}
	return weightfile.WriteNPYHeader(g.w, typ, shape)
}

// writeTensors writes the columns one after the other.
func (g *gatheringWriter) writeTensors() error {
	tensors := make([]weightfile.Tensor, g.schema.NumFields())
	for i, field := range g.schema.Fields() {
		tensors[i] = weightfile.Tensor{Name: field.Name, Shape: []int{int(g.rows)}, Type: field.Type.Name()}
	}
	format := weightfile.NPZ
	if g.format == Safetensors {
		format = weightfile.Safetensors
	}
	w, err := weightfile.NewWriter(g.w, format, tensors, nil)
	if err != nil {
		return err
	}
	before, width := int64(0), int64(0) // bytes of a row
	for _, size := range g.sizes {
		width += int64(size)
	}
	for _, size := range g.sizes {
		if err := w.Write(weightfile.Values{Raw: g.column(before, int64(size), width)}); err != nil {
			return err
		}
		before += int64(size)
	}
	return w.Close()
}

// column returns the values of a column of a size, which has so many bytes of a row of that width before it.
func (g *gatheringWriter) column(before, size, width int64) io.Reader {
	pieces, start := make([]io.Reader, len(g.lens)), int64(0)
	for k, rows := range g.lens {
		pieces[k] = io.NewSectionReader(g.values, start+rows*before, rows*size)
		start += rows * width
	}
	return io.MultiReader(pieces...)
}
