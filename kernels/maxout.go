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

// maxoutKernels are the two directions of maxout in one variant.
type maxoutKernels[T Float] struct {
	forward  func(dst []T, argmax []uint8, src []T, k, stride int)
	backward func(dst, grad []T, argmax []uint8, k, stride int)
}

var (
	maxout32 = perVariant[maxoutKernels[float32]]{
		Scalar: {maxoutScalar[float32], maxoutGradScalar[float32]},
		AVX2:   {maxoutAVX2, maxoutGradAVX2},
		AVX512: {maxoutAVX512, maxoutGradAVX512},
	}
	maxout64 = perVariant[maxoutKernels[float64]]{
		Scalar: {maxoutScalar[float64], maxoutGradScalar[float64]},
	}
	maxoutBest32 maxoutKernels[float32] // what Maxout and MaxoutGrad call; set once, at start
)

// chooseMaxout sets what Maxout and MaxoutGrad call: the last variant up to limit.
func chooseMaxout(limit Variant) {
	for v := Scalar; v <= limit; v++ {
		if f := at(&maxout32, v); f.forward != nil {
			maxoutBest32 = f
		}
	}
}

// MaxoutIn returns Maxout and MaxoutGrad for T in variant v, or nil if there is no such
// variant or this CPU cannot run it.
func MaxoutIn[T Float](v Variant) (
	forward func(dst []T, argmax []uint8, src []T, k, stride int),
	backward func(dst, grad []T, argmax []uint8, k, stride int),
) {
	var loops maxoutKernels[T]
	switch l := any(&loops).(type) {
	case *maxoutKernels[float32]:
		*l = at(&maxout32, v)
	case *maxoutKernels[float64]:
		*l = at(&maxout64, v)
	}
	if loops.forward == nil {
		return nil, nil
	}
	return func(dst []T, argmax []uint8, src []T, k, stride int) {
			if checkMaxout(dst, argmax, src, k, stride) {
				loops.forward(dst, argmax, src, k, stride)
			}
		}, func(dst, grad []T, argmax []uint8, k, stride int) {
			if checkMaxoutGrad(dst, grad, argmax, k, stride) {
				loops.backward(dst, grad, argmax, k, stride)
			}
		}
}

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
	if !checkMaxout(dst, argmax, src, k, stride) {
		return
	}
	switch d := any(dst).(type) {
	case []float32:
		maxoutBest32.forward(d, argmax, any(src).([]float32), k, stride)
	case []float64:
		maxoutScalar(d, argmax, any(src).([]float64), k, stride)
	}
}

// maxoutScalar is Maxout without the checks, for at least one unit.
func maxoutScalar[T Float](dst []T, argmax []uint8, src []T, k, stride int) {
	n := len(dst)
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
	if !checkMaxoutGrad(dst, grad, argmax, k, stride) {
		return
	}
	switch d := any(dst).(type) {
	case []float32:
		maxoutBest32.backward(d, any(grad).([]float32), argmax, k, stride)
	case []float64:
		maxoutGradScalar(d, any(grad).([]float64), argmax, k, stride)
	}
}

// maxoutGradScalar is MaxoutGrad without the checks of lengths and overlap.
func maxoutGradScalar[T Float](dst, grad []T, argmax []uint8, k, stride int) {
	n := len(grad)
	checkWinners(argmax, k)
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

// checkMaxout panics if Maxout's arguments are unfit, and reports whether there are units.
func checkMaxout[T Float](dst []T, argmax []uint8, src []T, k, stride int) bool {
	n := len(dst)
	checkPieces(n, argmax, src, k, stride, argmax == nil)
	if n > 0 && overlap(dst, src[:(k-1)*stride+n]) && &dst[0] != &src[0] {
		panic(panicOverlap)
	}
	return n > 0
}

// checkMaxoutGrad is checkMaxout for MaxoutGrad, but for the values in argmax.
func checkMaxoutGrad[T Float](dst, grad []T, argmax []uint8, k, stride int) bool {
	n := len(grad)
	checkPieces(n, argmax, dst, k, stride, false)
	if n > 0 && overlap(dst[:(k-1)*stride+n], grad) {
		panic(panicGradient)
	}
	return n > 0
}

func checkWinners(argmax []uint8, k int) {
	for _, winner := range argmax {
		if int(winner) >= k {
			panic(panicWinner)
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
