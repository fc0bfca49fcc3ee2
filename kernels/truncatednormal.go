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
//	first + floor(w*count / 2^32), first = floor(2^32 Phi((lo-mean)/std)), count = ceil(2^32 Phi((hi-mean)/std)) - first, at most 2^32-1
//
// clamped to [lo, hi]; where nothing that Normal makes lies outside, it is what Normal makes of w.
// float64 takes 64-bit words, and 2^64 in place of 2^32, with the smaller of Phi and 1-Phi rounded to a float64. float32
// takes 32-bit words where count is 2^24 or more, so that the interval has a
// probability of some 2^-8 or more, and 64-bit words elsewhere: then its element e is
// that of float64 for the same mean, std, lo and hi, rounded to float32.
//
// lo == hi gives lo. It panics unless lo <= hi, mean is finite and std finite and
// not negative, and unless the interval has a probability of 2^-40 or more: for std = 0
// that says that mean lies in it.
func TruncatedNormal[T Float](dst []T, seed, stream, offset uint64, mean, std, lo, hi T) {
	f := bestFills[T]()
	truncatedNormal(&f, dst, seed, stream, offset, mean, std, lo, hi)
}

func truncatedNormal[T Float](f *fillLoops[T], dst []T, seed, stream, offset uint64, mean, std, lo, hi T) {
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
		normal(f, dst, seed, stream, offset, mean, std)
		return
	}
	in := truncation[T]{lo: lo, hi: hi}
	in.find((float64(lo)-float64(mean))/float64(std), (float64(hi)-float64(mean))/float64(std))
	if in.span < 1<<24-1 {
		panic("kernels: TruncatedNormal needs an interval of probability 2^-40 or more")
	}
	if len(dst) > 0 {
		f.truncated(dst, seed, stream, offset, mean, std, in)
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

// A truncation is an interval, and the 64-bit words first, ..., first+span whose quantiles make
// numbers in it.
type truncation[T Float] struct {
	lo, hi      T
	first, span uint64
}

// find finds the words whose quantiles lie in [a, b], but for those at its
// ends, and a span of 0 where there are few. Its bits are the same everywhere.
func (in *truncation[T]) find(a, b float64) {
	const far = 9 // beyond it there are less than 2^-62 on either side
	if a < far && b > -far {
		in.first = wordsBelow(a)
		// Where no word lies between, the last one is before the first.
		if last := wordsBelow(b) - 1; last >= in.first {
			in.span = last - in.first
		}
	}
}

// narrow returns the 32-bit words, and whether there are enough of them.
func (in *truncation[T]) narrow() (first, count uint32, enough bool) {
	first = uint32(in.first >> 32)
	words := (in.first+in.span)>>32 - uint64(first) + 1
	return first, uint32(min(words, mask32)), words >= 1<<24
}

// word32 is the word that word w stands for, of count from first on.
func word32(w, first, count uint32) uint32 { return first + uint32(uint64(w)*uint64(count)>>32) }

// word64 is word32 for 64-bit words.
func (in *truncation[T]) word64(w uint64) uint64 {
	v, low := bits.Mul64(w, in.span)
	_, carry := bits.Add64(low, w, 0) // w * (span+1), where span+1 may be 2^64
	return in.first + v + carry
}

// wordsBelow is 2^64 Phi(x) rounded down, modulo 2^64.
func wordsBelow(x float64) uint64 {
	a := max(x, -x)
	if !(a < 39) {
		return 0
	}
	tail := gaussian(a).times(tailRowAt(&tailTable, a).precise(a)).round()
	words := uint64(tail * (down * 0x1p64)) // at most 2^63
	if x > 0 {
		return -words
	}
	return words
}

func truncatedScalar32(dst []float32, seed, stream, offset uint64, mean, std float32, in truncation[float32]) {
	first, count, enough := in.narrow()
	if !enough {
		truncatedWide(Scalar, dst, seed, stream, offset, float64(mean), float64(std), in)
		return
	}
	ofWords(dst, seed, stream, offset, func(w uint32) float32 {
		return min(max(fused32(std, normalQuantile32(word32(w, first, count)), mean), in.lo), in.hi)
	})
}

// truncatedWide makes elements of 64-bit words, which variant v draws.
func truncatedWide[T Float](v Variant, dst []T, seed, stream, offset uint64, mean, std float64, in truncation[T]) {
	ofWide(v, dst, seed, stream, offset, func(w uint64) T {
		return min(max(T(normalElement64(in.word64(w), mean, std)), in.lo), in.hi)
	})
}
