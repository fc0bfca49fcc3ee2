package kernels

import (
	"sync/atomic"
	"unsafe"
)

// streamFrom is the number of bytes from which kernels that do nothing but
// move memory write past the caches, unless dst is an input: the result would not stay
// in a cache, and an ordinary store first reads the line it writes (TUNING.md).
const streamFrom = 1 << 24

// An extent is a piece of memory.
type extent struct{ lo, hi uintptr }

func extentOf[T Float | Half](s []T) extent {
	lo := uintptr(unsafe.Pointer(unsafe.SliceData(s)))
	return extent{lo, lo + uintptr(len(s))*unsafe.Sizeof(s[0])}
}

func (e extent) bytes() uintptr { return e.hi - e.lo }

// writing takes note that dst is about to be written in pieces, and returns what ends
// that.
func writing[T Float | Half](dst []T) (done func()) {
	if extentOf(dst).bytes() < streamFrom {
		return func() {}
	}
	whole := extentOf(dst)
	if !large.CompareAndSwap(nil, &whole) {
		return func() {}
	}
	return func() { large.Store(nil) }
}

// large is the memory that a ParallelSlice is about to write, if it is so much that it
// goes past the caches: its pieces, too, however small. Of several at a time it is one.
var large atomic.Pointer[extent]
