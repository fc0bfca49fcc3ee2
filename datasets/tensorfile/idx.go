package tensorfile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// idxTypes are the types by the third byte of an IDX file, which are big endian.
var idxTypes = map[byte]string{
	0x08: "uint8", 0x09: "int8", 0x0B: "int16", 0x0C: "int32", 0x0D: "float32", 0x0E: "float64",
}

// IsIDX reports whether a file that begins so is an IDX file.
func IsIDX(start []byte) bool {
	return len(start) >= 4 && start[0] == 0 && start[1] == 0 && idxTypes[start[2]] != "" && start[3] > 0
}

// IDX reads the header of an IDX file, the format of the MNIST images: two zeros, a byte
// for the type, a byte for the number of dimensions, the sizes as 32-bit integers, then the
// elements row by row, all in big-endian order. The elements follow in r.
func IDX(name string, r io.Reader) (Tensor, error) {
	var start [4]byte
	if _, err := io.ReadFull(r, start[:]); err != nil || !IsIDX(start[:]) {
		return Tensor{}, errors.New("it does not begin as an IDX file does")
	}
	rank := int(start[3])
	if rank > maxRank {
		return Tensor{}, fmt.Errorf("it claims %d dimensions, want at most %d", rank, maxRank)
	}
	sizes := make([]byte, 4*rank)
	if _, err := io.ReadFull(r, sizes); err != nil {
		return Tensor{}, errors.New("its header is cut off")
	}
	t := Tensor{Name: name, Type: idxTypes[start[2]], Order: binary.BigEndian, Offset: int64(4 + len(sizes))}
	for ; len(sizes) > 0; sizes = sizes[4:] {
		t.Shape = append(t.Shape, int(binary.BigEndian.Uint32(sizes)))
	}
	_, err := Elements(t.Shape)
	return t, err
}

// HoldsIDX reports whether IDX files hold elements of a type.
func HoldsIDX(typ string) bool { return idxCode(typ) != 0 }

func idxCode(typ string) byte {
	for code, t := range idxTypes {
		if t == typ {
			return code
		}
	}
	return 0
}

// WriteIDXHeader begins an IDX file of elements of a type that it holds.
func WriteIDXHeader(w io.Writer, typ string, shape ...int) error {
	code := idxCode(typ)
	if code == 0 {
		return fmt.Errorf("an IDX file holds no %s", typ)
	}
	header := []byte{0, 0, code, byte(len(shape))}
	for _, n := range shape {
		if n != int(uint32(n)) {
			return fmt.Errorf("an IDX file holds sizes below 2^32, not %d", n)
		}
		header = binary.BigEndian.AppendUint32(header, uint32(n))
	}
	_, err := w.Write(header)
	return err
}
