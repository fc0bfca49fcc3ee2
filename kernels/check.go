package kernels

import "unsafe"

// The messages of contract violations. They are constants, so that a caller's
// test can name them.
const (
	panicLength  = "kernels: slices differ in length"
	panicOverlap = "kernels: dst partly overlaps an input (it may be exactly the input)"
)

// element is the set of the types that element-wise kernels take.
type element interface{ Float | Half }

// checkForward panics unless dst and src are as long as each other and the same
// or disjoint memory.
func checkForward[T element](dst, src []T) {
	if len(dst) != len(src) {
		panic(panicLength)
	}
	if partlyOverlap(dst, src) {
		panic(panicOverlap)
	}
}

// checkBackward panics unless the slices are of one length and dst is exactly
// one of the inputs, or disjoint from it. The inputs may overlap each other.
func checkBackward[T element](dst, grad, saved []T) {
	if len(dst) != len(grad) || len(dst) != len(saved) {
		panic(panicLength)
	}
	if partlyOverlap(dst, grad) || partlyOverlap(dst, saved) {
		panic(panicOverlap)
	}
}

// partlyOverlap reports whether a and b, of equal length, share memory without
// being the same slice.
func partlyOverlap[T element](a, b []T) bool {
	if len(a) == 0 {
		return false
	}
	p, q := uintptr(unsafe.Pointer(&a[0])), uintptr(unsafe.Pointer(&b[0]))
	size := uintptr(len(a)) * unsafe.Sizeof(a[0])
	return p != q && p < q+size && q < p+size
}
