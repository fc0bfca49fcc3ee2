package reference_test

import (
	"testing"

	"actinit/reference/oracle"
)

// BenchmarkReference times the scalar functions, which exhaustive verification
// calls 2^32 times, over arguments between -8 and 8.
func BenchmarkReference(b *testing.B) {
	for _, c := range claims {
		b.Run("f="+c.name, func(b *testing.B) {
			sum, x := 0.0, -8.0
			for b.Loop() {
				sum += c.value(x)
				if x += 0.37; x > 8 {
					x -= 16
				}
			}
			if sum == 0 {
				b.Fatal("all results are zero")
			}
		})
	}
}

func BenchmarkDecides32(b *testing.B) {
	decided := 0
	y := 0.1
	for b.Loop() {
		if _, ok := oracle.Decides32(y, 4*0x1p-53); ok {
			decided++
		}
		if y += 0.37; y > 1 {
			y -= 0.93
		}
	}
	if decided == 0 {
		b.Fatal("nothing was decided")
	}
}
