package parquetcheck

import (
	"encoding/binary"
	"errors"
	"unsafe"

	"github.com/apache/arrow/go/v15/arrow/bitutil"
)

var errLevels = errors.New("a page's levels are damaged")

// validity returns levels of one bit, as a bitmap of n values, and how many are 1. It returns nil where all are.
//
// They are runs: of equal ones, or of eights of bits, which lie as a bitmap's do.
func validity(levels []byte, n int) (valid []byte, ones int, err error) {
	valid = make([]byte, bitutil.BytesForBits(int64(n)))
	for at := 0; at < n; {
		head, size := binary.Uvarint(levels)
		if size <= 0 {
			return nil, 0, errLevels
		}
		levels = levels[size:]
		length, bytes := n-at, 1
		if head&1 == 0 {
			length = int(min(uint64(length), head>>1))
		} else {
			length = int(min(uint64(length), min(head>>1, uint64(n))*8))
			bytes = int(bitutil.BytesForBits(int64(length)))
		}
		if length == 0 || bytes > len(levels) {
			return nil, 0, errLevels
		}
		switch {
		case head&1 == 1:
			bitutil.CopyBitmap(levels, 0, length, valid, at)
		case levels[0] > 1:
			return nil, 0, errLevels
		default:
			bitutil.SetBitsTo(valid, int64(at), int64(length), levels[0] == 1)
		}
		levels, at = levels[bytes:], at+length
	}
	if ones = bitutil.CountSetBits(valid, 0, n); ones == n {
		return nil, n, nil
	}
	return valid, ones, nil
}

// spread moves the first values of memory, which are width bytes, to the places of the ones of a bitmap of n, and sets the others to zero.
func spread(memory []byte, width int, valid []byte, n, ones int) {
	first := unsafe.Pointer(unsafe.SliceData(memory))
	if width == 4 {
		spreadValues(unsafe.Slice((*uint32)(first), n), valid, ones)
	} else {
		spreadValues(unsafe.Slice((*uint64)(first), n), valid, ones)
	}
}

func spreadValues[T uint32 | uint64](values []T, valid []byte, ones int) {
	for i := len(values) - 1; i >= 0; i-- {
		if bitutil.BitIsSet(valid, i) {
			ones--
			values[i] = values[ones]
		} else {
			values[i] = 0
		}
	}
}
