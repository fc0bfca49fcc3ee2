package kernels

import "math/bits"

// Constants of Philox4x32 (Salmon, Moraes, Dror and Shaw, "Parallel random
// numbers: as easy as 1, 2, 3", 2011): two multipliers for the rounds, two Weyl
// increments for the key.
const (
	philoxM0, philoxM1 = 0xD2511F53, 0xCD9E8D57
	philoxW0, philoxW1 = 0x9E3779B9, 0xBB67AE85
	philoxRounds       = 10
)

// Philox is the bijection Philox4x32-10: four random words from a 128-bit
// counter under a 64-bit key. Word 0 of the counter and of the key is the least
// significant one. It follows the code and the known answers of Random123, not
// the permutation printed in the paper for four words.
//
// # How the fills address it
//
// [Uniform] and [Normal] write elements of a stream of random words, which is
// named by (seed, stream) and starts at element 0. Element e is a pure function
// of (seed, stream, e), so that any way of cutting a fill gives the same bits:
//
//	key     = low and high word of seed
//	counter = low and high word of the block number, low and high word of stream
//	float32: element e takes word e%4 of block e/4
//	float64: element e takes words 2*(e%2) (low half) and 2*(e%2)+1 (high half) of block e/2
//
// A fill of dst at an offset writes element offset+i, modulo 2^64, to dst[i].
// A float32 and a float64 fill with the same seed and stream use the same words:
// give independent tensors different streams.
func Philox(counter [4]uint32, key [2]uint32) [4]uint32 {
	c0, c1, c2, c3 := counter[0], counter[1], counter[2], counter[3]
	k0, k1 := key[0], key[1]
	for range philoxRounds {
		h0, l0 := bits.Mul32(philoxM0, c0)
		h1, l1 := bits.Mul32(philoxM1, c2)
		c0, c1, c2, c3 = h1^c1^k0, l1, h0^c3^k1, l0
		k0 += philoxW0
		k1 += philoxW1
	}
	return [4]uint32{c0, c1, c2, c3}
}

// philoxBlock is Philox at a fill's address.
func philoxBlock(seed, stream, block uint64) [4]uint32 {
	return Philox(
		[4]uint32{uint32(block), uint32(block >> 32), uint32(stream), uint32(stream >> 32)},
		[2]uint32{uint32(seed), uint32(seed >> 32)})
}

// wordBatch is how many words the fills draw at a time: few enough to stay in
// the first-level cache, so that drawing them and transforming them can be two
// plain loops.
const wordBatch = 256

// philoxWords draws the wordBatch words of the blocks block, block+1, ...
func philoxWords(words *[wordBatch]uint32, seed, stream, block uint64) {
	key := [2]uint32{uint32(seed), uint32(seed >> 32)}
	for i := 0; i < wordBatch; i += 4 {
		w := Philox([4]uint32{uint32(block), uint32(block >> 32), uint32(stream), uint32(stream >> 32)}, key)
		words[i], words[i+1], words[i+2], words[i+3] = w[0], w[1], w[2], w[3]
		block++
	}
}
