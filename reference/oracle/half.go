package oracle

import (
	"math"
	"math/big"
)

// Round16 is Round32 for a 16-bit format, whose bits it returns: half rounds float64
// to it.
func Round16(half func(x float64) uint16, value func(prec uint) (y *big.Float, exact bool)) uint16 {
	return ziv(firstPrec32, value, func(y *big.Float) uint16 { return half(oddFloat64(y)) })
}

// oddFloat64 rounds to odd: what is no float64 becomes the one beside it whose last
// bit is 1, which rounds to a narrower format as y does.
func oddFloat64(y *big.Float) float64 {
	f, accuracy := y.Float64()
	if accuracy == big.Exact || math.Float64bits(f)&1 == 1 {
		return f
	}
	if accuracy == big.Below {
		return math.Nextafter(f, math.Inf(1))
	}
	return math.Nextafter(f, math.Inf(-1))
}

// Decides16 is Decides32 for a 16-bit format, whose bits it returns: half rounds
// float64 to it.
func Decides16(half func(x float64) uint16, y, bound float64) (r uint16, ok bool) {
	if bound == 0 || y != y {
		return half(y), true
	}
	if !(bound > 0) {
		return half(y), false
	}
	low, high := outward(math.Abs(y), bound)
	r = half(high)
	if math.Signbit(y) {
		return r | 1<<15, r == half(low)
	}
	return r, r == half(low)
}
