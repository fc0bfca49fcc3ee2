package datasets

import (
	"fmt"
	"io"

	"github.com/apache/arrow/go/v15/arrow"

	"actinit/datasets/tensorfile"
	"actinit/datasets/weightfile"
)

// A gatheringWriter writes formats that say first how many rows there are.
type gatheringWriter struct {
	w       io.Writer
	format  Format
	schema  *arrow.Schema
	records []arrow.Record
	rows    int64
	left    int64 // bytes
}

func (g *gatheringWriter) Write(r arrow.Record) error {
	for i, c := range r.Columns() {
		if c.NullN() > 0 {
			row := int64(0)
			for c.IsValid(int(row)) {
				row++
			}
			return fmt.Errorf("row %d, column %q is null, and %s holds no nulls: write CSV, Parquet or Arrow", g.rows+row+1, r.ColumnName(i), g.format)
		}
		if g.left -= 8 * r.NumRows(); g.left < 0 {
			return fmt.Errorf("the table is larger than the %d bytes that are gathered for %s: write Parquet or Arrow", DefaultMaxBytes, g.format)
		}
	}
	r.Retain()
	g.records = append(g.records, r)
	g.rows += r.NumRows()
	return nil
}

func (g *gatheringWriter) Close() error {
	defer func() {
		for _, r := range g.records {
			r.Release()
		}
		g.records = nil
	}()
	if g.format == NPZ || g.format == Safetensors {
		return g.writeTensors()
	}
	first := g.schema.Field(0)
	for _, field := range g.schema.Fields() {
		if !arrow.TypeEqual(field.Type, first.Type) {
			return fmt.Errorf("columns %q of %s and %q of %s: one array of %s holds one type, give --type or write npz", first.Name, first.Type, field.Name, field.Type, g.format)
		}
	}
	shape := []int{int(g.rows)}
	if n := g.schema.NumFields(); n > 1 {
		shape = append(shape, n)
	}
	if err := g.header(first.Type.Name(), shape); err != nil {
		return err
	}
	return g.writeRows()
}

func (g *gatheringWriter) header(typ string, shape []int) error {
	if g.format == IDX {
		return tensorfile.WriteIDXHeader(g.w, typ, shape...)
	}
	return weightfile.WriteNPYHeader(g.w, typ, shape)
}

// writeRows writes the values row by row.
func (g *gatheringWriter) writeRows() error {
	size := tensorfile.Size(g.schema.Field(0).Type.Name())
	var row []byte
	for _, r := range g.records {
		columns := make([][]byte, r.NumCols())
		for i, c := range r.Columns() {
			columns[i] = fixedBytes(c)
		}
		for i := range int(r.NumRows()) {
			row = row[:0]
			for _, c := range columns {
				row = append(row, c[i*size:][:size]...)
			}
			if g.format == IDX { // which is big endian
				turn(row, size)
			}
			if _, err := g.w.Write(row); err != nil {
				return err
			}
		}
	}
	return nil
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
	for i := range tensors {
		var v weightfile.Values
		for _, r := range g.records {
			v.Raw = append(v.Raw, fixedBytes(r.Column(i))...)
		}
		if err := w.Write(v); err != nil {
			return err
		}
	}
	return w.Close()
}
