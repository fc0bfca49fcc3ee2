package kernels

import (
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"actinit/reference/oracle"
)

// A pair is rounded to float32 as the exact sum is, near ties and among
// subnormals too.
func TestRound32(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := math.Float32frombits(rapid.Uint32().Draw(t, "bits"))
		if f-f != 0 {
			t.Skip("drew a NaN or an infinity, which have no neighbourhood to round in")
		}
		// Near f, or near the middle between f and its neighbour.
		hi := float64(f)
		next := float64(math.Float32frombits(math.Float32bits(f) + 1))
		if next-next == 0 && rapid.Bool().Draw(t, "tie") {
			hi += (next - hi) / 2
		}
		hi = math.Float64frombits(math.Float64bits(hi) + uint64(rapid.IntRange(-2, 2).Draw(t, "ulps")))
		if hi-hi != 0 {
			t.Skip("drew a NaN or an infinity, which have no neighbourhood to round in")
		}
		lo := hi * math.Ldexp(rapid.Float64Range(-1, 1).Draw(t, "lo"), -53-rapid.IntRange(0, 200).Draw(t, "down"))
		hi, lo = fastTwoSum(hi, lo)
		sum := new(big.Float).SetPrec(2400).SetFloat64(hi)
		want, _ := sum.Add(sum, new(big.Float).SetFloat64(lo)).Float32()
		if got := round32(hi, lo); got != want {
			t.Fatalf("round32(%x, %x) = %x, want %x", hi, lo, got, want)
		}
	})
}

// A product of pairs is rounded once where it is normal, however small it and
// its factors are, and stays on the right side of subnormal numbers.
func TestRoundedTimes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := -math.Ldexp(rapid.Float64Range(.5, 1).Draw(t, "a"), -rapid.IntRange(0, 1074).Draw(t, "down"))
		b := math.Ldexp(rapid.Float64Range(.5, 1).Draw(t, "b"), rapid.IntRange(-1073, 1024).Draw(t, "up"))
		al, bl := math.Ldexp(a, -60), math.Ldexp(b, -54)
		if b-b != 0 {
			t.Skip("drew a NaN or an infinity, which have no neighbourhood to round in")
		}
		term := func(x float64) *big.Float { return new(big.Float).SetPrec(4300).SetFloat64(x) }
		exact := term(a)
		exact.Mul(exact.Add(exact, term(al)), new(big.Float).Add(term(b), term(bl)))
		got := roundedTimes(a, al, b, bl)
		bound := .5 + 0x1p-40
		if math.Abs(got) < 0x1p-1022 {
			bound = .75 + 0x1p-40 // twice rounded
		}
		if e := oracle.Error64(got, exact); e > bound || !math.Signbit(got) {
			t.Fatalf("(%x + %x) * (%x + %x) = %x has an error of %v ULP", a, al, b, bl, got, e)
		}
	})
}

// A value that is not doubtful rounds as everything within its slack does.
func TestDoubtful32(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		y := math.Float64frombits(rapid.Uint64Range(math.Float64bits(smallestNormal32), math.Float64bits(0x1p127)).Draw(t, "bits"))
		below := math.Float64frombits(math.Float64bits(y) - slack32)
		above := math.Float64frombits(math.Float64bits(y) + slack32)
		if !doubtful32(y) && float32(below) != float32(above) {
			t.Fatalf("%x is not doubtful, but its neighbourhood rounds to %x and %x", y, float32(below), float32(above))
		}
		tie := math.Float64frombits(math.Float64bits(y)&^(1<<29-1) | 1<<28)
		if !doubtful32(tie) {
			t.Fatalf("the tie %x is not doubtful", tie)
		}
	})
}
