package kernels

import "unsafe"

// MaxoutMaxPieces is the largest k of Maxout: argmax is stored in a byte.
const MaxoutMaxPieces = 256

const (
	panicPieces   = "kernels: maxout needs 1 to 256 pieces"
	panicStride   = "kernels: maxout's stride is below the number of units, or its pieces are shorter than (k-1)*stride + units"
	panicArgmax   = "kernels: argmax differs in length from the units"
	panicWinner   = "kernels: argmax names a piece that is not there"
	panicGradient = "kernels: dst overlaps grad"
)

// Maxout computes dst[i] = max over j < k of src[j*stride+i], the largest of k
// pieces [Goodfellow 2013], and stores the winner's j in argmax[i] unless argmax
// is nil. It is exact.
//
// The first piece wins a tie, of -0 and +0 too. A NaN wins over any number, and
// the first NaN over others; a quiet NaN is stored.
//
// There are len(dst) units, stride >= len(dst), and src has at least
// (k-1)*stride + len(dst) elements, of which those between the pieces are not
// read. dst may be exactly the first piece, src[:len(dst)], or disjoint from src.
func Maxout[T Float](dst []T, argmax []uint8, src []T, k, stride int) {
	n := len(dst)
	checkPieces(n, argmax, src, k, stride, argmax == nil)
	if n == 0 {
		return
	}
	if overlap(dst, src[:(k-1)*stride+n]) && &dst[0] != &src[0] {
		panic(panicOverlap)
	}
	if argmax == nil {
		for i, best := range src[:n] {
			at := i
			for range k - 1 {
				at += stride
				if x := src[at]; !(x <= best) && best == best { // x larger or NaN, best a number
					best = x
				}
			}
			dst[i] = quieted(best)
		}
		return
	}
	for i, best := range src[:n] {
		winner := 0
		for j := 1; j < k; j++ {
			if x := src[j*stride+i]; !(x <= best) && best == best {
				best, winner = x, j
			}
		}
		dst[i], argmax[i] = quieted(best), uint8(winner)
	}
}

// quieted returns x, or a quiet NaN for any NaN.
func quieted[T Float](x T) T {
	if x != x {
		return x + x
	}
	return x
}

// MaxoutGrad hands each unit's gradient to the piece that won:
// dst[j*stride+i] = grad[i] if argmax[i] = j and 0 otherwise, for j < k and
// i < len(grad). Elements of dst between the pieces are not written.
//
// dst has at least (k-1)*stride + len(grad) elements and does not overlap grad.
// It panics if an argmax is not below k.
func MaxoutGrad[T Float](dst, grad []T, argmax []uint8, k, stride int) {
	n := len(grad)
	checkPieces(n, argmax, dst, k, stride, false)
	if n == 0 {
		return
	}
	if overlap(dst[:(k-1)*stride+n], grad) {
		panic(panicGradient)
	}
	for _, winner := range argmax {
		if int(winner) >= k {
			panic(panicWinner)
		}
	}
	for j := range k {
		piece := dst[j*stride:][:n]
		for i, winner := range argmax {
			var g T
			if int(winner) == j {
				g = grad[i]
			}
			piece[i] = g
		}
	}
}

// checkPieces panics unless pieces holds k pieces of n units, stride apart, and
// argmax has a byte for each unit (or is not wanted).
func checkPieces[T Float](n int, argmax []uint8, pieces []T, k, stride int, noArgmax bool) {
	if k < 1 || k > MaxoutMaxPieces {
		panic(panicPieces)
	}
	if !noArgmax && len(argmax) != n {
		panic(panicArgmax)
	}
	if n > 0 && (stride < n || len(pieces) < n || (len(pieces)-n)/stride < k-1) {
		panic(panicStride)
	}
}

// overlap reports whether a and b share memory.
func overlap[T Float](a, b []T) bool {
	p, q := uintptr(unsafe.Pointer(&a[0])), uintptr(unsafe.Pointer(&b[0]))
	return p < q+uintptr(len(b))*unsafe.Sizeof(b[0]) && q < p+uintptr(len(a))*unsafe.Sizeof(a[0])
}
