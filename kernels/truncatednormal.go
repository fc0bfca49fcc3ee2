package kernels

import (
	"math"
	"math/bits"
)

// TruncatedNormal writes normally distributed random numbers that lie in
// [lo, hi] to dst: elements offset, offset+1, ... of the stream (seed, stream), of
// the distribution N(mean, std) under that condition. [Philox] says how a stream is
// addressed. lo and hi are values, as in PyTorch, not multiples of std, and may be
// infinite; both can be reached.
//
// One word makes one element, so nothing is drawn twice. The element of word w is
// what [Normal] makes of word
//
//	first + floor(w*count / 2^32), first = floor(2^32 Phi((lo-mean)/std)), count = ceil(2^32 Phi((hi-mean)/std)) - first
//
// clamped to [lo, hi]; where nothing that Normal makes lies outside, it is what Normal makes of w.
// float64 takes 64-bit words, and 2^64 in place of 2^32. float32
// takes 32-bit words where count is 2^24 or more, so that the interval has a
// probability of some 2^-8 or more, and 64-bit words elsewhere: then its element e is
// that of float64 for the same mean, std, lo and hi, rounded to float32.
//
// lo == hi gives lo. It panics unless lo <= hi, mean is finite and std finite and
// not negative, and unless the interval has a probability of 2^-40 or more: for std = 0
// that says that mean lies in it.
func TruncatedNormal[T Float](dst []T, seed, stream, offset uint64, mean, std, lo, hi T) {
	if !(std >= 0 && std <= maxFinite[T]()) || !(mean-mean == 0) {
		panic("kernels: TruncatedNormal needs a finite mean and a finite std >= 0")
	}
	if !(lo <= hi) {
		panic("kernels: TruncatedNormal needs lo <= hi")
	}
	if lo == hi || std == 0 && lo <= mean && mean <= hi {
		Constant(dst, min(max(mean, lo), hi))
		return
	}
	if inside(mean, std, lo, hi) {
		Normal(dst, seed, stream, offset, mean, std)
		return
	}
	in := truncation((float64(lo)-float64(mean))/float64(std), (float64(hi)-float64(mean))/float64(std))
	if in.span < 1<<24-1 {
		panic("kernels: TruncatedNormal needs an interval of probability 2^-40 or more")
	}
	switch d := any(dst).(type) {
	case []float32:
		first, last := uint32(in.first>>32), uint32((in.first+in.span)>>32)
		if count := uint64(last-first) + 1; count >= 1<<24 {
			truncated32(d, seed, stream, offset, float32(mean), float32(std), float32(lo), float32(hi), first, uint32(min(count, mask32)))
		} else {
			truncatedWide(d, seed, stream, offset, in, float64(mean), float64(std), float64(lo), float64(hi))
		}
	case []float64:
		truncatedWide(d, seed, stream, offset, in, float64(mean), float64(std), float64(lo), float64(hi))
	}
}

// inside reports whether all that Normal makes lies in [lo, hi].
func inside[T Float](mean, std, lo, hi T) bool {
	var most T
	switch m := any(&most).(type) {
	case *float32:
		*m = normalQuantile32(mask32)
		return lo <= T(fused32(float32(std), -*m, float32(mean))) && T(fused32(float32(std), *m, float32(mean))) <= hi
	case *float64:
		*m = normalQuantile64(math.MaxUint64)
	}
	return float64(lo) <= math.FMA(float64(std), -float64(most), float64(mean)) && math.FMA(float64(std), float64(most), float64(mean)) <= float64(hi)
}

// wordsIn are the 64-bit words first, ..., first+span.
type wordsIn struct{ first, span uint64 }

// truncation returns the words whose quantiles lie in [a, b], but for those at its
// ends, and a span of 0 where there are few. Its bits are the same everywhere.
func truncation(a, b float64) wordsIn {
	const far = 9 // beyond it there are less than 2^-62 on either side
	if !(a < far && b > -far) {
		return wordsIn{}
	}
	first := wordsBelow(a)
	return wordsIn{first, wordsBelow(b) - 1 - first}
}

// wordsBelow is 2^64 Phi(x) rounded down, modulo 2^64.
func wordsBelow(x float64) uint64 {
	a := max(x, -x)
	if !(a < 39) {
		return 0
	}
	tail := gaussian(a).times(tailRowAt(&tailTable, a).precise(a)).scaled(down).round()
	words := uint64(tail * 0x1p64) // at most 2^63
	if x > 0 {
		return -words
	}
	return words
}

func truncated32(dst []float32, seed, stream, offset uint64, mean, std, lo, hi float32, first, count uint32) {
	var words [wordBatch]uint32
	for len(dst) > 0 {
		drawn := draw(&words, seed, stream, offset, len(dst), 4)
		n := len(drawn)
		for i, w := range drawn {
			v := first + uint32(uint64(w)*uint64(count)>>32)
			dst[i] = min(max(fused32(std, normalQuantile32(v), mean), lo), hi)
		}
		dst, offset = dst[n:], offset+uint64(n)
	}
}

// truncatedWide makes elements of 64-bit words.
func truncatedWide[T Float](dst []T, seed, stream, offset uint64, in wordsIn, mean, std, lo, hi float64) {
	var words [wordBatch]uint32
	for len(dst) > 0 {
		drawn := draw(&words, seed, stream, offset, len(dst), 2)
		n := len(drawn) / 2
		for i := range dst[:n] {
			w := wide(drawn, i)
			v, low := bits.Mul64(w, in.span)
			_, carry := bits.Add64(low, w, 0) // w * (span+1), which may be w * 2^64
			dst[i] = T(min(max(normalElement64(in.first+v+carry, mean, std), lo), hi))
		}
		dst, offset = dst[n:], offset+uint64(n)
	}
}
