package kernels

import "math"

// fillLoops are the fills of an element type in one variant. Arguments are checked before.
type fillLoops[T Float] struct {
	uniform   func(dst []T, seed, stream, offset uint64, lo, width, last T)
	normal    func(dst []T, seed, stream, offset uint64, mean, std T)
	truncated func(dst []T, seed, stream, offset uint64, mean, std T, in truncation[T])
	bernoulli func(dst []T, seed, stream, offset uint64, p float64) // 0 < p < 1
}

var (
	fills32 = perVariant[fillLoops[float32]]{
		Scalar: {uniformScalar32, normalScalar32, truncatedScalar32, bernoulliScalar32},
		AVX2:   fillsAVX2,
		AVX512: fillsAVX512,
	}
	fills64 = perVariant[fillLoops[float64]]{
		Scalar: fillsOf(Scalar, uniformScalar64),
		AVX2:   fillsAVX264,
		AVX512: fillsAVX51264,
	}

	// What the plain functions call; set once, at start.
	fillsBest32 fillLoops[float32]
	fillsBest64 fillLoops[float64]
	fillsBest   Variant
)

// fillsOf returns the float64 fills that transform words one by one, which variant v draws.
func fillsOf(v Variant, uniform func(dst []float64, seed, stream, offset uint64, lo, width, last float64)) fillLoops[float64] {
	return fillLoops[float64]{
		uniform: uniform,
		normal: func(dst []float64, seed, stream, offset uint64, mean, std float64) {
			ofWide(v, dst, seed, stream, offset, func(w uint64) float64 { return normalElement64(w, mean, std) })
		},
		truncated: func(dst []float64, seed, stream, offset uint64, mean, std float64, in truncation[float64]) {
			truncatedWide(v, dst, seed, stream, offset, mean, std, in)
		},
		bernoulli: func(dst []float64, seed, stream, offset uint64, p float64) {
			last := uint64(math.Ceil(p*0x1p64)) - 1 // p is 1 - 2^-53 at most
			ofWide(v, dst, seed, stream, offset, func(w uint64) float64 {
				if w <= last {
					return 1
				}
				return 0
			})
		},
	}
}

// chooseFills sets what the plain functions call: the last variant up to limit.
func chooseFills(limit Variant) {
	for v := Scalar; v <= limit; v++ {
		if f := at(&fills32, v); f.uniform != nil {
			fillsBest32, fillsBest = f, v
		}
		if f := at(&fills64, v); f.uniform != nil {
			fillsBest64 = f
		}
	}
}

// best returns what the plain functions call for T.
func bestFills[T Float]() (f fillLoops[T]) {
	switch f := any(&f).(type) {
	case *fillLoops[float32]:
		*f = fillsBest32
	case *fillLoops[float64]:
		*f = fillsBest64
	}
	return f
}

// Fills are the fills of an element type in one variant: see [Uniform], [Normal], [TruncatedNormal]
// and [Bernoulli].
type Fills[T Float] struct {
	Uniform         func(dst []T, seed, stream, offset uint64, lo, hi T)
	Normal          func(dst []T, seed, stream, offset uint64, mean, std T)
	TruncatedNormal func(dst []T, seed, stream, offset uint64, mean, std, lo, hi T)
	Bernoulli       func(dst []T, seed, stream, offset uint64, p float64)
}

// FillsIn returns the fills in variant v, or nil if there is no such
// variant or this CPU cannot run it.
func FillsIn[T Float](v Variant) *Fills[T] {
	var f fillLoops[T]
	switch f := any(&f).(type) {
	case *fillLoops[float32]:
		*f = at(&fills32, v)
	case *fillLoops[float64]:
		*f = at(&fills64, v)
	}
	if f.uniform == nil {
		return nil
	}
	return &Fills[T]{
		func(dst []T, seed, stream, offset uint64, lo, hi T) { uniform(&f, dst, seed, stream, offset, lo, hi) },
		func(dst []T, seed, stream, offset uint64, mean, std T) {
			normal(&f, dst, seed, stream, offset, mean, std)
		},
		func(dst []T, seed, stream, offset uint64, mean, std, lo, hi T) {
			truncatedNormal(&f, dst, seed, stream, offset, mean, std, lo, hi)
		},
		func(dst []T, seed, stream, offset uint64, p float64) { bernoulli(&f, dst, seed, stream, offset, p) },
	}
}

// wordBatch is how many words the scalar fills draw at a time: few enough to stay in
// the first-level cache, so that drawing them and transforming them can be two
// plain loops.
const wordBatch = 256

// draw returns the words of the elements offset, offset+1, ..., modulo 2^64, in
// words: of count elements, or of as many as fit. Each block holds perBlock
// elements, 4 of float32 or 2 of float64.
func draw(v Variant, words *[wordBatch]uint32, seed, stream, offset uint64, count, perBlock int) []uint32 {
	if left := -offset; left != 0 && left < uint64(count) {
		count = int(left) // the last elements before the stream starts again
	}
	size := 4 / perBlock
	skip := int(offset%uint64(perBlock)) * size
	end := min(skip+min(count, wordBatch)*size, wordBatch)
	drawWords(v, words[:(end+3)&^3], seed, stream, offset/uint64(perBlock))
	return words[skip:end]
}

// ofWords sets each element to what element makes of its word.
func ofWords(dst []float32, seed, stream, offset uint64, element func(w uint32) float32) {
	var words [wordBatch]uint32
	for len(dst) > 0 {
		drawn := draw(Scalar, &words, seed, stream, offset, len(dst), 4)
		n := len(drawn)
		for i, w := range drawn {
			dst[i] = element(w)
		}
		dst, offset = dst[n:], offset+uint64(n)
	}
}

// ofWide is ofWords for 64-bit words, which variant v draws.
func ofWide[T Float](v Variant, dst []T, seed, stream, offset uint64, element func(w uint64) T) {
	var words [wordBatch]uint32
	for len(dst) > 0 {
		drawn := draw(v, &words, seed, stream, offset, len(dst), 2)
		n := len(drawn) / 2
		for i := range dst[:n] {
			dst[i] = element(wide(drawn, i))
		}
		dst, offset = dst[n:], offset+uint64(n)
	}
}

// wide is the i-th 64-bit word of words.
func wide(words []uint32, i int) uint64 { return uint64(words[2*i+1])<<32 | uint64(words[2*i]) }
