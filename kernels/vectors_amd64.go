//go:build amd64 && !purego

package kernels

import (
	"math"
	"unsafe"
)

// The assembly computes vectors of elements from the first on and stops at the
// first vector with an element in doubt, of which it stores nothing. It returns
// how many elements are done. Here the scalar loop computes the doubtful vector, and
// the assembly goes on behind it: about one vector of 2700 is stopped at for a
// near-tie, and those with elements beyond the range of the quick form.
//
// The quick forms differ from those in Go in their polynomials and in that they
// fuse; what they have in common is an error below slack32, so that an element
// that is not in doubt has one float32 it can round to.

const (
	// vectorLanes is the number of elements of a vector.
	vectorLanes = 8

	// vectorChunk is the number of elements the assembly is given at a time: it
	// cannot be preempted, and takes less than a tenth of a millisecond for them.
	vectorChunk = 1 << 15
)

func forwardVectors(dst, src []float32, param float32,
	vectors func(dst, src *float32, n int, param float32) int, scalar ForwardFunc[float32]) {
	for len(src) > 0 {
		n := min(len(src), vectorChunk)
		done := vectors(&dst[0], &src[0], n, param)
		if done < n {
			doubtful := min(vectorLanes, len(src)-done)
			scalar(dst[done:done+doubtful], src[done:done+doubtful], param)
			done += doubtful
		}
		dst, src = dst[done:], src[done:]
	}
}

func backwardVectors(dst, grad, saved []float32, param float32,
	vectors func(dst, grad, saved *float32, n int, param float32) int, scalar BackwardFunc[float32]) {
	for len(saved) > 0 {
		n := min(len(saved), vectorChunk)
		done := vectors(&dst[0], &grad[0], &saved[0], n, param)
		if done < n {
			end := done + min(vectorLanes, len(saved)-done)
			scalar(dst[done:end], grad[done:end], saved[done:end], param)
			done = end
		}
		dst, grad, saved = dst[done:], grad[done:], saved[done:]
	}
}

// eluUnfit reports whether the vectors do not cover alpha: with one far from 1, results that are
// subnormal or infinite lie where the vectors do not look for them.
func eluUnfit(alpha float32) bool {
	a := math.Abs(float64(alpha))
	return !(0x1p-20 <= a && a <= 0x1p20)
}

// leakyReLUUnfit reports whether -Inf times slope is not what LeakyReLU gives.
func leakyReLUUnfit(slope float32) bool { return slope == 0 }

// streamFrom is the number of elements from which kernels that do nothing but
// move memory write past the caches, unless dst is an input: the result would not stay
// in a cache, and an ordinary store first reads the line it writes (TUNING.md).
const streamFrom = 1 << 22

// streamAlign is the alignment in bytes that such stores need.
const streamAlign = 32

// alignedFrom returns how many elements of dst lie before the first that is aligned.
func alignedFrom(dst []float32) int {
	past := uintptr(unsafe.Pointer(&dst[0])) % streamAlign
	return int((streamAlign - past) % streamAlign / unsafe.Sizeof(dst[0]))
}

// exactForward is forwardVectors for assembly that leaves nothing in doubt.
func exactForward(dst, src []float32, param float32,
	vectors, stream func(dst, src *float32, n int, param float32) int) {
	n, do := vectorChunk, vectors
	if len(src) >= streamFrom && &dst[0] != &src[0] {
		if head := alignedFrom(dst); head > 0 {
			vectors(&dst[0], &src[0], head, param)
			dst, src = dst[head:], src[head:]
		}
		do = stream
	}
	for len(src) > 0 {
		n = min(n, len(src))
		do(&dst[0], &src[0], n, param)
		dst, src = dst[n:], src[n:]
	}
}

// exactBackward is backwardVectors for assembly that leaves nothing in doubt.
func exactBackward(dst, grad, saved []float32, param float32,
	vectors, stream func(dst, grad, saved *float32, n int, param float32) int) {
	n, do := vectorChunk, vectors
	if len(saved) >= streamFrom && &dst[0] != &grad[0] && &dst[0] != &saved[0] {
		if head := alignedFrom(dst); head > 0 {
			vectors(&dst[0], &grad[0], &saved[0], head, param)
			dst, grad, saved = dst[head:], grad[head:], saved[head:]
		}
		do = stream
	}
	for len(saved) > 0 {
		n = min(n, len(saved))
		do(&dst[0], &grad[0], &saved[0], n, param)
		dst, grad, saved = dst[n:], grad[n:], saved[n:]
	}
}
