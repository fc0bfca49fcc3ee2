//go:build amd64 && !purego

package kernels

import "unsafe"

var (
	fillsAVX2, fillsAVX512     = vectorFills(AVX2), vectorFills(AVX512)
	fillsAVX264, fillsAVX51264 = vectorFills64(AVX2), vectorFills64(AVX512)
)

// groupOf is the number of words that the assembly steps by in variant v.
func groupOf(v Variant) int {
	if v == AVX512 {
		return 32
	}
	return 16
}

// tiny is the width below which a step of a uniform fill might be subnormal: the scalar loop
// multiplies by u in place of w.
const tiny32, tiny64 = 0x1p-90, 0x1p-950

func vectorFills(v Variant) fillLoops[float32] {
	table := &quantileTable32[0][0]
	if v == AVX512 {
		table = &quantileColumns32[0][0]
	}
	return fillLoops[float32]{
		uniform: func(dst []float32, seed, stream, offset uint64, lo, width, last float32) {
			uniformIn32(v, dst, seed, stream, offset, lo, width, last)
		},
		normal: func(dst []float32, seed, stream, offset uint64, mean, std float32) {
			fillBlocks(dst, offset, 4, groupOf(v), func(from, to int) {
				normalScalar32(dst[from:to], seed, stream, offset+uint64(from), mean, std)
			}, func(from, to int, block uint64, past bool) {
				dst := dst[from:to]
				if past {
					normalPast(v, dst, seed, stream, block, table, mean, std)
					return
				}
				inPlace(v, dst, seed, stream, block, func(dst []float32, words *uint32) {
					normalWords(v, &dst[0], words, len(dst), table, mean, std)
				})
			})
		},
		truncated: func(dst []float32, seed, stream, offset uint64, mean, std float32, in truncation[float32]) {
			first, count, enough := in.narrow()
			if !enough {
				truncatedWide(v, dst, seed, stream, offset, float64(mean), float64(std), in)
				return
			}
			fillBlocks(dst, offset, 4, groupOf(v), func(from, to int) {
				truncatedScalar32(dst[from:to], seed, stream, offset+uint64(from), mean, std, in)
			}, func(from, to int, block uint64, past bool) {
				dst := dst[from:to]
				if past {
					truncatedPast(v, dst, seed, stream, block, table, mean, std, first, count, in.lo, in.hi)
					return
				}
				inPlace(v, dst, seed, stream, block, func(dst []float32, words *uint32) {
					truncatedWords(v, &dst[0], words, len(dst), table, mean, std, first, count, in.lo, in.hi)
				})
			})
		},
		bernoulli: func(dst []float32, seed, stream, offset uint64, p float64) {
			last := lastBelow(p)
			fillBlocks(dst, offset, 4, groupOf(v), func(from, to int) {
				bernoulliScalar32(dst[from:to], seed, stream, offset+uint64(from), p)
			}, func(from, to int, block uint64, past bool) {
				dst := dst[from:to]
				if past {
					bernoulliFillPast(v, &dst[0], len(dst), seed, stream, block, last)
				} else {
					bernoulliFill(v, &dst[0], len(dst), seed, stream, block, last)
				}
			})
		},
	}
}

func vectorFills64(v Variant) fillLoops[float64] {
	return fillsOf(v, func(dst []float64, seed, stream, offset uint64, lo, width, last float64) {
		uniformIn64(v, dst, seed, stream, offset, lo, width, last)
	})
}

// uniformIn32 is the uniform fill of a variant, called by its name: what is passed to a
// function value would move to the heap.
func uniformIn32(v Variant, dst []float32, seed, stream, offset uint64, lo, width, last float32) {
	if v < AVX2 || width < tiny32 {
		uniformScalar32(dst, seed, stream, offset, lo, width, last)
		return
	}
	step := width * 0x1p-32
	fillBlocks(dst, offset, 4, groupOf(v), func(from, to int) {
		uniformScalar32(dst[from:to], seed, stream, offset+uint64(from), lo, width, last)
	}, func(from, to int, block uint64, past bool) {
		dst := dst[from:to]
		if past {
			uniformFillPast(v, &dst[0], len(dst), seed, stream, block, lo, step, last)
		} else {
			uniformFill(v, &dst[0], len(dst), seed, stream, block, lo, step, last)
		}
	})
}

// uniformIn64 is uniformIn32 for float64.
func uniformIn64(v Variant, dst []float64, seed, stream, offset uint64, lo, width, last float64) {
	if v < AVX2 || width < tiny64 {
		uniformScalar64(dst, seed, stream, offset, lo, width, last)
		return
	}
	step := width * 0x1p-64
	fillBlocks(dst, offset, 2, groupOf(v)/2, func(from, to int) {
		uniformScalar64(dst[from:to], seed, stream, offset+uint64(from), lo, width, last)
	}, func(from, to int, block uint64, past bool) {
		dst := dst[from:to]
		if past {
			uniform64FillPast(v, &dst[0], len(dst), seed, stream, block, lo, step, last)
		} else {
			uniform64Fill(v, &dst[0], len(dst), seed, stream, block, lo, step, last)
		}
	})
}

// drawWords writes the words of the blocks block, block+1, ... to words, whole blocks:
// groups of them by the assembly and the rest in Go.
func drawWords(v Variant, words []uint32, seed, stream, block uint64) {
	if v >= AVX2 {
		n := len(words) &^ (groupOf(v) - 1)
		if n > 0 && uint64(uint32(block))+uint64(n/4) <= 1<<32 {
			philoxFill(v, &words[0], n, seed, stream, block)
			words, block = words[n:], block+uint64(n/4)
		}
	}
	philoxWords(words, seed, stream, block)
}

// fillBlocks fills dst, whose first element is offset, by vector where it can: with
// whole groups of elements that begin with a block's first, and past the caches where streams
// says so and blocks begin on cache lines. The lower word of the block's number does not overflow within a call.
// The rest is up to scalar. Both are given indices: a slice that is passed to a function value moves to the heap.
func fillBlocks[T Float](dst []T, offset uint64, perBlock, group int, scalar func(from, to int), vector func(from, to int, block uint64, past bool)) {
	size := uint64(perBlock)
	head := int(-offset % size)
	past := false
	if streams(dst) {
		if aligned := alignedFrom(dst); (offset+uint64(aligned))%size == 0 {
			past, head = true, aligned
		}
	}
	if len(dst) < group+head {
		scalar(0, len(dst))
		return
	}
	if head > 0 {
		scalar(0, head)
	}
	for done := head; ; {
		rest, block := len(dst)-done, (offset+uint64(done))/size
		if rest == 0 {
			return
		}
		room := rest
		if blocks := 1<<32 - uint64(uint32(block)); blocks < uint64(rest)/size+1 {
			room = int(blocks * size)
		}
		if left := -(offset + uint64(done)); left != 0 && left < uint64(room) {
			room = int(left)
		}
		n := min(room, vectorChunk) &^ (group - 1)
		switch {
		case n > 0:
			vector(done, done+n, block, past)
		case room == rest && done >= group+head && !past: // the last group again, up to the last whole block
			n = rest &^ (perBlock - 1)
			from := done + n - group
			if first := (offset + uint64(from)) / size; n > 0 && first>>32 == block>>32 && first <= block {
				vector(from, done+n, first, false)
				break
			}
			fallthrough
		default:
			n = min(room, group)
			scalar(done, done+n)
		}
		done += n
	}
}

// wordsAtOnce is how many words are drawn before elements are made of them: they stay in the
// first-level cache, and the ends of two loops take little of the time.
const wordsAtOnce = 4096

// inPlace draws words where their elements will be.
func inPlace(v Variant, dst []float32, seed, stream, block uint64, elements func(dst []float32, words *uint32)) {
	for len(dst) > 0 {
		n := min(len(dst), wordsAtOnce)
		words := bitsOf(dst)
		philoxFill(v, words, n, seed, stream, block)
		elements(dst[:n], words)
		dst, block = dst[n:], block+uint64(n/4)
	}
}

// normalPast draws words beside an aligned dst, which is written past the caches.
func normalPast(v Variant, dst []float32, seed, stream, block uint64, table *float32, mean, std float32) {
	var words [wordsAtOnce]uint32
	for len(dst) > 0 {
		n := min(len(dst), wordsAtOnce)
		philoxFill(v, &words[0], n, seed, stream, block)
		normalWordsPast(v, &dst[0], &words[0], n, table, mean, std)
		dst, block = dst[n:], block+uint64(n/4)
	}
}

// truncatedPast is normalPast for a truncated normal distribution.
func truncatedPast(v Variant, dst []float32, seed, stream, block uint64, table *float32, mean, std float32, first, count uint32, lo, hi float32) {
	var words [wordsAtOnce]uint32
	for len(dst) > 0 {
		n := min(len(dst), wordsAtOnce)
		philoxFill(v, &words[0], n, seed, stream, block)
		truncatedWordsPast(v, &dst[0], &words[0], n, table, mean, std, first, count, lo, hi)
		dst, block = dst[n:], block+uint64(n/4)
	}
}

// bitsOf is the memory of s.
func bitsOf(s []float32) *uint32 { return (*uint32)(unsafe.Pointer(&s[0])) }

// quantileColumns32 is quantileTable32 transposed: a vector holds a coefficient of half the rows.
var quantileColumns32 = func() (columns [len(quantileRow32{})][len(quantileTable32)]float32) {
	for r, row := range quantileTable32 {
		for i, x := range row {
			columns[i][r] = x
		}
	}
	return columns
}()
