package kernels

// A pair is an unevaluated sum hi+lo of two float64 with |lo| <= ulp(hi) or so:
// about 106 bits.

// twoSum returns a+b rounded, and the rounding error exactly.
func twoSum(a, b float64) (hi, lo float64) {
	hi = a + b
	t := hi - a
	return hi, (a - (hi - t)) + (b - t)
}

// fastTwoSum is twoSum for |a| >= |b| or a = 0.
func fastTwoSum(a, b float64) (hi, lo float64) {
	hi = a + b
	return hi, (a - hi) + b
}
