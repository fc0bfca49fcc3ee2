//go:build !amd64 || purego

package kernels

// This build has no assembly.
var (
	softmaxVectors32    func(v Variant, dst, src []float32, cols int)
	logSoftmaxVectors32 func(v Variant, dst, src []float32, cols int)

	softmaxVectors64    func(v Variant, dst, src []float64, cols int)
	logSoftmaxVectors64 func(v Variant, dst, src []float64, cols int)

	softmaxGradVectors32    func(v Variant, dst, grad, y []float32, cols int)
	logSoftmaxGradVectors32 func(v Variant, dst, grad, y []float32, cols int)
)

func inVariant[T Float](Variant, func(v Variant, dst, src []T, cols int)) RowForwardFunc[T] {
	return nil
}

func gradInVariant[T Float](Variant, func(v Variant, dst, grad, y []T, cols int)) RowBackwardFunc[T] {
	return nil
}
