package kernels

import "math"

// Comparisons of floats compile to branches; those of integers to conditional
// moves. The piecewise kernels compare numbers as integers in the same order.

// ordered32 returns an integer for the float with bits b that orders as the
// floats do, -0 just below +0. NaNs lie at both ends.
func ordered32(b uint32) int32 { return int32(b) ^ int32(b)>>31&math.MaxInt32 }

// ordered64 is ordered32 for float64.
func ordered64(b uint64) int64 { return int64(b) ^ int64(b)>>63&math.MaxInt64 }

// orderedAbove32 returns the integer that ordered32(x) exceeds if and only if x > limit:
// none if limit is NaN.
func orderedAbove32(limit float32) int32 {
	if limit != limit {
		return math.MaxInt32
	}
	return ordered32(math.Float32bits(limit + 0)) // -0 + 0 is +0
}

// orderedAbove64 is orderedAbove32 for float64.
func orderedAbove64(limit float64) int64 {
	if limit != limit {
		return math.MaxInt64
	}
	return ordered64(math.Float64bits(limit + 0))
}

// orderedBelow32 returns the integer below which ordered32(x) is if and only if x < limit.
func orderedBelow32(limit float32) int32 { return -1 - orderedAbove32(-limit) }

// orderedBelow64 is orderedBelow32 for float64.
func orderedBelow64(limit float64) int64 { return -1 - orderedAbove64(-limit) }
