package moments

import (
	"encoding/binary"
	"math"

	"actinit/kernels"
)

func powersPortable[T kernels.Float](sums *Sums, x []T, center float64) {
	for len(x) >= Partial {
		step := x[:Partial]
		for i := range sums[0] {
			d := float64(step[i]) - center
			square := d * d
			sums[0][i] += d
			sums[1][i] += float64(square)
			sums[2][i] = math.FMA(square, d, sums[2][i])
			sums[3][i] = math.FMA(square, square, sums[3][i])
		}
		x = x[Partial:]
	}
	for i, v := range x {
		d := float64(v) - center
		square := d * d
		sums[0][i] += d
		sums[1][i] += float64(square)
		sums[2][i] = math.FMA(square, d, sums[2][i])
		sums[3][i] = math.FMA(square, square, sums[3][i])
	}
}

func infinity[T kernels.Float](sign int) T { return T(math.Inf(sign)) }

func positiveZero[T kernels.Float](x T) T {
	if x == 0 {
		return 0
	}
	return x
}

func insidePortable[T kernels.Float](x []T, lo, hi T) int {
	n := 0
	for _, v := range x {
		if v >= lo && v <= hi {
			n++
		}
	}
	return n
}

// A Scale says which of 64 bins of a range a value is in: in the arithmetic of T, each operation
// rounded,
//
//	bin = int(min((x*factor - low) * perUnit, 63)), 0 if that is negative and 63 if it is NaN
//
// where factor is the power of two that brings hi - lo to between 1/2 and 1, low and high are
// lo*factor and hi*factor rounded down, and perUnit = 64 / (high - low). So neither a wide
// nor a narrow range overflows. What is less than lo is in bin 0 and what is more than hi in bin
// 63; an edge between bins is as sharp as the rounding of the three operations.
type Scale[T kernels.Float] struct{ factor, low, perUnit T }

// NewScale returns the scale of the range lo to hi. It panics unless lo < hi and both are finite.
func NewScale[T kernels.Float](lo, hi float64) Scale[T] {
	if !(lo < hi) || math.IsInf(lo, 0) || math.IsInf(hi, 0) {
		panic("moments: bins of no range")
	}
	// Powers of two up to these are normal numbers of T.
	most := 126
	if _, isDouble := any(T(0)).(float64); isDouble {
		most = 1022
	}
	_, exponent := math.Frexp(hi/2 - lo/2)
	factor := math.Ldexp(1, min(max(-exponent-1, -most), most))
	low, high := RoundDown[T](lo*factor), RoundDown[T](hi*factor)
	if width := high - low; width > 0 {
		return Scale[T]{T(factor), low, T(Bins / float64(width))}
	}
	// No two values of T are in the range, and those around it are further apart than it is wide.
	const plenty = 0x1p100 // brings any difference of such values into the last bin
	return Scale[T]{T(factor), low, T(min(2*Bins/(hi*factor-lo*factor), plenty))}
}

// RoundDown returns the largest value of T that is at most x.
func RoundDown[T kernels.Float](x float64) T {
	t := T(x)
	if float64(t) <= x {
		return t
	}
	return T(math.Nextafter32(float32(t), float32(math.Inf(-1)))) // only float32 rounds
}

// RoundUp returns the least value of T that is at least x.
func RoundUp[T kernels.Float](x float64) T { return -RoundDown[T](-x) }

func binsPortable[T kernels.Float](dst []uint8, x []T, s Scale[T]) {
	for i, v := range x {
		t := T(T(v*s.factor)-s.low) * s.perUnit
		switch {
		case !(t < Bins-1):
			dst[i] = Bins - 1
		case t > 0:
			dst[i] = uint8(t)
		default:
			dst[i] = 0
		}
	}
}

// countPortable counts in four histograms in turn: to add to the same count again, a CPU
// waits for what it has just stored.
func countPortable(counts *[Bins]int64, bins []uint8) {
	const least = 256 // fewer are not worth the histograms
	if len(bins) >= least {
		var h0, h1, h2, h3 [Bins]uint64
		for len(bins) >= 8 {
			b := binary.LittleEndian.Uint64(bins)
			h0[b%Bins]++
			h1[b>>8%Bins]++
			h2[b>>16%Bins]++
			h3[b>>24%Bins]++
			h0[b>>32%Bins]++
			h1[b>>40%Bins]++
			h2[b>>48%Bins]++
			h3[b>>56%Bins]++
			bins = bins[8:]
		}
		for i := range counts {
			counts[i] += int64(h0[i] + h1[i] + h2[i] + h3[i])
		}
	}
	for _, b := range bins {
		counts[b%Bins]++
	}
}
