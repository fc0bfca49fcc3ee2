package datasets

import (
	"encoding/binary"
	"fmt"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/decimal256"
	"github.com/apache/arrow/go/v15/arrow/memory"
)

// wholeRange is the range of a column of integers, decimals, dates or times as far as it was read. Of other columns it
// stays empty.
type wholeRange struct {
	signed   extremes[int64]
	unsigned extremes[uint64]
	unscaled extremes[decimal256.Num] // of decimals
}

// add takes the values of an array.
func (r *wholeRange) add(a arrow.Array) {
	switch a := a.(type) {
	case *array.Int8:
		addWhole(&r.signed, a, a.Int8Values())
	case *array.Int16:
		addWhole(&r.signed, a, a.Int16Values())
	case *array.Int32:
		addWhole(&r.signed, a, a.Int32Values())
	case *array.Int64:
		addWhole(&r.signed, a, a.Int64Values())
	case *array.Uint8:
		addWhole(&r.unsigned, a, a.Uint8Values())
	case *array.Uint16:
		addWhole(&r.unsigned, a, a.Uint16Values())
	case *array.Uint32:
		addWhole(&r.unsigned, a, a.Uint32Values())
	case *array.Uint64:
		addWhole(&r.unsigned, a, a.Uint64Values())
	case *array.Date32:
		addWhole(&r.signed, a, a.Date32Values())
	case *array.Date64:
		addWhole(&r.signed, a, a.Date64Values())
	case *array.Time32:
		addWhole(&r.signed, a, a.Time32Values())
	case *array.Time64:
		addWhole(&r.signed, a, a.Time64Values())
	case *array.Timestamp:
		addWhole(&r.signed, a, a.TimestampValues())
	case *array.Decimal128, *array.Decimal256:
		addDecimals(&r.unscaled, a)
	}
}

// summary returns nil of a column, whose type is t, that has none of these.
func (r *wholeRange) summary(t arrow.DataType) *Range {
	switch {
	case r.unsigned.some:
		return &Range{fmt.Sprint(r.unsigned.least), fmt.Sprint(r.unsigned.most), true}
	case r.unscaled.some:
		return &Range{decimalText(t, r.unscaled.least), decimalText(t, r.unscaled.most), true}
	case !r.signed.some:
		return nil
	case numeric(t):
		return &Range{fmt.Sprint(r.signed.least), fmt.Sprint(r.signed.most), true}
	}
	return &Range{timeText(t, r.signed.least), timeText(t, r.signed.most), false}
}

// timeText returns a date or a time that is stored as v.
func timeText(t arrow.DataType, v int64) string {
	stored := binary.LittleEndian.AppendUint64(nil, uint64(v)) // of which 32 bits are the first four bytes
	data := array.NewData(t, 1, []*memory.Buffer{nil, memory.NewBufferBytes(stored)}, nil, 0, 0)
	return string(newTextCell(array.MakeFromData(data), ",")(nil, 0))
}

// extremes are the least and the largest value, once there is one.
type extremes[T int64 | uint64 | decimal256.Num] struct {
	some        bool
	least, most T
}

func addWhole[T int64 | uint64, I ~int8 | ~int16 | ~int32 | ~int64 | ~uint8 | ~uint16 | ~uint32 | ~uint64](e *extremes[T], a arrow.Array, values []I) {
	for i, v := range values {
		switch v := T(v); {
		case a.IsNull(i):
		case e.some:
			e.least, e.most = min(e.least, v), max(e.most, v)
		default:
			*e = extremes[T]{true, v, v}
		}
	}
}

func addDecimals(e *extremes[decimal256.Num], a arrow.Array) {
	at, _ := unscaled(a)
	for i := range a.Len() {
		if a.IsNull(i) {
			continue
		}
		v := at(i)
		if !e.some {
			*e = extremes[decimal256.Num]{true, v, v}
		}
		e.least, e.most = decimal256.Min(e.least, v), decimal256.Max(e.most, v)
	}
}
