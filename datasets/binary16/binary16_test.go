package binary16

import (
	"math"
	"testing"
)

// TestFloat32 holds all bits against the definition: (-1)^sign 2^(e-15) (1 + f/1024), or 2^-14 f/1024.
func TestFloat32(t *testing.T) {
	for bits := range 1 << 16 {
		sign, e, f := 1-2*float64(bits>>15), bits>>10&31, float64(bits&1023)/1024
		want := sign * math.Ldexp(1+f, e-15)
		switch {
		case e == 0:
			want = math.Copysign(math.Ldexp(f, -14), sign)
		case e == 31 && f == 0:
			want = math.Inf(int(sign))
		case e == 31:
			want = math.NaN()
		}
		got := float64(Float32(uint16(bits)))
		if math.Float64bits(got) != math.Float64bits(want) && !(math.IsNaN(got) && math.IsNaN(want)) {
			t.Fatalf("bits %04x: %v, want %v", bits, got, want)
		}
	}
}
