package datasets

import (
	"fmt"
	"math"

	"actinit/datasets/tensorfile"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"

	"actinit/datasets/binary16"
)

// floats yields the records of b with columns of float32 and float64 only, unless o.AnyType
// leaves them as they are. float32 and float64 stay, without a copy, unless o.Type says
// otherwise. Types whose every value is a float32 (float16, boolean as 0 and 1, integers of 8
// and 16 bits) become float32; other integers and decimals become float64. Fractions are rounded once. An
// integer, as which a decimal of no places counts, that is not exactly of the type (beyond 2^53, or 2^24 as float32)
// is refused with its row.
func floats(b *Batches, o Options) *Batches {
	if o.AnyType {
		return b
	}
	fields := append([]arrow.Field(nil), b.schema.Fields()...)
	changed := false
	for i, field := range fields {
		to := o.Type
		if to == "" {
			to = convertedType(field.Type)
		}
		fields[i].Type = to.arrow()
		changed = changed || !arrow.TypeEqual(field.Type, fields[i].Type)
	}
	if !changed {
		return b
	}
	metadata := b.schema.Metadata()
	from := cut(b)
	out := *from
	out.schema = arrow.NewSchema(fields, &metadata)
	row := 0
	out.next = func() (arrow.Record, error) {
		r, err := from.next()
		if err != nil {
			return nil, err
		}
		defer r.Release()
		columns := make([]arrow.Array, r.NumCols())
		for i, a := range r.Columns() {
			if columns[i], err = floatArray(fields[i], a, row); err != nil {
				err = badFile(b.path, "%v", err)
				for _, a := range columns[:i] {
					a.Release()
				}
				return nil, err
			}
		}
		row += int(r.NumRows())
		return newRecord(out.schema, columns, int(r.NumRows())), nil
	}
	return &out
}

// floatArray returns the values of a as the type of field; before is the number of rows before it.
func floatArray(field arrow.Field, a arrow.Array, before int) (arrow.Array, error) {
	if arrow.TypeEqual(a.DataType(), field.Type) {
		a.Retain()
		return a, nil
	}
	to := convertedType(field.Type)
	out := newAppender(to, a.Len())
	at, whole := reader(a, to), arrow.IsInteger(a.DataType().ID())
	for i := range a.Len() {
		if a.IsNull(i) {
			out.appendNull()
			continue
		}
		v, exact := at(i)
		switch {
		case !exact, to == Float32 && whole && float64(float32(v)) != v:
			return nil, inexact(before+i+1, field.Name, string(newTextCell(a, ",")(nil, i)), to)
		case to == Float32 && math.IsInf(float64(float32(v)), 0) && !math.IsInf(v, 0):
			return nil, fmt.Errorf("row %d, column %q: %g is beyond the range of float32", before+i+1, field.Name, v)
		}
		out.appendValue(v)
	}
	return out.array(), nil
}

func inexact(row int, name, value string, to Type) error {
	return fmt.Errorf("row %d, column %q: the integer %s is not exactly a %s", row, name, value, to)
}

// convertedType returns the type of the column that a numeric Arrow type becomes.
func convertedType(dtype arrow.DataType) Type {
	switch dtype.ID() {
	case arrow.FLOAT32, arrow.FLOAT16, arrow.BOOL, arrow.INT8, arrow.UINT8, arrow.INT16, arrow.UINT16:
		return Float32
	}
	return Float64
}

// reader returns a function that gives the values of a as float64, decimals rounded to the type that they become, and
// reports whether each is exact or a fraction, which may be rounded.
func reader(a arrow.Array, to Type) func(i int) (v float64, exact bool) {
	switch a := a.(type) {
	case *array.Boolean:
		return func(i int) (float64, bool) {
			if a.Value(i) {
				return 1, true
			}
			return 0, true
		}
	case *array.Float16:
		return func(i int) (float64, bool) { return float64(binary16.Float32(a.Value(i).Uint16())), true }
	case *array.Float32:
		return func(i int) (float64, bool) { return float64(a.Value(i)), true }
	case *array.Float64:
		return func(i int) (float64, bool) { return a.Value(i), true }
	case *array.Int8:
		return integers(a.Int8Values())
	case *array.Int16:
		return integers(a.Int16Values())
	case *array.Int32:
		return integers(a.Int32Values())
	case *array.Int64:
		return integers(a.Int64Values())
	case *array.Uint8:
		return integers(a.Uint8Values())
	case *array.Uint16:
		return integers(a.Uint16Values())
	case *array.Uint32:
		return integers(a.Uint32Values())
	case *array.Uint64:
		return integers(a.Uint64Values())
	case *array.Decimal128, *array.Decimal256:
		return decimals(a, to)
	}
	panic("datasets: array of a type that is not numeric")
}

func integers[I int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64](values []I) func(int) (float64, bool) {
	return func(i int) (float64, bool) {
		v := values[i]
		magnitude := uint64(v)
		if v < 0 {
			magnitude = -magnitude
		}
		return float64(v), tensorfile.IsExact(magnitude)
	}
}
