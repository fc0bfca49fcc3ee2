package tensorfile

import (
	"encoding/binary"
	"math"
	"math/bits"

	"actinit/datasets/binary16"
)

// elementSizes are those of the types that can be decoded, in bytes.
var elementSizes = map[string]int{
	"bool": 1, "int8": 1, "uint8": 1, "int16": 2, "uint16": 2, "int32": 4, "uint32": 4, "int64": 8, "uint64": 8,
	"float16": 2, "bfloat16": 2, "float32": 4, "float64": 8,
}

// Size returns the bytes of an element of a type, 0 if it cannot be decoded.
func Size(typ string) int { return elementSizes[typ] }

// Decode sets dst[i] to the element that begins at src[i*stride]. Integers of
// 32 and 64 bits and float64 need T float64. It returns the first i whose integer is not exactly a float64 (beyond 2^53),
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
