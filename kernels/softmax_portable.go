//go:build !amd64 || purego

package kernels

// This build has no assembly.
var (
	softmaxVectors32    func(v Variant, dst, src []float32, cols int)
	logSoftmaxVectors32 func(v Variant, dst, src []float32, cols int)
)

func inVariant[T Float](Variant, func(v Variant, dst, src []T, cols int)) RowForwardFunc[T] {
	return nil
}
