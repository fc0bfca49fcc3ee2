package kernels

import "math"

// Normal writes normally distributed random numbers to dst: elements offset,
// offset+1, ... of the stream (seed, stream). [Philox] says how a stream is
// addressed.
//
// An element is mean + std*z, rounded once. z is the
// quantile of (w+1/2) / 2^32 for float32, w the element's word, and of
// (w+1/2) / 2^64 for float64: so the distribution is exactly symmetric, and its
// tails reach 6.338 and 9.151 standard deviations. z is faithful (< 1 ULP); in
// float32, go test -run NormalQuantile32 ./kernels -args -exhaustive tries all
// 2^32 words.
//
// It panics if std is negative, or mean or std not finite.
func Normal[T Float](dst []T, seed, stream, offset uint64, mean, std T) {
	if !(std >= 0 && std <= maxFinite[T]()) || !(mean-mean == 0) {
		panic("kernels: Normal needs a finite mean and a finite std >= 0")
	}
	switch d := any(dst).(type) {
	case []float32:
		normal32(d, seed, stream, offset, float32(mean), float32(std))
	case []float64:
		normal64(d, seed, stream, offset, float64(mean), float64(std))
	}
}

func normal32(dst []float32, seed, stream, offset uint64, mean, std float32) {
	var words [wordBatch]uint32
	for len(dst) > 0 {
		drawn := draw(&words, seed, stream, offset, len(dst), 4)
		n := len(drawn)
		for i, w := range drawn {
			dst[i] = fused32(std, normalQuantile32(w), mean)
		}
		dst, offset = dst[n:], offset+uint64(n)
	}
}

func normal64(dst []float64, seed, stream, offset uint64, mean, std float64) {
	var words [wordBatch]uint32
	for len(dst) > 0 {
		drawn := draw(&words, seed, stream, offset, len(dst), 2)
		n := len(drawn) / 2
		for i := range dst[:n] {
			dst[i] = normalElement64(wide(drawn, i), mean, std)
		}
		dst, offset = dst[n:], offset+uint64(n)
	}
}

// normalElement64 makes an element of a 64-bit word.
func normalElement64(w uint64, mean, std float64) float64 {
	return math.FMA(std, normalQuantile64(w), mean)
}
