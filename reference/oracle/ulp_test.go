package oracle_test

import (
	"fmt"
	"math"
	"math/big"
	"testing"

	"actinit/reference/oracle"

	"pgregory.net/rapid"
)

func TestULP(t *testing.T) {
	for _, c := range []struct{ y, ulp32, ulp64 float64 }{
		{1, 0x1p-23, 0x1p-52},
		{-1.99, 0x1p-23, 0x1p-52},
		{0.9999999, 0x1p-24, 0x1p-53},
		{0, 0x1p-149, 0x1p-1074},
		{0x1p-126, 0x1p-149, 0x1p-178},
		{0x1p-127, 0x1p-149, 0x1p-179},
		{0x1p-140, 0x1p-149, 0x1p-192},
		{0x1p-1022, 0x1p-149, 0x1p-1074},
		{5e-324, 0x1p-149, 0x1p-1074},
		{math.MaxFloat32, 0x1p104, 0x1p75},
		{0x1p128, 0x1p105, 0x1p76},
		{math.Inf(-1), math.Inf(1), math.Inf(1)},
	} {
		if a, b := oracle.ULP32(c.y), oracle.ULP64(c.y); a != c.ulp32 || b != c.ulp64 {
			t.Errorf("ULP32, ULP64(%g) = %g, %g, want %g, %g", c.y, a, b, c.ulp32, c.ulp64)
		}
	}
	if !math.IsNaN(oracle.ULP32(math.NaN())) {
		t.Error("ULP32(NaN) is a number")
	}
}

// TestULPIsSpacing: between a float and the next one away from zero lies one ulp.
func TestULPIsSpacing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := math.Float32frombits(rapid.Uint32Range(0, 0x7f7ffffe).Draw(t, "bits"))
		next := math.Nextafter32(x, float32(math.Inf(1)))
		if got := oracle.ULP32(float64(x)); got != float64(next)-float64(x) {
			t.Fatalf("ULP32(%g) = %g, want %g", x, got, float64(next)-float64(x))
		}
		y := math.Float64frombits(rapid.Uint64Range(0, 0x7feffffffffffffe).Draw(t, "bits64"))
		if got := oracle.ULP64(y); got != math.Nextafter(y, math.Inf(1))-y {
			t.Fatalf("ULP64(%g) = %g", y, got)
		}
	})
}

func TestErrorInULP(t *testing.T) {
	inf := math.Inf(1)
	beyond := new(big.Float).SetMantExp(big.NewFloat(1), 3000)
	for _, c := range []struct {
		got  float64
		y    *big.Float
		want float64
	}{
		{1, big.NewFloat(1), 0},
		{1, big.NewFloat(1 + 0x1p-24), 0.5},
		{1, big.NewFloat(1 - 0x1p-24), 1}, // the exact value's binade has the smaller spacing
		{-2, big.NewFloat(-2 + 0x1p-20), 8},
		{0, big.NewFloat(0x1p-150), 0.5},
		{0, new(big.Float), 0},
		{0x1p-149, new(big.Float), 1},
		{inf, beyond, 0},
		{-inf, beyond, inf},
		{inf, big.NewFloat(1), inf},
		{math.NaN(), big.NewFloat(1), inf},
		{math.MaxFloat32, big.NewFloat(0x1p128), 0.5},
	} {
		if e := oracle.Error32(float32(c.got), c.y); e != c.want {
			t.Errorf("Error32(%g, %g) = %g, want %g", c.got, c.y, e, c.want)
		}
	}
	if e := oracle.Error64(0, big.NewFloat(0x1p-1074)); e != 1 {
		t.Errorf("Error64(0, 2^-1074) = %g, want 1", e)
	}
}

func ExampleRound32() {
	// 1/2 + x/4 - x^3/48 + ...: to the precision of float64 a tie, which the cubic term breaks.
	x := math.Ldexp(1+0x1p-23, -22)
	y := oracle.Round32(func(prec uint) (*big.Float, bool) { return oracle.Sigmoid(prec, x), false })
	fmt.Println(y)
	// Output: 0.50000006
}

func ExampleDecides32() {
	y := math.Tanh(0.25) // a float64 value, known to be at most 4 of its ulps off
	r, ok := oracle.Decides32(y, 4*oracle.ULP64(y))
	fmt.Println(r, ok)
	// Output: 0.24491866 true
}
