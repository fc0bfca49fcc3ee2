package kernels

import "math"

// Normal writes normally distributed random numbers to dst: elements offset,
// offset+1, ... of the stream (seed, stream). [Philox] says how a stream is
// addressed.
//
// An element is mean + std*z, rounded once. z is the
// quantile of (w+1/2) / 2^32 for float32, w the element's word, and of
// (w+1/2) / 2^64 for float64: so the distribution is exactly symmetric, and its
// tails reach 6.338 and 9.151 standard deviations. In float32 w+1/2, or 2^32 less that in the upper half,
// is cut to 24 bits first. z is faithful (< 1 ULP): in
// float32, go test -run NormalQuantile32 ./kernels -args -exhaustive tries all
// 2^32 words, and finds .762 ULP; and it never falls from one word to the next.
//
// It panics if std is negative, or mean or std not finite.
func Normal[T Float](dst []T, seed, stream, offset uint64, mean, std T) {
	f := bestFills[T]()
	normal(&f, dst, seed, stream, offset, mean, std)
}

func normal[T Float](f *fillLoops[T], dst []T, seed, stream, offset uint64, mean, std T) {
	if !(std >= 0 && std <= maxFinite[T]()) || !(mean-mean == 0) {
		panic("kernels: Normal needs a finite mean and a finite std >= 0")
	}
	if len(dst) > 0 {
		f.normal(dst, seed, stream, offset, mean, std)
	}
}

func normalScalar32(dst []float32, seed, stream, offset uint64, mean, std float32) {
	ofWords(dst, seed, stream, offset, func(w uint32) float32 { return fused32(std, normalQuantile32(w), mean) })
}

// normalElement64 makes an element of a 64-bit word.
func normalElement64(w uint64, mean, std float64) float64 {
	return math.FMA(std, normalQuantile64(w), mean)
}
