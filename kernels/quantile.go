package kernels

import (
	"math"
	"math/bits"
)

// The normal fills need the quantile z(p) of the standard normal distribution
// at p = (w+1/2)/2^32 for every word w, or (w+1/2)/2^64. By symmetry a word with
// its top bit set is the negative of its complement's, so that
// p = (n+1/2)/2^32 < 1/2, and z < 0.
//
// Between two powers of two z is smooth: each octave of p has a polynomial,
// in float64 each quarter of an octave. No logarithm, no root and no branch are
// needed, and 32 rows are what two vector registers hold for a permutation to look up.

// A quantileRow32 holds, for an octave, the centre, the coefficients of t^0 .. t^9 and a second part
// of that of t, for p = m * 2^k, m in [1, 2) and t = m - centre. That of t^9 is the same in all rows.
// The row's number is the low five bits of the exponent of 2^32 p.
type quantileRow32 [12]float32

// quantileWide32 is quantileTable32 in float64. To convert a coefficient where it is needed takes four times as long
// for all: the instruction waits for what was in its register.
var quantileWide32 = func() (wide [len(quantileTable32)][len(quantileRow32{})]float64) {
	for r, row := range quantileTable32 {
		for i, x := range row {
			wide[r][i] = float64(x)
		}
	}
	return wide
}()

// normalQuantile32 is z for the word w, with an error below 1 ULP of the quantile
// of p, n+1/2 being cut to 24 bits. Its operations are float32 ones, fused and each rounded once.
// Here a product is exact in float64, and its sum rounded twice; no word tells
// the difference (TestNormalQuantile32 -exhaustive).
func normalQuantile32(w uint32) float32 {
	n := w ^ uint32(int32(w)>>31)
	cut := math.Float64bits(float64(n)+.5) &^ (1<<29 - 1)
	c := &quantileWide32[cut>>52&31]
	t := math.Float64frombits(cut&(1<<52-1)|one64) - c[0]
	z := float64(float32(float64(c[10]*t) + c[9]))
	z = float64(float32(float64(z*t) + c[8]))
	z = float64(float32(float64(z*t) + c[7]))
	z = float64(float32(float64(z*t) + c[6]))
	z = float64(float32(float64(z*t) + c[5]))
	z = float64(float32(float64(z*t) + c[4]))
	z = float64(float32(float64(z*t) + c[3]))
	z = float64(float32(float64(z*t) + c[2]))
	z = float64(float32(float64(z*t) + c[1]))
	z = float64(c[11]*t) + z
	return math.Float32frombits(math.Float32bits(float32(z)) | ^w&sign32)
}

// A quantileRow64 is the polynomial of a quarter octave: constant and slope as
// sums of two numbers, then the coefficients of t^2 .. t^13.
type quantileRow64 [16]float64

// normalQuantile64 is z for the 64-bit word w, with an error below 1 ULP. Shifting 2n+1 to its
// leading one and subtracting the middle of the interval, both exact in integers, leaves t in
// [-1, 1]. In the interval that ends at p = 1/2 t counts from there, in [-2, 0),
// and the constant is 0: z keeps its relative accuracy around its zero.
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
