package datasets

import (
	"cmp"
	"encoding/json"
	"fmt"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
)

// wholeRange is the range of a column of integers as far as it was read. Of other columns it stays empty.
type wholeRange struct {
	signed   extremes[int64]
	unsigned extremes[uint64]
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
	}
}

// summary returns nil of a column without integers.
func (r *wholeRange) summary() *Range { return cmp.Or(r.signed.digits(), r.unsigned.digits()) }

// extremes are the least and the largest value, once there is one.
type extremes[T int64 | uint64] struct {
	some        bool
	least, most T
}

func addWhole[T int64 | uint64, I int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64](e *extremes[T], a arrow.Array, values []I) {
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

func (e *extremes[T]) digits() *Range {
	if !e.some {
		return nil
	}
	return &Range{json.Number(fmt.Sprint(e.least)), json.Number(fmt.Sprint(e.most))}
}
