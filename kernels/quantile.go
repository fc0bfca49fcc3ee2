package kernels

import (
	"math"
	"math/bits"
)

// The normal fills need the quantile z(p) of the standard normal distribution
// at p = (w+1/2)/2^32 for every word w, or (w+1/2)/2^64. By symmetry a word with
// its top bit set is the negative of its complement's, so that
// p = (2n+1)/2^33 <= 1/2, and z <= 0.
//
// Between two powers of two z is smooth: each octave of 2n+1 has a polynomial,
// in float64 each quarter of an octave. Shifting 2n+1 to its leading one and
// subtracting the middle of the interval, both exact in integers, leaves t in
// [-1, 1]. In the interval that ends at p = 1/2 t counts from there, in [-2, 0),
// and the constant is 0: z keeps its relative accuracy around its zero.
// No logarithm, no root and no branch are needed, and 32 rows are what two vector
// registers hold for a permutation to look up.

// A quantileRow32 is the polynomial of an octave: constant and slope as sums of
// two numbers, then the coefficients of t^2 .. t^9.
type quantileRow32 [12]float32

// normalQuantile32 is z for the word w, with an error below 1 ULP.
func normalQuantile32(w uint32) float32 {
	sign := w & sign32
	n := w ^ uint32(int32(w)>>31)
	odd := 2*n + 1
	row := bits.LeadingZeros32(odd)
	middle := uint32(3 << 30)
	if row == 0 {
		middle = 0 // 2^32
	}
	fromMiddle := int32(odd<<row - middle)
	rounded := float32(fromMiddle)
	t, tLow := rounded*0x1p-30, float32(fromMiddle-int32(rounded))*0x1p-30
	c := &quantileTable32[row&31]

	// The conversions forbid fusing: the bits must be the same everywhere.
	t2 := t * t
	q := c[10] + float32(c[11]*t)
	q = c[8] + float32(c[9]*t) + float32(t2*q)
	q = c[6] + float32(c[7]*t) + float32(t2*q)
	q = c[4] + float32(c[5]*t) + float32(t2*q)
	// c0 + c1*t with what its roundings lose: the product's by its exact value
	// (48 bits, which a float64 holds; a fused multiply-add in vector code).
	product := float32(c[2] * t)
	low := float32(float64(float64(c[2])*float64(t)) - float64(product))
	z := c[0] + product
	low += product - (z - c[0]) // |c0| > |c1*t| or c0 = 0
	low += c[1] + (float32(c[3]*t) + float32(c[2]*tLow))
	z += low + float32(q*t2)
	return math.Float32frombits(math.Float32bits(z) ^ sign)
}

// A quantileRow64 is the polynomial of a quarter octave: constant and slope as
// sums of two numbers, then the coefficients of t^2 .. t^13.
type quantileRow64 [16]float64

// normalQuantile64 is z for the 64-bit word w, with an error below 1 ULP.
func normalQuantile64(w uint64) float64 {
	sign := w & sign64
	n := w ^ uint64(int64(w)>>63)
	odd := 2*n + 1
	octave := bits.LeadingZeros64(odd)
	odd <<= octave
	row := octave<<2 | int(odd>>61&3)
	middle := odd&(7<<61) | 1<<60
	if row == 3 {
		middle = 0 // 2^64
	}
	fromMiddle := int64(odd - middle)
	rounded := float64(fromMiddle)
	t, tLow := rounded*0x1p-60, float64(fromMiddle-int64(rounded))*0x1p-60
	c := &quantileTable64[row&255]

	t2 := t * t
	q := c[14] + float64(c[15]*t)
	q = c[12] + float64(c[13]*t) + float64(t2*q)
	q = c[10] + float64(c[11]*t) + float64(t2*q)
	q = c[8] + float64(c[9]*t) + float64(t2*q)
	q = c[6] + float64(c[7]*t) + float64(t2*q)
	q = c[4] + float64(c[5]*t) + float64(t2*q)
	product := float64(c[2] * t)
	low := math.FMA(c[2], t, -product)
	z := c[0] + product
	low += product - (z - c[0])
	low += c[1] + (float64(c[3]*t) + float64(c[2]*tLow))
	z += low + float64(q*t2)
	return math.Float64frombits(math.Float64bits(z) ^ sign)
}
