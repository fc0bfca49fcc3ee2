package reference

import "math"

// Float16 returns x rounded to binary16, as its bits: to nearest, ties to even. NaNs
// give a quiet one with their sign and the upper nine bits of their payload after the quiet bit.
func Float16(x float64) uint16 { return half(x, 10, 15) }

// BFloat16 is Float16 for bfloat16, which keeps six bits of the payload.
func BFloat16(x float64) uint16 { return half(x, 7, 127) }

// half rounds x to a format with so many explicit bits and the exponents 1-bias to
// bias: |x| in units of its last place, as an integer, and the units' exponent.
func half(x float64, mantissa, bias int) uint16 {
	infinity := uint16(2*bias+1) << mantissa
	var sign uint16
	if math.Signbit(x) {
		sign = 1 << 15
	}
	switch {
	case x != x:
		payload := math.Float64bits(x) << 12 >> (64 - mantissa)
		return sign | infinity | 1<<(mantissa-1) | uint16(payload)
	case math.IsInf(x, 0):
		return sign | infinity
	case x == 0:
		return sign
	}
	exponent := max(math.Ilogb(x), 1-bias)
	// The scaled number is below 2^(mantissa+1), and exact unless it is far below 1/2.
	units := math.RoundToEven(math.Ldexp(math.Abs(x), mantissa-exponent))
	// Rounding up to 2^(mantissa+1) carries into the exponent, and up to infinity.
	bits := units + math.Ldexp(float64(exponent+bias-1), mantissa)
	return sign | uint16(min(bits, float64(infinity)))
}

// FromFloat16 returns the value of binary16's bits h.
func FromFloat16(h uint16) float64 { return fromHalf(h, 10, 15) }

// FromBFloat16 returns the value of bfloat16's bits h.
func FromBFloat16(h uint16) float64 { return fromHalf(h, 7, 127) }

func fromHalf(h uint16, mantissa, bias int) float64 {
	sign := 1.0
	if h>>15 != 0 {
		sign = -1
	}
	exponent, fraction := int(h&0x7fff)>>mantissa, float64(h&(1<<mantissa-1))
	switch {
	case exponent == 2*bias+1 && fraction != 0:
		return math.NaN()
	case exponent == 2*bias+1:
		return math.Inf(int(sign))
	case exponent == 0:
		return sign * math.Ldexp(fraction, 1-bias-mantissa)
	}
	return sign * math.Ldexp(fraction+math.Ldexp(1, mantissa), exponent-bias-mantissa)
}
