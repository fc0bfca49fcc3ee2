package kernels

import "math"

// The exponential of the float64 kernels.
//
// It writes x = n*ln2/8 + rest + r with an integer n and |r| < ln2/16 + 2^-21, and e^x =
// s * e^r with s = 2^(n/8) rounded to 21 bits and rest = ln(2^(n/8)/s), from a table of 8.
// Because s is short, s+1 and s-1 are exact for 2^-32 <= s <= 2^53.
//
// These functions, and the kernels built on them, are straight sequences of operations each of
// which IEEE 754 fixes. kernels/_asm describes the same sequences for vectors: the bits are the
// same. What the sequences do not cover, the scalar kernels do in another way, and the
// vectors leave to them.
//
// Errors are in units of u = 2^-53. x - n*lnStep is exact: it is a multiple of 2^-57
// below 2^-4. Rounding its sum with the rest loses 2^-58, u/32, unless that is made up for.

// end64 is the largest |x| for which the float64 kernels take e^-|x| in this way: what is
// computed from it is normal, low parts included.
const end64 = 700

// expSplit returns s, exact and rest with e^x = s * e^(exact+rest), for |x| <= 709.
func expSplit(x float64) (s, exact, rest float64) {
	t := math.FMA(x, stepsPerUnit, shift)
	n := t - shift
	bits := math.Float64bits(t)
	row := &expPowers[bits%8]
	return math.Float64frombits(row.bits + bits<<49), math.FMA(-n, lnStep, x), math.FMA(-n, lnStepRest, row.rest)
}

// expm1Short returns e^(exact+rest) - 1. Its error is 2^-56.4, u/32 for the sum and u/32 for
// the result: 0.16u of s*e^r.
func expm1Short(exact, rest float64) float64 {
	r := exact + rest
	r2 := float64(r * r)
	q := math.FMA(math.FMA(math.FMA(shortExp7, r, shortExp6), r2, math.FMA(shortExp5, r, shortExp4)), r2, math.FMA(shortExp3, r, shortExp2))
	return math.FMA(r2, q, r)
}

// expm1Long returns e^(exact+rest) - 1 as p+pl. Three roundings in r^2*q are 1.5u of it, and so
// 0.04u of the sum; the polynomial adds 0.01u.
func expm1Long(exact, rest float64) (p, pl float64) {
	r := exact + rest
	rl := (exact - r) + rest
	r2 := float64(r * r)
	q := math.FMA(math.FMA(math.FMA(longExp8, r2, math.FMA(longExp7, r, longExp6)), r2, math.FMA(longExp5, r, longExp4)), r2, math.FMA(longExp3, r, longExp2))
	return fastTwoSum(r, math.FMA(r2, q, rl))
}

// onePlusExp returns 1 + e^-x as d+dl, with an error of 0.16u of e^-x, for -end64 <= x. Above
// 60 it is that of 60.
func onePlusExp(x float64) (d, dl float64) {
	if x > 60 {
		x = 60
	}
	s, exact, rest := expSplit(-x)
	return onePlus(s, expm1Short(exact, rest))
}

// onePlus returns 1 + s*(1+p) as d+dl.
func onePlus(s, p float64) (d, dl float64) {
	hi, lo := twoSum(1, s)
	d = math.FMA(s, p, hi)
	return d, math.FMA(s, p, hi-d) + lo
}

// expMinus1 returns e^x - 1 as u+ul, with an error of 0.06u, for x <= 0. Below -40 it
// is that of -40, which is -1 to 2^-57.
func expMinus1(x float64) (u, ul float64) {
	if x < -40 {
		x = -40
	}
	s, exact, rest := expSplit(x)
	p, pl := expm1Long(exact, rest)
	minus, low := fastTwoSum(-1, s)
	return plusScaled(minus, low, s, p, pl)
}

// product is pairTimes in fewer operations, fused ones.
func product(a, al, b, bl float64) (hi, lo float64) {
	hi = float64(a * b)
	return hi, math.FMA(al, b, math.FMA(a, bl, math.FMA(a, b, -hi)))
}

// plusScaled returns a+al + s*(p+pl), for |a| > |s*p| or a = 0.
func plusScaled(a, al, s, p, pl float64) (hi, lo float64) {
	hi = math.FMA(s, p, a)
	return hi, math.FMA(s, p, a-hi) + math.FMA(s, pl, al)
}
