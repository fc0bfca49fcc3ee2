package datasets

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unsafe"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/parquet-go/parquet-go"

	"actinit/datasets/binary16"
)

// A textCell appends value i of an array, which must not be null, to a line of CSV text.
type textCell func(line []byte, i int) []byte

func newTextCell(a arrow.Array, separator string) textCell {
	switch a := a.(type) {
	case *array.Float16:
		return func(line []byte, i int) []byte {
			return appendFloat(line, float64(binary16.Float32(a.Value(i).Uint16())), 32)
		}
	case *array.Float32:
		return func(line []byte, i int) []byte { return appendFloat(line, float64(a.Value(i)), 32) }
	case *array.Float64:
		return func(line []byte, i int) []byte { return appendFloat(line, a.Value(i), 64) }
	case *array.Int64:
		return func(line []byte, i int) []byte { return strconv.AppendInt(line, a.Value(i), 10) }
	case *array.String:
		return func(line []byte, i int) []byte { return appendText(line, a.Value(i), separator) }
	case *array.LargeString:
		return func(line []byte, i int) []byte { return appendText(line, a.Value(i), separator) }
	case *array.Timestamp:
		t := a.DataType().(*arrow.TimestampType)
		layout, zone := "2006-01-02 15:04:05.999999999", time.UTC
		if t.TimeZone != "" {
			layout += "Z07:00"
			if z, err := t.GetZone(); err == nil {
				zone = z // else the same moment in UTC
			}
		}
		return func(line []byte, i int) []byte { return a.Value(i).ToTime(t.Unit).In(zone).AppendFormat(line, layout) }
	case *array.Decimal128, *array.Decimal256:
		at, scale := unscaled(a)
		return func(line []byte, i int) []byte { return appendDecimal(line, at(i).BigInt(), scale) }
	}
	return func(line []byte, i int) []byte { return appendText(line, a.ValueStr(i), separator) }
}

// appendFloat appends the fewest digits that give v back, of so many bits; a whole number below 2^53 in
// full, so that an integer looks like one, and infinities as most programs read them.
func appendFloat(line []byte, v float64, bits int) []byte {
	switch size := math.Abs(v); {
	case math.IsInf(v, 1):
		return append(line, "inf"...)
	case math.IsInf(v, -1):
		return append(line, "-inf"...)
	case size >= 1 && size < 1<<53 && v == math.Trunc(v):
		return strconv.AppendInt(line, int64(v), 10)
	case size >= 1 && size < 1<<53:
		return strconv.AppendFloat(line, v, 'f', -1, bits)
	}
	return strconv.AppendFloat(line, v, 'g', -1, bits)
}

// appendText appends a text, in quotes if it needs them: the empty one does, beside a null.
func appendText(line []byte, s, separators string) []byte {
	if s != "" && s[0] != ' ' && !strings.ContainsAny(s, "\"\r\n") && !strings.ContainsAny(s, separators) {
		return append(line, s...)
	}
	line = append(line, '"')
	line = append(line, strings.ReplaceAll(s, `"`, `""`)...)
	return append(line, '"')
}

// A parquetCell returns value i of an array, which must not be null. It may refer to the array's memory.
type parquetCell func(i int) parquet.Value

func newParquetCell(a arrow.Array) parquetCell {
	switch a := a.(type) {
	case *array.Float32:
		return func(i int) parquet.Value { return parquet.FloatValue(a.Value(i)) }
	case *array.Float64:
		return func(i int) parquet.Value { return parquet.DoubleValue(a.Value(i)) }
	case *array.Boolean:
		return func(i int) parquet.Value { return parquet.BooleanValue(a.Value(i)) }
	case *array.Int8:
		return func(i int) parquet.Value { return parquet.Int32Value(int32(a.Value(i))) }
	case *array.Int16:
		return func(i int) parquet.Value { return parquet.Int32Value(int32(a.Value(i))) }
	case *array.Int32:
		return func(i int) parquet.Value { return parquet.Int32Value(a.Value(i)) }
	case *array.Int64:
		return func(i int) parquet.Value { return parquet.Int64Value(a.Value(i)) }
	case *array.Uint8:
		return func(i int) parquet.Value { return parquet.Int32Value(int32(a.Value(i))) }
	case *array.Uint16:
		return func(i int) parquet.Value { return parquet.Int32Value(int32(a.Value(i))) }
	case *array.Uint32:
		return func(i int) parquet.Value { return parquet.Int32Value(int32(a.Value(i))) }
	case *array.Uint64:
		return func(i int) parquet.Value { return parquet.Int64Value(int64(a.Value(i))) }
	case *array.Date32:
		return func(i int) parquet.Value { return parquet.Int32Value(int32(a.Value(i))) }
	case *array.Timestamp:
		return func(i int) parquet.Value { return parquet.Int64Value(int64(a.Value(i))) }
	case *array.Time32:
		return func(i int) parquet.Value { return parquet.Int32Value(int32(a.Value(i))) }
	case *array.Time64:
		return func(i int) parquet.Value { return parquet.Int64Value(int64(a.Value(i))) }
	case *array.Decimal128:
		return decimalCell(a)
	case *array.String:
		return func(i int) parquet.Value { return textValue(a.Value(i)) }
	case *array.LargeString:
		return func(i int) parquet.Value { return textValue(a.Value(i)) }
	}
	panic("datasets: array of a type that Parquet files are not written with")
}

func textValue(s string) parquet.Value {
	return parquet.ByteArrayValue(unsafe.Slice(unsafe.StringData(s), len(s)))
}

// decimalCell returns unscaled values, which fit into the integers that decimalNode names.
func decimalCell(a *array.Decimal128) parquetCell {
	if a.DataType().(*arrow.Decimal128Type).Precision <= decimal32Digits {
		return func(i int) parquet.Value { return parquet.Int32Value(int32(a.Value(i).LowBits())) }
	}
	return func(i int) parquet.Value { return parquet.Int64Value(int64(a.Value(i).LowBits())) }
}

// parquetNode returns the type in a Parquet file, or nil if such columns are not written.
func parquetNode(t arrow.DataType) parquet.Node {
	switch t.ID() {
	case arrow.FLOAT32:
		return parquet.Leaf(parquet.FloatType)
	case arrow.FLOAT64:
		return parquet.Leaf(parquet.DoubleType)
	case arrow.BOOL:
		return parquet.Leaf(parquet.BooleanType)
	case arrow.INT8, arrow.INT16, arrow.INT32, arrow.INT64:
		return parquet.Int(t.(arrow.FixedWidthDataType).BitWidth())
	case arrow.UINT8, arrow.UINT16, arrow.UINT32, arrow.UINT64:
		return parquet.Uint(t.(arrow.FixedWidthDataType).BitWidth())
	case arrow.STRING, arrow.LARGE_STRING:
		return parquet.String()
	case arrow.DATE32:
		return parquet.Date()
	case arrow.TIMESTAMP:
		if unit := parquetUnit(t); unit != nil {
			return parquet.TimestampAdjusted(unit, t.(*arrow.TimestampType).TimeZone != "")
		}
	case arrow.TIME32, arrow.TIME64: // in no time zone
		if unit := parquetUnit(t); unit != nil {
			return parquet.TimeAdjusted(unit, false)
		}
	case arrow.DECIMAL128:
		return decimalNode(t.(*arrow.Decimal128Type))
	}
	return nil
}

// Digits of the decimals that integers of 32 and 64 bits hold.
const (
	decimal32Digits = 9
	decimal64Digits = 18
)

func decimalNode(t *arrow.Decimal128Type) parquet.Node {
	switch {
	case t.Scale < 0 || t.Scale > t.Precision:
		return nil
	case t.Precision <= decimal32Digits:
		return parquet.Decimal(int(t.Scale), int(t.Precision), parquet.Int32Type)
	case t.Precision <= decimal64Digits:
		return parquet.Decimal(int(t.Scale), int(t.Precision), parquet.Int64Type)
	}
	return nil
}

// parquetUnit returns the unit of times in a Parquet file, or nil if it has none such: seconds.
func parquetUnit(t arrow.DataType) parquet.TimeUnit {
	switch t.(arrow.TemporalWithUnit).TimeUnit() {
	case arrow.Millisecond:
		return parquet.Millisecond
	case arrow.Microsecond:
		return parquet.Microsecond
	case arrow.Nanosecond:
		return parquet.Nanosecond
	}
	return nil
}

// fixedBytes returns the values of an array of numbers in little-endian order, a byte for each boolean.
func fixedBytes(a arrow.Array) []byte {
	if a, ok := a.(*array.Boolean); ok {
		out := make([]byte, a.Len())
		for i := range out {
			if a.Value(i) {
				out[i] = 1
			}
		}
		return out
	}
	size := a.DataType().(arrow.FixedWidthDataType).Bytes()
	data := a.Data()
	if data.Len() == 0 {
		return nil
	}
	out := data.Buffers()[1].Bytes()[data.Offset()*size:][:data.Len()*size]
	if !littleEndian() {
		out = slices.Clone(out)
		turn(out, size)
	}
	return out
}

// turn reverses the bytes of each element of so many.
func turn(b []byte, size int) {
	for ; len(b) > 0; b = b[size:] {
		slices.Reverse(b[:size])
	}
}
