package gemm

import (
	"fmt"
	"testing"
)

// BenchmarkTile tells what the arithmetic of the machine allows: all is in the first-level cache.
func BenchmarkTile(b *testing.B) {
	const k = 128
	for name, r := range variants() {
		c, x, y := make([]float32, r.rows*r.columns), make([]float32, r.panel*k), make([]float32, r.columns*k)
		for _, rows := range []int{r.rows, 4, 1} {
			b.Run(fmt.Sprintf("variant=%s/rows=%d", name, rows), func(b *testing.B) {
				for b.Loop() {
					r.tile(&c[0], r.columns, &x[0], &y[0], k, rows, true, &c[0], &c[0], 0)
				}
				b.ReportMetric(2*float64(rows*r.columns*k)*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "GFLOP/s")
			})
		}
	}
}
