package oracle

import (
	"math"
	"math/big"
)

// ULP32 returns the spacing of float32 numbers in the binade of the exact value
// y: 2^(floor(log2|y|)-23), and 2^-149 below the normal range. Above the range
// of float32 the binades go on. ULP32(NaN) is NaN, ULP32(±Inf) is +Inf.
func ULP32(y float64) float64 { return spacing(y, 23, -149) }

// ULP64 returns the spacing of float64 numbers in the binade of y:
// 2^(floor(log2|y|)-52), and 2^-1074 below the normal range.
func ULP64(y float64) float64 { return spacing(y, 52, -1074) }

func spacing(y float64, fraction, smallest int) float64 {
	if math.IsNaN(y) || math.IsInf(y, 0) {
		return math.Abs(y)
	}
	if y == 0 {
		return math.Ldexp(1, smallest)
	}
	return math.Ldexp(1, max(math.Ilogb(y)-fraction, smallest))
}

// Error32 returns |got - y| in units of float32's spacing at the exact value y.
// It is +Inf where got is NaN, or an infinity that y does not round to; where y
// rounds to that infinity the error is 0.
func Error32(got float32, y *big.Float) float64 {
	rounded, _ := y.Float32()
	return ulpError(float64(got), float64(rounded), y, 24, -149)
}

// Error64 is Error32 for float64.
func Error64(got float64, y *big.Float) float64 {
	rounded, _ := y.Float64()
	return ulpError(got, rounded, y, 53, -1074)
}

func ulpError(got, rounded float64, y *big.Float, precision, smallest int) float64 {
	switch {
	case math.IsInf(got, 0) && got == rounded:
		return 0
	case math.IsNaN(got) || math.IsInf(got, 0):
		return math.Inf(1)
	}
	exponent := smallest
	if y.Sign() != 0 {
		exponent = max(y.MantExp(nil)-precision, smallest)
	}
	distance := add(y.Prec()+64, exact(got), new(big.Float).Neg(y))
	f, _ := scale(distance, -exponent).Float64()
	return math.Abs(f)
}
