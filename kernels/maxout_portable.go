//go:build !amd64 || purego

package kernels

// This build has no assembly.
var (
	maxoutAVX2, maxoutAVX512         func(dst []float32, argmax []uint8, src []float32, k, stride int)
	maxoutGradAVX2, maxoutGradAVX512 func(dst, grad []float32, argmax []uint8, k, stride int)
)
