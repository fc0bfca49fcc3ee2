package tensorfile

import (
	"encoding/binary"
	"math"
	"math/bits"

	"actinit/datasets/binary16"
)

// elementTypes lists the types that can be decoded: their size in bytes, and whether
// some of their values are no float32.
var elementTypes = map[string]struct {
	size int
	wide bool
}{
	"bool": {1, false}, "int8": {1, false}, "uint8": {1, false}, "int16": {2, false}, "uint16": {2, false},
	"int32": {4, true}, "uint32": {4, true}, "int64": {8, true}, "uint64": {8, true},
	"float16": {2, false}, "bfloat16": {2, false}, "float32": {4, false}, "float64": {8, true},
}

// Size returns the bytes of an element of a type, 0 if it cannot be decoded.
func Size(typ string) int { return elementTypes[typ].size }

// Wide reports whether some values of a type are no float32, so that it becomes float64.
func Wide(typ string) bool { return elementTypes[typ].wide }

// Decode sets dst[i] to the element that begins at src[i*stride]. A type that is Wide needs
// T float64. It returns the first i whose integer is not exactly a float64 (beyond 2^53),
// or -1. A bool is 0 or 1.
func Decode[T float32 | float64](dst []T, src []byte, stride int, typ string, order binary.ByteOrder) int {
	switch typ {
	case "float64":
		each(dst, src, stride, func(b []byte) T { return T(math.Float64frombits(order.Uint64(b))) })
	case "float32":
		each(dst, src, stride, func(b []byte) T { return T(math.Float32frombits(order.Uint32(b))) })
	case "bfloat16":
		each(dst, src, stride, func(b []byte) T { return T(math.Float32frombits(uint32(order.Uint16(b)) << 16)) })
	case "float16":
		each(dst, src, stride, func(b []byte) T { return T(binary16.Float32(order.Uint16(b))) })
	case "bool":
		each(dst, src, stride, func(b []byte) T { return T(min(b[0], 1)) })
	case "uint8":
		each(dst, src, stride, func(b []byte) T { return T(b[0]) })
	case "int8":
		each(dst, src, stride, func(b []byte) T { return T(int8(b[0])) })
	case "uint16":
		each(dst, src, stride, func(b []byte) T { return T(order.Uint16(b)) })
	case "int16":
		each(dst, src, stride, func(b []byte) T { return T(int16(order.Uint16(b))) })
	case "uint32":
		each(dst, src, stride, func(b []byte) T { return T(order.Uint32(b)) })
	case "int32":
		each(dst, src, stride, func(b []byte) T { return T(int32(order.Uint32(b))) })
	case "uint64", "int64":
		return decode64(dst, src, stride, typ == "int64", order)
	default:
		panic("tensorfile: elements of a type that cannot be decoded")
	}
	return -1
}

func each[T any](dst []T, src []byte, stride int, value func([]byte) T) {
	for i := range dst {
		dst[i] = value(src[i*stride:])
	}
}

func decode64[T float32 | float64](dst []T, src []byte, stride int, signed bool, order binary.ByteOrder) int {
	for i := range dst {
		v := order.Uint64(src[i*stride:])
		magnitude, negative := v, signed && int64(v) < 0
		if negative {
			magnitude = -v
		}
		if !IsExact(magnitude) {
			return i
		}
		dst[i] = T(magnitude)
		if negative {
			dst[i] = -dst[i]
		}
	}
	return -1
}

// IsExact reports whether an integer of that magnitude is a float64: its ones
// span at most 53 bits.
func IsExact(magnitude uint64) bool {
	return bits.Len64(magnitude)-bits.TrailingZeros64(magnitude) <= 53
}
