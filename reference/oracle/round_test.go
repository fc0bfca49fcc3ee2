package oracle_test

import (
	"math"
	"math/big"
	"testing"

	"actinit/reference/oracle"

	"pgregory.net/rapid"
)

// nearest32 rounds y to float32 the plain way: it finds the neighbours by
// bisection over the ordered bit patterns and compares the distances.
func nearest32(y *big.Float) float32 {
	if y.Signbit() {
		return -nearest32(new(big.Float).Neg(y))
	}
	// The largest finite number has the bits 0x7f7fffff; the next pattern stands for 2^128.
	value := func(bits uint32) *big.Float {
		if bits == 0x7f800000 {
			return new(big.Float).SetMantExp(big.NewFloat(1), 128)
		}
		return big.NewFloat(float64(math.Float32frombits(bits)))
	}
	below, above := uint32(0), uint32(0x7f800000)
	if y.Cmp(value(above)) >= 0 {
		return float32(math.Inf(1))
	}
	for above-below > 1 {
		if middle := below + (above-below)/2; value(middle).Cmp(y) <= 0 {
			below = middle
		} else {
			above = middle
		}
	}
	distance := func(bits uint32) *big.Float {
		d := new(big.Float).SetPrec(6000).Sub(y, value(bits))
		return d.Abs(d)
	}
	switch distance(below).Cmp(distance(above)) {
	case -1:
		return math.Float32frombits(below)
	case 0:
		return math.Float32frombits(below + below&1)
	}
	return math.Float32frombits(above)
}

// boundaryCase returns a float32 rounding boundary, or a float32, plus a
// relative offset of the size 2^-distance, or none.
func boundaryCase(bits uint32, half bool, distance int, direction int) *big.Float {
	if bits&0x7f800000 == 0x7f800000 {
		bits &^= 0x00800000
	}
	x := big.NewFloat(float64(math.Float32frombits(bits))).SetPrec(2000)
	if half { // the middle to the next number away from zero
		next := new(big.Float).Abs(x)
		next.Add(next, big.NewFloat(oracle.ULP32(float64(math.Float32frombits(bits)))/2))
		if x.Signbit() {
			next.Neg(next)
		}
		x = next
	}
	offset := new(big.Float).SetMantExp(x, -distance)
	switch direction {
	case -1:
		x.Sub(x, offset)
	case 1:
		x.Add(x, offset)
	}
	return x
}

func sameBits(a, b float32) bool { return math.Float32bits(a) == math.Float32bits(b) }

// TestRound32 gives Ziv's test values on and near boundaries, as wrong as the
// contract allows, and expects the plain rounding of the exact value.
func TestRound32(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		bits := rapid.Uint32().Draw(t, "bits")
		if rapid.Bool().Draw(t, "subnormal") {
			bits &= 0x80ffffff
		}
		y := boundaryCase(bits, rapid.Bool().Draw(t, "half"), rapid.IntRange(20, 900).Draw(t, "distance"), rapid.IntRange(-1, 1).Draw(t, "direction"))
		isExact := rapid.Bool().Draw(t, "exact")
		if y.MinPrec() <= 26 { // a float32, a boundary, or 0
			isExact = true
		}
		wrong := rapid.Float64Range(-1, 1).Draw(t, "wrong")
		calls := 0
		got := oracle.Round32(func(prec uint) (*big.Float, bool) {
			calls++
			if isExact {
				return y, true
			}
			error := new(big.Float).SetMantExp(big.NewFloat(wrong), -int(prec))
			error.SetPrec(2000).Mul(error, y)
			return error.SetPrec(4000).Add(error, y), false
		})
		if want := nearest32(y); !sameBits(got, want) {
			t.Fatalf("Round32(%.60g) = %x, want %x", y, got, want)
		}
		if isExact && calls != 1 {
			t.Fatalf("an exact value was asked for %d times", calls)
		}
	})
}

func TestRound64(t *testing.T) {
	third := func(prec uint) (*big.Float, bool) {
		return new(big.Float).SetPrec(prec+4).Quo(big.NewFloat(1), big.NewFloat(3)), false
	}
	if got := oracle.Round64(third); got != 1.0/3 {
		t.Errorf("1/3 rounds to %g", got)
	}
	// gelu(x) = x/2 + x^2/sqrt(2 pi) + ...: for the smallest x a tie that a term 2^-1074 as large breaks.
	for _, c := range []struct{ x, want float64 }{{5e-324, 5e-324}, {-5e-324, math.Copysign(0, -1)}, {3 * 5e-324, 2 * 5e-324}, {-3 * 5e-324, -5e-324}} {
		got := oracle.Round64(func(prec uint) (*big.Float, bool) { return oracle.GELU(prec, c.x), false })
		if math.Float64bits(got) != math.Float64bits(c.want) {
			t.Errorf("GELU(%g) rounds to %g, want %g", c.x, got, c.want)
		}
	}
	huge := new(big.Float).SetMantExp(big.NewFloat(1), 1024)
	if got := oracle.Round64(func(uint) (*big.Float, bool) { return huge, true }); !math.IsInf(got, 1) {
		t.Errorf("2^1024 rounds to %g", got)
	}
}

// TestRoundPanics: a contract that is broken is not answered by a guess.
func TestRoundPanics(t *testing.T) {
	for name, value := range map[string]func(uint) (*big.Float, bool){
		"zero that is not exact": func(uint) (*big.Float, bool) { return new(big.Float), false },
		"tie that is not exact":  func(uint) (*big.Float, bool) { return big.NewFloat(1 + 0x1p-24), false },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			oracle.Round32(value)
		}()
	}
}

// checkDecides compares Decides32 with the plain rounding of both ends.
func checkDecides(t interface {
	Fatalf(format string, args ...any)
	Helper()
}, y, bound float64) {
	t.Helper()
	got, ok := oracle.Decides32(y, bound)
	if math.IsNaN(y) {
		if !ok || got == got {
			t.Fatalf("Decides32(NaN, %g) = %g, %t", bound, got, ok)
		}
		return
	}
	if !(bound >= 0) {
		if ok {
			t.Fatalf("Decides32(%g, %g) decided", y, bound)
		}
		return
	}
	if math.IsInf(y, 0) || math.IsInf(bound, 0) {
		return
	}
	// ends rounds the ends of the interval around |y| whose radius is widened by a factor.
	ends := func(widen float64) (low, high float32) {
		magnitude := big.NewFloat(math.Abs(y))
		radius := new(big.Float).SetPrec(6000).Mul(big.NewFloat(bound), big.NewFloat(widen))
		if widen > 1 {
			radius.Add(radius, big.NewFloat(3*oracle.ULP64(y)))
		}
		l := new(big.Float).SetPrec(6000).Sub(magnitude, radius)
		if l.Sign() < 0 {
			l.SetFloat64(0)
		}
		h := new(big.Float).SetPrec(6000).Add(magnitude, radius)
		return nearest32(l), nearest32(h)
	}
	low, high := ends(1)
	if ok {
		want := float32(math.Copysign(float64(high), y))
		if low != high || !sameBits(got, want) {
			t.Fatalf("Decides32(%g, %g) = %g, but the ends round to %g and %g", y, bound, got, low, high)
		}
		return
	}
	if low, high = ends(1.000001); low == high && bound < 1e300 {
		t.Fatalf("Decides32(%g, %g) is undecided, but even a wider interval rounds to %g", y, bound, low)
	}
}

func TestDecides32(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		bits := rapid.Uint32().Draw(t, "bits")
		if rapid.Bool().Draw(t, "subnormal") {
			bits &= 0x80ffffff
		}
		near, _ := boundaryCase(bits, rapid.Bool().Draw(t, "half"), rapid.IntRange(20, 70).Draw(t, "distance"), rapid.IntRange(-1, 1).Draw(t, "direction")).Float64()
		bound := rapid.Float64Range(0, 8).Draw(t, "ulps") * oracle.ULP64(near)
		checkDecides(t, near, bound)
		checkDecides(t, near, math.Ldexp(bound, rapid.IntRange(0, 60).Draw(t, "wide")))
	})
}

func TestDecides32Special(t *testing.T) {
	negZero := math.Copysign(0, -1)
	half := 0x1p-150 // half of the smallest float32: a tie to 0
	overflow := 0x1.ffffffp127
	for _, c := range []struct {
		y, bound float64
		want     float32
		ok       bool
	}{
		{0, 0, 0, true},
		{negZero, 0, float32(negZero), true},
		{negZero, 0x1p-1070, float32(negZero), true}, // underflowed, the sign is known
		{0, 0x1p-149, 0, false},
		{half, 0, 0, true},
		{half, 0x1p-1074, 0, false},
		{3 * half, 0, 0x1p-148, true},
		{math.Nextafter(half, 0), 0x1p-203, 0, false},
		{0.9999 * half, 1e-60, 0, true},
		{overflow, 0, float32(math.Inf(1)), true}, // the tie to 2^128
		{overflow, 1, 0, false},
		{math.Nextafter(overflow, 0), 0, math.MaxFloat32, true},
		{1e300, 1e280, float32(math.Inf(1)), true},
		{math.Inf(-1), 1, float32(math.Inf(-1)), true},
		{math.MaxFloat64, 1e300, float32(math.Inf(1)), true},
		{1, math.Inf(1), 0, false},
	} {
		got, ok := oracle.Decides32(c.y, c.bound)
		if ok != c.ok || ok && !sameBits(got, c.want) {
			t.Errorf("Decides32(%g, %g) = %g, %t, want %g, %t", c.y, c.bound, got, ok, c.want, c.ok)
		}
	}
}

func FuzzDecides32(f *testing.F) {
	f.Add(1+0x1p-24, 0x1p-60)
	f.Add(0x1p-150, 0x1p-1074)
	f.Add(0x1.ffffffp127, 1.0)
	f.Add(math.Copysign(0, -1), 5e-324)
	f.Add(math.NaN(), 1.0)
	f.Add(1.0, -1.0)
	f.Fuzz(func(t *testing.T, y, bound float64) { checkDecides(t, y, bound) })
}
