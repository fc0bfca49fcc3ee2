// Package moments has the loops that describe a set of numbers: sums of powers, the least and
// the largest, counts of ranges, histograms. Those over float32 are in AVX2, AVX-512 and
// portable Go, all with the same bits; those over float64 are in portable Go.
//
// They are loops of their own, and not one, because a block of [Block] values stays in the
// first-level cache, where reading it again costs next to nothing. What they count is exact;
// what they add up is in the order of the index over [Partial] partial sums.
package moments

import (
	"sync"

	"actinit/kernels"
)

// Block is the number of values at a time for which the loops are made.
const Block = 4096

// Bins is the number of bins of a histogram.
const Bins = 64

// Partial is the number of partial sums of each power.
const Partial = 16

// Sums are partial sums of the first four powers of differences d from a number: element
// [p-1][i%Partial] is that of d_i^p.
type Sums [4][Partial]float64

// Total returns the sum of the partial sums of the p-th powers: that of the first half and the
// second, element by element, and so on.
func (s *Sums) Total(p int) float64 {
	t := s[p-1]
	for half := Partial / 2; half > 0; half /= 2 {
		for i := range half {
			t[i] += t[i+half]
		}
	}
	return t[0]
}

// Powers adds the powers of d = x[i] - center to the sums, in float64:
//
//	s1 += d    s2 += d*d    s3 = fma(d*d, d, s3)    s4 = fma(d*d, d*d, s4)
//
// where d and d*d are rounded. If one of x is NaN or infinite, the total of the fourth powers is
// not finite either; sums over float32 that are all finite are.
func Powers[T kernels.Float](sums *Sums, x []T, center float64) { powers(fastest, sums, x, center) }

// Extent returns the least and the largest of x, +Inf and -Inf if it is empty, and how many
// are zero. A least or largest zero is +0. None of x is NaN.
func Extent[T kernels.Float](x []T) (least, most T, zeros int) { return extent(fastest, x) }

// Inside returns how many of x are at least lo and at most hi.
func Inside[T kernels.Float](x []T, lo, hi T) int { return inside(fastest, x, lo, hi) }

// BinsOf writes the bins of x to dst, which is as long. See [Scale].
func BinsOf[T kernels.Float](dst []uint8, x []T, s Scale[T]) { binsOf(fastest, dst, x, s) }

// Count adds to counts how often each bin is in bins, all of which are less than [Bins].
func Count(counts *[Bins]int64, bins []uint8) { count(fastest, counts, bins) }

// Tally adds to the columns' counts what the elements of a row of x are: zeros[i] if x[i] is
// zero and outside[i] if it is less than lo or more than hi. All have the same length.
func Tally[T kernels.Float](zeros, outside []uint32, x []T, lo, hi T) {
	tally(fastest, zeros, outside, x, lo, hi)
}

// routines are loops over many float32, or nil where there is none but portable Go. They
// take whole steps (16 values), groups (64 values) or blocks ([Block] values), at least one.
type routines struct {
	variant kernels.Variant
	lanes   int // float32 in a register
	powers  func(sums *[4][16]float64, x *float32, steps int, center float64)
	extent  func(least, most *[16]float32, zeros *[16]uint32, x *float32, groups int)
	inside  func(counts *[16]uint32, x *float32, groups int, lo, hi float32)
	bins    func(dst *uint8, x *float32, groups int, factor, low, perUnit, last float32)
	count   func(counts *[64]int64, numbers *uint8)
	tally   func(zeros, outside *uint32, x *float32, groups int, lo, hi float32)
}

const group = 64

var portable = routines{variant: kernels.Unrolled}

// fastest are those that kernels' choice of an instruction set allows.
var fastest = chosen(kernels.ISA())

func chosen(isa string) routines {
	for v := kernels.AVX512; v > kernels.Unrolled; v-- {
		if r, has := routinesOf(v); has && v.ISA() == isa {
			return r
		}
	}
	return portable
}

func powers[T kernels.Float](r routines, sums *Sums, x []T, center float64) {
	if x32, is := any(x).([]float32); is && r.powers != nil && len(x) >= Partial {
		steps := len(x) / Partial
		r.powers((*[4][Partial]float64)(sums), &x32[0], steps, center)
		x = x[steps*Partial:]
	}
	powersPortable(sums, x, center)
}

// lanes are what the vectors' lanes found. They are lent, because what is passed to a
// function value is on the heap: a fresh one for each block took as long as the block.
type lanes struct {
	leasts, mosts [16]float32
	counts        [16]uint32
}

var lanesPool = sync.Pool{New: func() any { return new(lanes) }}

func extent[T kernels.Float](r routines, x []T) (least, most T, zeros int) {
	least, most = infinity[T](1), infinity[T](-1)
	if x32, is := any(x).([]float32); is && r.extent != nil && len(x) >= group {
		found := lanesPool.Get().(*lanes)
		groups := len(x) / group
		r.extent(&found.leasts, &found.mosts, &found.counts, &x32[0], groups)
		for i := range r.lanes {
			if v := T(found.leasts[i]); v < least {
				least = v
			}
			if v := T(found.mosts[i]); v > most {
				most = v
			}
			zeros += int(found.counts[i])
		}
		lanesPool.Put(found)
		x = x[groups*group:]
	}
	for _, v := range x {
		if v < least {
			least = v
		}
		if v > most {
			most = v
		}
		zeros += int(one(v == 0))
	}
	return positiveZero(least), positiveZero(most), zeros // the loops may find either zero
}

func inside[T kernels.Float](r routines, x []T, lo, hi T) int {
	n := 0
	if x32, is := any(x).([]float32); is && r.inside != nil && len(x) >= group {
		found := lanesPool.Get().(*lanes)
		found.counts = [16]uint32{}
		groups := len(x) / group
		r.inside(&found.counts, &x32[0], groups, float32(lo), float32(hi))
		for _, c := range found.counts {
			n += int(c)
		}
		lanesPool.Put(found)
		x = x[groups*group:]
	}
	return n + insidePortable(x, lo, hi)
}

func binsOf[T kernels.Float](r routines, dst []uint8, x []T, s Scale[T]) {
	if len(dst) != len(x) {
		panic("moments: bins and values differ in number")
	}
	if x32, is := any(x).([]float32); is && r.bins != nil && len(x) >= group {
		groups := len(x) / group
		r.bins(&dst[0], &x32[0], groups, float32(s.factor), float32(s.low), float32(s.perUnit), Bins-1)
		dst, x = dst[groups*group:], x[groups*group:]
	}
	binsPortable(dst, x, s)
}

func count(r routines, counts *[Bins]int64, bins []uint8) {
	for r.count != nil && len(bins) >= Block {
		r.count(counts, &bins[0])
		bins = bins[Block:]
	}
	countPortable(counts, bins)
}

func tally[T kernels.Float](r routines, zeros, outside []uint32, x []T, lo, hi T) {
	if len(zeros) != len(x) || len(outside) != len(x) {
		panic("moments: counts and values differ in number")
	}
	if x32, is := any(x).([]float32); is && r.tally != nil && len(x) >= group {
		groups := len(x) / group
		r.tally(&zeros[0], &outside[0], &x32[0], groups, float32(lo), float32(hi))
		done := groups * group
		zeros, outside, x = zeros[done:], outside[done:], x[done:]
	}
	for i, v := range x {
		zeros[i] += one(v == 0)
		outside[i] += one(v < lo) | one(v > hi)
	}
}

func one(holds bool) uint32 {
	if holds {
		return 1
	}
	return 0
}
