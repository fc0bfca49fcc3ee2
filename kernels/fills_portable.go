//go:build !amd64 || purego

package kernels

// This build has no assembly.
var (
	fillsAVX2, fillsAVX512     fillLoops[float32]
	fillsAVX264, fillsAVX51264 fillLoops[float64]
	drawAVX2, drawAVX512       drawer
)
