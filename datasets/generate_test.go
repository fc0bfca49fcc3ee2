package datasets

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"math"
	"testing"
)

func generate[T Float](t *testing.T, name string, seed uint64, n int) []T {
	t.Helper()
	x, err := Generate[T](name, seed, n)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// TestGeneratorsKeepTheirBits holds that every platform draws the same values,
// and that stored runs can be repeated: a changed hash breaks both.
func TestGeneratorsKeepTheirBits(t *testing.T) {
	want := map[string]string{
		"normal":    "e4d2508e0356481b",
		"uniform":   "951109699868a053",
		"unit":      "7dc6e5d37f9e5000",
		"bits":      "a100181b08932ce8",
		"binades":   "3125abceba4a9654",
		"subnormal": "c60a79e14a48ed38",
		"special":   "d9110ea9e882893d",
	}
	for _, g := range Generators() {
		hash := fnv.New64a()
		for _, v := range generate[float32](t, g.Name, 7, 5000) {
			_ = binary.Write(hash, binary.LittleEndian, math.Float32bits(v)) // a hash takes everything
		}
		for _, v := range generate[float64](t, g.Name, 7, 5000) {
			_ = binary.Write(hash, binary.LittleEndian, math.Float64bits(v))
		}
		if got := fmt.Sprintf("%016x", hash.Sum64()); got != want[g.Name] {
			t.Errorf("%q: %q, want %q", g.Name, got, want[g.Name])
		}
	}
}

func TestGeneratePrefix(t *testing.T) {
	for _, g := range Generators() {
		short, long := generate[float64](t, g.Name, 3, 1001), generate[float64](t, g.Name, 3, 3000)
		for i := range short {
			if math.Float64bits(short[i]) != math.Float64bits(long[i]) {
				t.Errorf("%s: element %d depends on the length", g.Name, i)
				break
			}
		}
		if g.Sentence == "" {
			t.Errorf("%s says nothing of itself", g.Name)
		}
	}
}

func TestGenerateRefuses(t *testing.T) {
	const want = `unknown generator "gauss": there are normal, uniform, unit, bits, binades, subnormal, special`
	if _, err := Generate[float32]("gauss", 1, 1); err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
	if _, err := Generate[float32]("normal", 1, -1); err == nil {
		t.Error("-1 values are generated")
	}
}

func TestUniformRange(t *testing.T) {
	for name, bounds := range map[string][2]float32{"uniform": {-20, 20}, "unit": {0, 1}} {
		for _, v := range generate[float32](t, name, 5, 1<<16) {
			if v < bounds[0] || v > bounds[1] {
				t.Fatalf("%s: %g", name, v)
			}
		}
	}
}

func TestBinadesAreComplete(t *testing.T) {
	seen := map[uint32]bool{}
	for _, v := range generate[float32](t, "binades", 1, 3*2*binades32) {
		seen[math.Float32bits(v)>>23] = true
	}
	if len(seen) != 2*binades32 || seen[0xff] || seen[0x1ff] {
		t.Errorf("%d of %d binades", len(seen), 2*binades32)
	}
	seen64 := map[uint64]bool{}
	for _, v := range generate[float64](t, "binades", 1, 2*binades64) {
		seen64[math.Float64bits(v)>>52] = true
	}
	if len(seen64) != 2*binades64 {
		t.Errorf("%d of %d binades of float64", len(seen64), 2*binades64)
	}
}

func TestSubnormals(t *testing.T) {
	for i, v := range generate[float32](t, "subnormal", 1, 10000) {
		if v == 0 || math.Abs(float64(v)) >= 0x1p-126 || math.Signbit(float64(v)) != (i%2 == 1) {
			t.Fatalf("element %d: %g", i, v)
		}
	}
	for i, v := range generate[float64](t, "subnormal", 1, 10000) {
		if v == 0 || math.Abs(v) >= 0x1p-1022 || math.Signbit(v) != (i%2 == 1) {
			t.Fatalf("element %d: %g", i, v)
		}
	}
}

func TestSpecialHoldsTheEdges(t *testing.T) {
	seen := map[uint32]bool{}
	for _, v := range generate[float32](t, "special", 1, 1000) {
		seen[math.Float32bits(v)] = true
	}
	for _, bits := range []uint32{
		0, 0x80000000, // zeros
		0x7f800000, 0xff800000, // infinities
		0x7fc00000, 0x7f800001, // quiet and signalling NaN
		1, 0x80000001, 0x007fffff, 0x00800000, 0x7f7fffff, // ends of the ranges
		0x3f800000, 0x3f7fffff, 0x3f800001, // 1 and its neighbours
	} {
		if !seen[bits] {
			t.Errorf("%#08x is missing", bits)
		}
	}
}

func TestNormalMoments(t *testing.T) {
	x := generate[float64](t, "normal", 1, 1<<18)
	var sum, squares, fourth float64
	for _, v := range x {
		sum += v
		squares += v * v
		fourth += v * v * v * v
	}
	n := float64(len(x))
	for _, m := range []struct {
		name                string
		got, want, variance float64 // of one term
	}{{"mean", sum / n, 0, 1}, {"variance", squares / n, 1, 2}, {"fourth moment", fourth / n, 3, 96}} {
		if math.Abs(m.got-m.want) > 5*math.Sqrt(m.variance/n) {
			t.Errorf("%s %g, want %g", m.name, m.got, m.want)
		}
	}
}

// TestLogarithm holds the generator's own logarithm against the library's.
func TestLogarithm(t *testing.T) {
	for _, u := range generate[float64](t, "unit", 2, 10000) {
		for _, s := range []float64{u, u * u * 0x1p-60, 1 - u*0x1p-40} {
			if s == 0 {
				continue
			}
			if got, want := logarithm(s), math.Log(s); math.Abs(got-want) > 2e-15*math.Abs(want) {
				t.Fatalf("ln %g = %g, want %g", s, got, want)
			}
		}
	}
}
