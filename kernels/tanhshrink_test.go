package kernels

import (
	"math"
	"math/big"
	"testing"
)

// TestTanhshrinkPolynomial computes the coefficients again, and holds them to
// their stated error.
func TestTanhshrinkPolynomial(t *testing.T) {
	ratio := func(p, q *big.Float) *big.Float { return new(big.Float).SetPrec(400).Quo(p, q) }
	whole := func(i int64) *big.Float { return new(big.Float).SetPrec(400).SetInt64(i) }
	factorial := func(n int) *big.Float {
		return new(big.Float).SetPrec(400).SetInt(new(big.Int).MulRange(1, int64(n)))
	}
	// x - tanh(x) = (x*cosh(x) - sinh(x))/cosh(x), and the numerator is the sum of
	// 2k/(2k+1)! * x^(2k+1).
	f := func(s *big.Float) *big.Float {
		numerator := series(s, func(i int) *big.Float {
			c := ratio(whole(int64(2*i+4)), factorial(2*i+5))
			return c.Sub(c, ratio(ratio(whole(1), factorial(2*i+2)), whole(3)))
		})
		return ratio(numerator, series(s, func(i int) *big.Float { return ratio(whole(1), factorial(2*i)) }))
	}
	got := []float64{shrink0, shrink1, shrink2, shrink3, shrink4, shrink5, shrink6, shrink7, shrink8}
	for i, want := range interpolate(len(got), 1./16, f) {
		if math.Abs(got[i]-want) > math.Abs(want)*0x1p-50 {
			t.Errorf("coefficient %d is %x, computed %x", i, got[i], want)
		}
	}
	for i := range 400 {
		s := whole(int64(i))
		s.Quo(s, whole(400*16))
		sum := whole(0)
		for j := len(got) - 1; j >= 0; j-- {
			sum.Add(sum.Mul(sum, s), new(big.Float).SetFloat64(got[j]))
		}
		off := sum.Sub(sum, f(s))
		if e, _ := off.Mul(off, s).Mul(off, whole(3)).Float64(); math.Abs(e) > 0x1p-60 {
			t.Errorf("error 2^%.1f at %v", math.Log2(math.Abs(e)), s)
		}
	}
}

// Where x^3/3 has 25 bits it is a tie, which -2x^5/15 breaks toward 0: x = 3k*2^e
// with odd k has x^3/3 = 9k^3*2^3e. So are odd multiples of 2^-150.
func TestTanhshrinkTies(t *testing.T) {
	ties := 0
	for k := uint64(1); k <= 155; k += 2 {
		cube := 9 * k * k * k
		for e := -60; e < -22; e++ { // x is so small that the next term does no more than break the tie
			x := math.Ldexp(3*float64(k), e)
			y := math.Ldexp(float64(cube), 3*e)
			spacing := max(math.Ilogb(y)-23, -149)
			if 3*e != spacing-1 {
				continue
			}
			ties++
			want := float32(y - math.Ldexp(1, 3*e)) // the float32 below the tie
			for _, sign := range []float32{1, -1} {
				if got := tanhshrink32(sign * float32(x)); got != sign*want {
					t.Errorf("tanhshrink(%g) = %x, want %x", sign*float32(x), got, sign*want)
				}
			}
		}
	}
	if ties < 100 {
		t.Errorf("only %d ties tried", ties)
	}
}

// x^2 is a tie where it has 25 bits, which -2x^4/3 breaks toward 0.
func TestTanhshrinkDerivativeTies(t *testing.T) {
	for m := uint64(4097); m < 5793; m += 2 { // m^2 has 25 bits
		for e := -80; e < -30; e++ {
			x, square := math.Ldexp(float64(m), e), math.Ldexp(float64(m*m), 2*e)
			if math.Ilogb(square) < -126 {
				continue
			}
			want := float32(square - math.Ldexp(1, 2*e))
			if got := tanhshrinkDerivative32(float32(x)); got != want {
				t.Fatalf("tanhshrink'(%g) = %x, want %x", x, got, want)
			}
		}
	}
}

// From 2^24 to 2^25, x-1 is a tie, which 1-tanh(x) breaks away from 0.
func TestTanhshrinkDistant(t *testing.T) {
	for x := float32(1<<24 - 4); x < 1<<24+40; x = math.Nextafter32(x, 1<<30) {
		want := x - 1
		if x > 1<<24 {
			want = x
		}
		if got := tanhshrink32(x); got != want {
			t.Errorf("tanhshrink(%v) = %v, want %v", x, got, want)
		}
		if got := tanhshrink32(-x); got != -want {
			t.Errorf("tanhshrink(%v) = %v, want %v", -x, got, -want)
		}
	}
}
