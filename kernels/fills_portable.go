//go:build !amd64 || purego

package kernels

// This build has no assembly.
var (
	fillsAVX2, fillsAVX512     fillLoops[float32]
	fillsAVX264, fillsAVX51264 fillLoops[float64]
)

// drawWords writes the words of the blocks block, block+1, ... to words, whole blocks.
func drawWords(_ Variant, words []uint32, seed, stream, block uint64) {
	philoxWords(words, seed, stream, block)
}

// uniformIn32 is the uniform fill of a variant, called by its name.
func uniformIn32(_ Variant, dst []float32, seed, stream, offset uint64, lo, width, last float32) {
	uniformScalar32(dst, seed, stream, offset, lo, width, last)
}

// uniformIn64 is uniformIn32 for float64.
func uniformIn64(_ Variant, dst []float64, seed, stream, offset uint64, lo, width, last float64) {
	uniformScalar64(dst, seed, stream, offset, lo, width, last)
}
