package oracle_test

import (
	"fmt"
	"maps"
	"math/big"
	"slices"
	"testing"

	"actinit/reference/oracle"
)

// BenchmarkOracle times one value at 128 bits. Exhaustive verification sends
// the undecided inputs here, tiny ones by the million.
func BenchmarkOracle(b *testing.B) {
	for _, name := range slices.Sorted(maps.Keys(functions)) {
		for _, x := range []float64{1e-40, 0.3, 0.9, 7.3, -3.1, -13.0} {
			if x < 0 && (name == "Log" || name == "Log1p") || (x > 1 || x < 0) && name == "NormalQuantile" {
				continue
			}
			b.Run(fmt.Sprintf("f=%s/x=%g", name, x), func(b *testing.B) {
				for b.Loop() {
					functions[name](128, x)
				}
			})
		}
	}
}

// BenchmarkRound32 decides inputs that float64 cannot: x/2 of an odd subnormal
// float32 is a tie for GELU, which a term 2^-148 as large breaks, and
// 1/2 + x/4 a near-tie for the sigmoid.
func BenchmarkRound32(b *testing.B) {
	for _, c := range []struct {
		name string
		f    func(prec uint, x float64) *big.Float
		x    float64
	}{
		{"GELU", oracle.GELU, 0x1p-149},
		{"SiLU", oracle.SiLU, 0x1p-149},
		{"GELUTanh", oracle.GELUTanh, 0x1p-149},
		{"Sigmoid", oracle.Sigmoid, 0x1.000002p-22},
	} {
		b.Run("f="+c.name, func(b *testing.B) {
			for b.Loop() {
				oracle.Round32(func(prec uint) (*big.Float, bool) { return c.f(prec, c.x), false })
			}
		})
	}
}
