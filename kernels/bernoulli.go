package kernels

import "math"

// Bernoulli writes ones and zeros to dst, one with probability p: elements
// offset, offset+1, ... of the stream (seed, stream), as a mask of a sparse layer
// or of dropout has them. [Philox] says how a stream is addressed.
//
// An element is 1 where its word w < p * 2^32 (float64: the 64-bit word and 2^64), a
// comparison of real numbers: the probability is p rounded up to a multiple of
// 2^-32 (2^-64). p = 0 gives zeros only, p = 1 ones only.
//
// It panics unless 0 <= p <= 1.
func Bernoulli[T Float](dst []T, seed, stream, offset uint64, p float64) {
	f := bestFills[T]()
	bernoulli(&f, dst, seed, stream, offset, p)
}

func bernoulli[T Float](f *fillLoops[T], dst []T, seed, stream, offset uint64, p float64) {
	if !(p >= 0 && p <= 1) {
		panic("kernels: Bernoulli needs a probability from 0 to 1")
	}
	switch {
	case p == 0 || p == 1:
		Constant(dst, T(p))
	case len(dst) > 0:
		f.bernoulli(dst, seed, stream, offset, p)
	}
}

// lastBelow returns the largest w < p * 2^32, for 0 < p < 1.
func lastBelow(p float64) uint32 { return uint32(math.Ceil(p*0x1p32) - 1) }

func bernoulliScalar32(dst []float32, seed, stream, offset uint64, p float64) {
	last := lastBelow(p)
	ofWords(dst, seed, stream, offset, func(w uint32) float32 {
		if w <= last {
			return 1
		}
		return 0
	})
}
