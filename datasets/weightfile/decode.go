package weightfile

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
)

// floats lists the element types that can be read, with their size in bytes.
var floats = map[string]int{"float16": 2, "bfloat16": 2, "float32": 4, "float64": 8}

// decode reads n values of a type. Memory is taken as bytes arrive, unless there
// are known to be as many.
func decode(r io.Reader, typ string, order binary.ByteOrder, n int, known bool) (Values, error) {
	const piece = 1 << 16
	size := floats[typ]
	room := n
	if !known {
		room = min(n, piece)
	}
	v := Values{}
	if typ == "float64" {
		v.Float64 = make([]float64, 0, room)
	} else {
		v.Float32 = make([]float32, 0, room)
	}
	buffer := make([]byte, size*min(n, piece))
	for left := n; left > 0; {
		part := buffer[:size*min(left, piece)]
		if read, err := io.ReadFull(r, part); err != nil {
			return Values{}, fmt.Errorf("it ends after %d of its %d values: %w", n-left+read/size, n, err)
		}
		left -= len(part) / size
		for ; len(part) > 0; part = part[size:] {
			switch typ {
			case "float64":
				v.Float64 = append(v.Float64, math.Float64frombits(order.Uint64(part)))
			case "float32":
				v.Float32 = append(v.Float32, math.Float32frombits(order.Uint32(part)))
			case "bfloat16":
				v.Float32 = append(v.Float32, math.Float32frombits(uint32(order.Uint16(part))<<16))
			case "float16":
				v.Float32 = append(v.Float32, half(order.Uint16(part)))
			}
		}
	}
	return v, nil
}

// half returns the float16 of those bits, exactly: sign, 5 bits of exponent, 10 of fraction. Arrow's
// conversion is wrong below 2^-14.
func half(bits uint16) float32 {
	sign, exponent, fraction := uint32(bits>>15)<<31, uint32(bits>>10&31), uint32(bits&1023)
	switch exponent {
	case 0:
		x := float32(fraction) * 0x1p-24
		return math.Float32frombits(sign | math.Float32bits(x))
	case 31:
		return math.Float32frombits(sign | 255<<23 | fraction<<13)
	}
	return math.Float32frombits(sign | (exponent+127-15)<<23 | fraction<<13)
}
