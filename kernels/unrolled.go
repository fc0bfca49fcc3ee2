package kernels

import "math"

// The unrolled float32 loops compute the quick form of four elements without a
// branch between them, so that four chains of dependent operations overlap. If
// one element is out of the quick form's range or in doubt, all four are computed
// again by the element function, which decides each for itself: the results are
// those of the scalar loop. Figures are in TUNING.md.

// doubtful4 reports whether one of the values is too near a tie, see doubtful32.
func doubtful4(y0, y1, y2, y3 float64) bool {
	return min(fromTie32(y0), fromTie32(y1), fromTie32(y2), fromTie32(y3)) < 2*slack32
}

// fromTie32 is how far y is, in ULP of float64 and counted from slack32 below it,
// above the last tie of float32.
func fromTie32(y float64) uint32 {
	return (uint32(math.Float64bits(y)) + (slack32 + 1<<28)) % (1 << 29)
}

// outside4 reports whether one |x| is not in [lo, lo+width], given as bits of
// float32. NaN is outside.
func outside4(x *[4]float32, lo, width uint32) bool {
	return max(magnitude32(x[0])-lo, magnitude32(x[1])-lo, magnitude32(x[2])-lo, magnitude32(x[3])-lo) > width
}

// abnormal4 reports whether one |f| is subnormal, 0, infinite or NaN.
func abnormal4(f0, f1, f2, f3 float32) bool {
	const lo, width = 1 << 23, inf32 - 1<<23 - 1
	return max(magnitude32(f0)-lo, magnitude32(f1)-lo, magnitude32(f2)-lo, magnitude32(f3)-lo) > width
}

// magnitude32 returns the bits of |x|, which order as |x| does.
func magnitude32(x float32) uint32 { return math.Float32bits(x) &^ sign32 }

// Bits of float32 between which quick forms hold.
const (
	bits87   = 0x42ae0000 // 87
	bits10   = 0x41200000 // 10
	bitsTiny = 0x39800000 // 2^-12
	bitsNorm = 0x01000000 // 2^-125, half of which is normal
)
