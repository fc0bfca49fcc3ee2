package kernels

// Constants of Philox4x32 (Salmon, Moraes, Dror and Shaw, "Parallel random
// numbers: as easy as 1, 2, 3", 2011): two multipliers for the rounds, two Weyl
// increments for the key.
const (
	philoxM0, philoxM1 = 0xD2511F53, 0xCD9E8D57
	philoxW0, philoxW1 = 0x9E3779B9, 0xBB67AE85
)

// Philox is the bijection Philox4x32-10: four random words from a 128-bit
// counter under a 64-bit key. Word 0 of the counter and of the key is the least
// significant one. It follows the code and the known answers of Random123, not
// the permutation printed in the paper for four words.
//
// # How the fills address it
//
// [Uniform], [Normal] and the other fills write elements of a stream of random words, which is
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
	c0, c1, c2, c3 := philox(counter[0], counter[1], counter[2], counter[3], key[0], key[1])
	return [4]uint32{c0, c1, c2, c3}
}

// philox is Philox in registers, its ten rounds written out.
func philox(c0, c1, c2, c3, k0, k1 uint32) (w0, w1, w2, w3 uint32) {
	c0, c1, c2, c3 = philoxRound(c0, c1, c2, c3, k0+0*philoxW0, k1+0*philoxW1)
	c0, c1, c2, c3 = philoxRound(c0, c1, c2, c3, k0+1*philoxW0, k1+1*philoxW1)
	c0, c1, c2, c3 = philoxRound(c0, c1, c2, c3, k0+2*philoxW0&mask32, k1+2*philoxW1&mask32)
	c0, c1, c2, c3 = philoxRound(c0, c1, c2, c3, k0+3*philoxW0&mask32, k1+3*philoxW1&mask32)
	c0, c1, c2, c3 = philoxRound(c0, c1, c2, c3, k0+4*philoxW0&mask32, k1+4*philoxW1&mask32)
	c0, c1, c2, c3 = philoxRound(c0, c1, c2, c3, k0+5*philoxW0&mask32, k1+5*philoxW1&mask32)
	c0, c1, c2, c3 = philoxRound(c0, c1, c2, c3, k0+6*philoxW0&mask32, k1+6*philoxW1&mask32)
	c0, c1, c2, c3 = philoxRound(c0, c1, c2, c3, k0+7*philoxW0&mask32, k1+7*philoxW1&mask32)
	c0, c1, c2, c3 = philoxRound(c0, c1, c2, c3, k0+8*philoxW0&mask32, k1+8*philoxW1&mask32)
	return philoxRound(c0, c1, c2, c3, k0+9*philoxW0&mask32, k1+9*philoxW1&mask32)
}

const mask32 = 1<<32 - 1

func philoxRound(c0, c1, c2, c3, k0, k1 uint32) (w0, w1, w2, w3 uint32) {
	p0, p1 := uint64(c0)*philoxM0, uint64(c2)*philoxM1
	return uint32(p1>>32) ^ c1 ^ k0, uint32(p1), uint32(p0>>32) ^ c3 ^ k1, uint32(p0)
}

// philoxWords draws the words of the blocks block, block+1, ...
func philoxWords(words []uint32, seed, stream, block uint64) {
	for ; len(words) >= 4; words = words[4:] {
		words[0], words[1], words[2], words[3] = philox(
			uint32(block), uint32(block>>32), uint32(stream), uint32(stream>>32), uint32(seed), uint32(seed>>32))
		block++
	}
}
