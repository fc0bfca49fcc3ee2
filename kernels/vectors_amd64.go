//go:build amd64 && !purego

package kernels

import (
	"math"
	"unsafe"
)

// The assembly computes vectors of elements from the first on and stops at the
// first vector with an element in doubt, of which it stores nothing. It returns
// how many elements are done. Here the scalar loop computes the doubtful vector, and
// the assembly goes on behind it. In the float32 kernels about one vector of 2700 is
// stopped at for a near-tie, and those with elements beyond the range of the quick form.
//
// The float32 quick forms differ from those in Go in their polynomials and in that they
// fuse; what they have in common is an error below slack32, so that an element
// that is not in doubt has one float32 it can round to. The float64 forms are the
// operations of the Go code, one for one.

// vectorChunk is the number of elements the assembly is given at a time: it
// cannot be preempted, and takes a tenth of a millisecond for them at most.
const vectorChunk = 1 << 15

type (
	forwardAssembly[T Float]  func(dst, src *T, n int, param T) (done int)
	backwardAssembly[T Float] func(dst, grad, saved *T, n int, param T) (done int)
	fusedAssembly[T Float]    func(dst, derivative, src *T, n int) (done int)
)

// forwardVectors computes the elements in doubt, lanes of them at a time, by the scalar loop.
func forwardVectors[T Float](dst, src []T, param T, lanes int, vectors forwardAssembly[T], scalar ForwardFunc[T]) {
	for len(src) > 0 {
		n := min(len(src), vectorChunk)
		done := vectors(&dst[0], &src[0], n, param)
		if done < n {
			end := min(done+lanes, len(src))
			scalar(dst[done:end], src[done:end], param)
			done = end
		}
		dst, src = dst[done:], src[done:]
	}
}

// backwardVectors is forwardVectors for gradients.
func backwardVectors[T Float](dst, grad, saved []T, param T, lanes int, vectors backwardAssembly[T], scalar BackwardFunc[T]) {
	for len(saved) > 0 {
		n := min(len(saved), vectorChunk)
		done := vectors(&dst[0], &grad[0], &saved[0], n, param)
		if done < n {
			end := min(done+lanes, len(saved))
			scalar(dst[done:end], grad[done:end], saved[done:end], param)
			done = end
		}
		dst, grad, saved = dst[done:], grad[done:], saved[done:]
	}
}

// fusedVectors is forwardVectors for a function value and its derivative.
func fusedVectors(dst, derivative, src []float32, lanes int, vectors fusedAssembly[float32], value, slope func(x float32) float32) {
	for len(src) > 0 {
		n := min(len(src), vectorChunk)
		done := vectors(&dst[0], &derivative[0], &src[0], n)
		if done < n {
			end := min(done+lanes, len(src))
			for i, x := range src[done:end] {
				dst[done+i], derivative[done+i] = value(x), slope(x)
			}
			done = end
		}
		dst, derivative, src = dst[done:], derivative[done:], src[done:]
	}
}

// forwardCertain calls assembly that leaves nothing in doubt.
func forwardCertain[T Float](dst, src []T, param T, vectors forwardAssembly[T]) {
	for len(src) > 0 {
		n := min(len(src), vectorChunk)
		vectors(&dst[0], &src[0], n, param)
		dst, src = dst[n:], src[n:]
	}
}

// backwardCertain is forwardCertain for gradients.
func backwardCertain[T Float](dst, grad, saved []T, param T, vectors backwardAssembly[T]) {
	for len(saved) > 0 {
		n := min(len(saved), vectorChunk)
		vectors(&dst[0], &grad[0], &saved[0], n, param)
		dst, grad, saved = dst[n:], grad[n:], saved[n:]
	}
}

// streamAlign is the alignment in bytes that such stores need: a cache line, and the widest vector.
const streamAlign = 64

// streams reports whether to write dst past the caches.
func streams[T Float](dst []T) bool {
	const shortest = 1 << 16 // shorter pieces are not worth the question
	piece := extentOf(dst)
	if piece.bytes() < shortest || piece.lo%unsafe.Sizeof(dst[0]) != 0 { // no element is aligned to a vector
		return false
	}
	whole := large.Load()
	return piece.bytes() >= streamFrom || whole != nil && whole.lo <= piece.lo && piece.hi <= whole.hi
}

// alignedFrom returns how many elements of dst lie before the first that is aligned.
func alignedFrom[T Float](dst []T) int {
	past := uintptr(unsafe.Pointer(&dst[0])) % streamAlign
	return int((streamAlign - past) % streamAlign / unsafe.Sizeof(dst[0]))
}

// forwardStream is forwardCertain with a loop that writes past the caches.
func forwardStream[T Float](dst, src []T, param T, vectors, stream forwardAssembly[T]) {
	if len(src) > 0 && streams(dst) && &dst[0] != &src[0] {
		head := alignedFrom(dst)
		forwardCertain(dst[:head], src[:head], param, vectors)
		dst, src, vectors = dst[head:], src[head:], stream
	}
	forwardCertain(dst, src, param, vectors)
}

// backwardStream is backwardCertain with a loop that writes past the caches.
func backwardStream[T Float](dst, grad, saved []T, param T, vectors, stream backwardAssembly[T]) {
	if len(saved) > 0 && streams(dst) && &dst[0] != &grad[0] && &dst[0] != &saved[0] {
		head := alignedFrom(dst)
		backwardCertain(dst[:head], grad[:head], saved[:head], param, vectors)
		dst, grad, saved, vectors = dst[head:], grad[head:], saved[head:], stream
	}
	backwardCertain(dst, grad, saved, param, vectors)
}

// eluUnfit reports whether the vectors do not cover alpha: with a small one, results that are
// subnormal lie where the vectors do not look for them.
func eluUnfit(alpha float32) bool {
	a := math.Abs(float64(alpha))
	return !(0x1p-20 <= a && a <= math.MaxFloat32)
}

// squareplusUnfit reports whether the vectors do not cover b: see eluUnfit.
func squareplusUnfit(b float32) bool { return !(0x1p-20 <= b && b <= 0x1p20) }

// celuUnfit is eluUnfit, and reports what is no alpha for CELU.
func celuUnfit(alpha float32) bool { return alpha < 0 || eluUnfit(alpha) }

// leakyReLUUnfit reports whether -Inf times slope is not what LeakyReLU gives.
func leakyReLUUnfit[T Float](slope T) bool { return slope == 0 }
