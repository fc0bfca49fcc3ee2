package kernels

import "math"

// A pair is an unevaluated sum hi+lo of two float64 with |lo| <= ulp(hi) or so:
// about 106 bits.

// The conversions in the sums keep a product that is handed in from being fused
// with the addition when the function is inlined, and those around products that
// are handed out the same in the caller: that would change bits between targets.
// Profile-guided builds inline more than others.

// twoSum returns a+b rounded, and the rounding error exactly.
func twoSum(a, b float64) (hi, lo float64) {
	a, b = float64(a), float64(b)
	hi = a + b
	t := hi - a
	return hi, (a - (hi - t)) + (b - t)
}

// fastTwoSum is twoSum for |a| >= |b| or a = 0.
func fastTwoSum(a, b float64) (hi, lo float64) {
	a, b = float64(a), float64(b)
	hi = a + b
	return hi, (a - hi) + b
}

// pairPlus returns (a+al) + (b+bl), whose terms have one sign or do not cancel much.
func pairPlus(a, al, b, bl float64) (hi, lo float64) {
	hi, lo = twoSum(a, b)
	return fastTwoSum(hi, lo+(al+bl))
}

// pairTimes returns (a+al) * (b+bl) with an error of 2^-103 relative.
func pairTimes(a, al, b, bl float64) (hi, lo float64) {
	hi = float64(a * b)
	return hi, math.FMA(a, b, -hi) + (float64(a*bl) + float64(al*b))
}

// pairOver returns (a+al) / (b+bl) with an error of 2^-100 or so.
func pairOver(a, al, b, bl float64) (hi, lo float64) {
	hi = a / b
	return fastTwoSum(hi, (math.FMA(-hi, b, a)+al-float64(hi*bl))/b)
}

// roundedTimes returns (a+al) * (b+bl), for |a| <= 1, with one rounding where the
// product is normal and a second one where it is subnormal. A zero keeps its sign.
func roundedTimes(a, al, b, bl float64) float64 {
	hi, lo := pairTimes(a, al, b, bl)
	factor := 1.0
	if math.Abs(hi) < 0x1p-900 { // lo may have underflowed: again, 2^512 times as large
		hi, lo = pairTimes(a*0x1p512, al*0x1p512, b, bl)
		factor = down
	}
	if lo == 0 {
		return hi * factor // hi+lo would turn -0 into +0
	}
	return (hi + lo) * factor
}
