package kernels

import (
	"math"
	"testing"
)

// Half of an odd subnormal x is a tie, which x^2/4 breaks upwards: SiLU of
// m*2^-149 is (m+1)/2 and that of -m*2^-149 is -(m-1)/2, in units of 2^-149.
func TestSiLUSubnormal(t *testing.T) {
	const step = 97 // 1 tries all, in two seconds
	for m := uint32(1); m < 1<<23; m += step {
		if got, want := math.Float32bits(silu32(math.Float32frombits(m))), (m+1)/2; got != want {
			t.Fatalf("silu of %d units is %d units, want %d", m, got, want)
		}
		if got, want := math.Float32bits(silu32(math.Float32frombits(sign32|m))), sign32|m/2; got != want {
			t.Fatalf("silu of -%d units is %#x, want %#x", m, got, want)
		}
	}
}
