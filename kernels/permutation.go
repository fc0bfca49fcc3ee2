package kernels

import "math/bits"

// Permutation writes a permutation of 0, 1, ..., len(dst)-1 to dst, each of
// them with the same probability, but for the 2^64 seeds and streams there are.
//
// It is Fisher and Yates' shuffle, inside out: for i = 1, 2, ... a number j, uniform
// on [0, i], is drawn, dst[i] = dst[j] and dst[j] = i. j is unbiased [Lemire 2019]: it is
// the high word of x*(i+1), x being the next 64-bit word of the stream (seed, stream),
// those that float64 fills take for elements 0, 1, 2, ... (see [Philox]), unless the low word is below
// 2^64 modulo i+1: then x is dropped and the one after it taken.
func Permutation(dst []int, seed, stream uint64) {
	if len(dst) == 0 {
		return
	}
	dst[0] = 0
	var words [wordBatch]uint32
	var drawn []uint32
	next := uint64(0) // element
	for i := 1; i < len(dst); i++ {
		count := uint64(i) + 1
		for {
			if len(drawn) == 0 {
				drawn = draw(fillsBest, &words, seed, stream, next, wordBatch/2, 2)
				next += uint64(len(drawn) / 2)
			}
			j, low := bits.Mul64(wide(drawn, 0), count)
			drawn = drawn[2:]
			if low >= count || low >= -count%count {
				dst[i], dst[j] = dst[j], i
				break
			}
		}
	}
}
