package oracle

import (
	"math"
	"math/big"
)

// Precisions at which Ziv's test starts, and where it gives up because the value
// must be a rounding boundary that its function did not say was exact.
const (
	firstPrec32 = 96
	firstPrec64 = 128
	lastPrec    = 1 << 16
)

// Round32 returns the float32 nearest to a real number, ties to even, with
// overflow and subnormals as IEEE 754 has them. value returns the number with a
// relative error of at most 2^-prec, or says that what it returns is exact. The
// precision is raised until the rounding is decided (Ziv's test); a value that
// is not exact must not be 0.
func Round32(value func(prec uint) (y *big.Float, exact bool)) float32 {
	return ziv(firstPrec32, value, func(y *big.Float) float32 { f, _ := y.Float32(); return f })
}

// Round64 is Round32 for float64.
func Round64(value func(prec uint) (y *big.Float, exact bool)) float64 {
	return ziv(firstPrec64, value, func(y *big.Float) float64 { f, _ := y.Float64(); return f })
}

func ziv[T float32 | float64 | uint16](first uint, value func(prec uint) (y *big.Float, exact bool), round func(*big.Float) T) T {
	for prec := first; prec <= lastPrec; prec *= 2 {
		y, isExact := value(prec)
		if isExact {
			return round(y)
		}
		if y.Sign() == 0 {
			panic("oracle: a value that is not exact is 0")
		}
		// |y - real| <= 2^-prec*|real|, and |real| <= 2^(exponent of y) * (1 + 2^-prec).
		radius := new(big.Float).SetMantExp(exact(1), y.MantExp(nil)-int(prec)+1)
		w := max(y.Prec(), prec) + 8
		below := round(new(big.Float).SetPrec(w).Sub(y, radius))
		above := round(new(big.Float).SetPrec(w).Add(y, radius))
		if below == above { // the numbers have one sign, so zeros do, too
			return below
		}
	}
	panic("oracle: rounding undecided, the value is on a boundary but not said to be exact")
}

// Decides32 reports whether every real number that has the sign of y and a
// distance of at most bound from it rounds to one and the same float32, and
// returns that. A bound of 0 says that y is exact.
//
// That the number has y's sign is what package reference promises of all its
// functions, also where the result underflows to 0: y = -0 with a small bound
// gives -0. NaN and a limit at infinity decide themselves.
func Decides32(y, bound float64) (r float32, ok bool) {
	if bound == 0 || y != y {
		return float32(y), true
	}
	if !(bound > 0) {
		return float32(y), false
	}
	low, high := outward(math.Abs(y), bound)
	r = float32(high)
	return float32(math.Copysign(float64(r), y)), r == float32(low)
}

// outward returns numbers of at least 0 that hold every number of at least 0 within
// bound of magnitude between them: the sums are rounded, and moved to the next float64.
func outward(magnitude, bound float64) (low, high float64) {
	low, high = magnitude-bound, magnitude+bound
	if low > 0 {
		low = math.Float64frombits(math.Float64bits(low) - 1)
	} else {
		low = 0
	}
	if high < math.MaxFloat64 {
		high = math.Float64frombits(math.Float64bits(high) + 1)
	}
	return low, high
}
