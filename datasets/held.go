package datasets

import (
	"fmt"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"actinit/datasets/tensorfile"
)

// written returns the type that a format holds a column of type t as, or nil if it does not hold
// such: t itself where it can, else for numbers the floating-point type that has their values, and for
// text of another encoding plain text. Decimals become no others, as they would be rounded.
func written(format Format, t arrow.DataType) arrow.DataType {
	switch {
	case holds(format, t):
		return t
	case textual(t) && holds(format, arrow.BinaryTypes.String):
		return arrow.BinaryTypes.String
	case numeric(t) && !isDecimal(t):
		return convertedType(t).arrow()
	}
	return nil
}

// holds reports whether a format is written with columns of type t as they are.
func holds(format Format, t arrow.DataType) bool {
	id := t.ID()
	switch plain, _ := format.parts(); plain {
	case Arrow, ArrowStream:
		return true
	case Parquet:
		return parquetNode(t) != nil
	case NPY, NPZ, Safetensors:
		return numeric(t) && !isDecimal(t)
	case IDX:
		return numeric(t) && tensorfile.HoldsIDX(t.Name())
	case CSV, TSV:
		switch id {
		case arrow.STRING, arrow.LARGE_STRING, arrow.DATE32, arrow.DATE64, arrow.TIME32, arrow.TIME64, arrow.TIMESTAMP:
			return true
		}
		return numeric(t)
	}
	return false
}

// numeric reports whether values of a type are numbers, or booleans.
func numeric(t arrow.DataType) bool {
	id := t.ID()
	return arrow.IsInteger(id) || arrow.IsFloating(id) || id == arrow.BOOL || isDecimal(t)
}

// textual reports whether values of a type are text, however encoded.
func textual(t arrow.DataType) bool {
	if d, ok := t.(*arrow.DictionaryType); ok {
		return textual(d.ValueType)
	}
	return t.ID() == arrow.STRING || t.ID() == arrow.LARGE_STRING
}

// newFittingWriter returns a writer of a format, with columns brought to types that it holds.
func newFittingWriter(format Format, schema *arrow.Schema, make func(*arrow.Schema) (BatchWriter, error)) (BatchWriter, error) {
	fields := append([]arrow.Field(nil), schema.Fields()...)
	fits := true
	var others []arrow.Field
	for i, field := range fields {
		t := written(format, field.Type)
		if t == nil {
			others = append(others, field)
			continue
		}
		fits = fits && arrow.TypeEqual(t, field.Type)
		fields[i].Type = t
	}
	if others != nil {
		return nil, notHeld(format, others)
	}
	if fits {
		return make(schema)
	}
	metadata := schema.Metadata()
	schema = arrow.NewSchema(fields, &metadata)
	w, err := make(schema)
	return &fittingWriter{BatchWriter: w, schema: schema}, err
}

// notHeld is the error of columns that a format does not hold.
func notHeld(format Format, columns []arrow.Field) error {
	const shown = 6
	text, way := "", "or leave out what it does not hold (--except)"
	for i, c := range columns {
		switch {
		case i == 0:
			text = fmt.Sprintf("column %q is of type %s", c.Name, TypeName(c.Type))
		case i < shown:
			text += fmt.Sprintf(", %q of %s", c.Name, TypeName(c.Type))
		case i == shown:
			text += fmt.Sprintf(" and %d more of such", len(columns)-shown)
		}
		if isDecimal(c.Type) {
			way = "leave out what it does not hold (--except), or have decimals rounded first (data convert --type float64)"
		}
	}
	return fmt.Errorf("%s, which actinit does not write to %s: write Arrow IPC, which holds any, %s", text, format, way)
}

type fittingWriter struct {
	BatchWriter
	schema *arrow.Schema
	rows   int
}

func (f *fittingWriter) Write(r arrow.Record) error {
	columns := make([]arrow.Array, r.NumCols())
	for i, a := range r.Columns() {
		var err error
		if columns[i], err = fitted(f.schema.Field(i), a, f.rows); err != nil {
			for _, a := range columns[:i] {
				a.Release()
			}
			return err
		}
	}
	f.rows += int(r.NumRows())
	record := newRecord(f.schema, columns, int(r.NumRows()))
	defer record.Release()
	return f.BatchWriter.Write(record)
}

// maxText is the most bytes that a dictionary's words are written out to in a batch.
const maxText = 1 << 30

// fitted returns the values of a as the type of field; before is the number of rows before it.
func fitted(field arrow.Field, a arrow.Array, before int) (arrow.Array, error) {
	d, ok := a.(*array.Dictionary)
	if !ok {
		return floatArray(field, a, before)
	}
	b := array.NewStringBuilder(memory.DefaultAllocator)
	defer b.Release()
	at, bytes := words(d), 0
	for i := range d.Len() {
		word, valid := at(i)
		if !valid {
			b.AppendNull()
			continue
		}
		if bytes += len(word); bytes > maxText {
			return nil, fmt.Errorf("row %d, column %q: a batch of it is longer than %d bytes", before+i+1, field.Name, maxText)
		}
		b.Append(word)
	}
	return b.NewArray(), nil
}
