package datasets

import (
	"math/bits"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
)

// floatColumn makes a column of a file's arrays, whose references it takes
// over. float32 and float64 stay as they are, without a copy. Types whose every
// value is a float32 (float16, boolean as 0 and 1, integers of 8 and 16 bits)
// become float32; other integers become float64, and one that is not exactly a
// float64 (beyond 2^53) is refused with its row.
func floatColumn(path, name string, dtype arrow.DataType, arrays []arrow.Array) (*Column, error) {
	if id := dtype.ID(); id == arrow.FLOAT32 || id == arrow.FLOAT64 {
		return &Column{name, chunked(dtype, arrays)}, nil
	}
	defer func() {
		for _, a := range arrays {
			a.Release()
		}
	}()
	out := newAppender(convertedType(dtype))
	for _, a := range arrays {
		at := reader(a)
		for i := range a.Len() {
			if a.IsNull(i) {
				out.appendNull()
				continue
			}
			v, exact := at(i)
			if !exact {
				return nil, inexact(path, out.len()+1, name, a.ValueStr(i))
			}
			out.appendValue(v)
		}
	}
	return out.column(name), nil
}

func inexact(path string, row int, name, value string) error {
	return badFile(path, "row %d, column %q: the integer %s is not exactly a float64", row, name, value)
}

// convertedType returns the type of the column that a numeric Arrow type becomes.
func convertedType(dtype arrow.DataType) Type {
	switch dtype.ID() {
	case arrow.FLOAT32, arrow.FLOAT16, arrow.BOOL, arrow.INT8, arrow.UINT8, arrow.INT16, arrow.UINT16:
		return Float32
	}
	return Float64
}

// reader returns a function that gives the values of a as float64, and says
// whether they are exact.
func reader(a arrow.Array) func(i int) (v float64, exact bool) {
	switch a := a.(type) {
	case *array.Boolean:
		return func(i int) (float64, bool) {
			if a.Value(i) {
				return 1, true
			}
			return 0, true
		}
	case *array.Float16:
		return func(i int) (float64, bool) { return float64(a.Value(i).Float32()), true }
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
		return float64(v), isExact(magnitude)
	}
}

// isExact reports whether an integer of that magnitude is a float64: its ones
// span at most 53 bits.
func isExact(magnitude uint64) bool {
	return bits.Len64(magnitude)-bits.TrailingZeros64(magnitude) <= 53
}
