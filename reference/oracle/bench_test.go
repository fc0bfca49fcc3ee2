package oracle_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"
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
