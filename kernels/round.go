package kernels

import "math"

// A float32 result is the float64 nearest to the exact value, rounded once
// more. That second rounding goes wrong only if the exact value and its float64
// lie on different sides of a tie, the middle between two float32. So the quick
// float64 value serves unless it is near a tie (doubtful32); near ones are
// computed again as a pair and rounded by round32.

// slack32 is how near, in ULP of float64, a value may lie to a tie before it is
// in doubt. Quick values are within 2^-39.5 of the exact value, relative, which is
// less than 2^13.5 ULP. One of 2^14 values is doubtful.
const slack32 = 3 << 12

// doubtful32 reports whether y, for |y| in the normal range of float32, is too
// near a tie for float32(y) to be trusted.
func doubtful32(y float64) bool {
	const tie, period = 1 << 28, 1 << 29
	return (math.Float64bits(y)+(slack32+tie))%period < 2*slack32
}

// round32 rounds hi+lo once to float32, for hi the float64 nearest to hi+lo.
// It first rounds to odd: if hi is not exact its last bit becomes 1, toward lo,
// so that hi is a tie only if hi+lo is.
func round32(hi, lo float64) float32 {
	b := math.Float64bits(hi)
	if lo != 0 && b&1 == 0 {
		if (lo > 0) == (hi > 0) {
			b++
		} else {
			b--
		}
	}
	return float32(math.Float64frombits(b))
}

// smallestNormal32 is the smallest normal float32. Below it, ties lie elsewhere
// than doubtful32 looks.
const smallestNormal32 = 0x1p-126
