package reference

// Philox returns the four random words of Philox4x32-10 [Salmon 2011] for a
// counter and a key: ten rounds, with the key raised by the golden ratio and
// by sqrt(3)-1 between them. Word order is that of Random123.
func Philox(counter [4]uint32, key [2]uint32) [4]uint32 {
	const (
		multiplier0 = 0xD2511F53
		multiplier1 = 0xCD9E8D57
		weyl0       = 0x9E3779B9 // 2^32 * (golden ratio - 1)
		weyl1       = 0xBB67AE85 // 2^32 * (sqrt(3) - 1)
	)
	c := counter
	for round := range uint32(10) {
		key0, key1 := key[0]+round*weyl0, key[1]+round*weyl1
		product0 := multiplier0 * uint64(c[0])
		product1 := multiplier1 * uint64(c[2])
		c = [4]uint32{
			uint32(product1>>32) ^ c[1] ^ key0,
			uint32(product1),
			uint32(product0>>32) ^ c[3] ^ key1,
			uint32(product0),
		}
	}
	return c
}
