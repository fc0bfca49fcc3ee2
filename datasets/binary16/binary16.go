// Package binary16 reads IEEE 754's 16-bit floating-point numbers.
package binary16

import "math"

// Float32 returns the number of those bits, exactly: sign, 5 bits of exponent, 10 of
// fraction. Arrow's own conversion (v15) is wrong below 2^-14.
func Float32(bits uint16) float32 {
	sign, exponent, fraction := uint32(bits>>15)<<31, uint32(bits>>10&31), uint32(bits&1023)
	switch exponent {
	case 0:
		x := float32(fraction) * 0x1p-24
		return math.Float32frombits(sign | math.Float32bits(x))
	case 31:
		return math.Float32frombits(sign | 255<<23 | fraction<<13)
	}
	return math.Float32frombits(sign | (exponent+127-15)<<23 | fraction<<13)
}
