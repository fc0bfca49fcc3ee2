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
	if !(p >= 0 && p <= 1) {
		panic("kernels: Bernoulli needs a probability from 0 to 1")
	}
	if p == 0 || p == 1 {
		Constant(dst, T(p))
		return
	}
	switch d := any(dst).(type) {
	case []float32:
		bernoulli32(d, seed, stream, offset, uint32(math.Ceil(p*0x1p32)-1))
	case []float64:
		bernoulli64(d, seed, stream, offset, lastBelow(p))
	}
}

// lastBelow returns the largest w < p * 2^64, for 0 < p < 1.
func lastBelow(p float64) uint64 {
	return uint64(math.Ceil(p*0x1p64)) - 1 // p < 1 is 1 - 2^-53 at most
}

// bernoulli32 writes 1 where the word is last at most.
func bernoulli32(dst []float32, seed, stream, offset uint64, last uint32) {
	var words [wordBatch]uint32
	for len(dst) > 0 {
		drawn := draw(&words, seed, stream, offset, len(dst), 4)
		n := len(drawn)
		for i, w := range drawn {
			dst[i] = 0
			if w <= last {
				dst[i] = 1
			}
		}
		dst, offset = dst[n:], offset+uint64(n)
	}
}

func bernoulli64(dst []float64, seed, stream, offset uint64, last uint64) {
	var words [wordBatch]uint32
	for len(dst) > 0 {
		drawn := draw(&words, seed, stream, offset, len(dst), 2)
		n := len(drawn) / 2
		for i := range dst[:n] {
			dst[i] = 0
			if wide(drawn, i) <= last {
				dst[i] = 1
			}
		}
		dst, offset = dst[n:], offset+uint64(n)
	}
}
