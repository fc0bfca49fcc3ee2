package weightfile

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"

	"actinit/datasets/binary16"
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
				v.Float32 = append(v.Float32, binary16.Float32(order.Uint16(part)))
			}
		}
	}
	return v, nil
}
