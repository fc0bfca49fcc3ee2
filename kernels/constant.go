package kernels

// Constant sets every element of dst to v.
func Constant[T Float](dst []T, v T) {
	for i := range dst {
		dst[i] = v
	}
}
