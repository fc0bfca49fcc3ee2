//go:build amd64 && !purego

package kernels

import "math"

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
