package gemm

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// benchShapes are the products of layers of 4096 units and a batch of 256, and smaller ones.
var benchShapes = []struct {
	name                     string
	m, n, k                  int
	aTransposed, bTransposed bool
}{
	{"forward", 256, 4096, 4096, false, true},
	{"weights", 4096, 4096, 256, true, false},
	{"inputs", 256, 4096, 4096, false, false},
	{"square1024", 1024, 1024, 1024, false, false},
	{"digits", 128, 300, 784, false, true},
	{"256x300x64", 256, 300, 64, false, false},
	{"64x64x64", 64, 64, 64, false, false},
}

func BenchmarkMultiply(b *testing.B) {
	for _, s := range benchShapes {
		random := rand.New(rand.NewPCG(1, 2))
		x := normal(random, heap{}, s.m, s.k, 16, s.aTransposed)
		y := normal(random, heap{}, s.k, s.n, 16, s.bTransposed)
		c := normal(random, heap{}, s.m, s.n, 16, false)
		for name, use := range variants() {
			for _, workers := range []int{1, 2} {
				b.Run(fmt.Sprintf("shape=%s/variant=%s/workers=%d", s.name, name, workers), func(b *testing.B) {
					for b.Loop() {
						use.multiply(workers, 1, x, y, 0, c)
					}
					b.ReportMetric(2*float64(s.m)*float64(s.n)*float64(s.k)*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "GFLOP/s")
				})
			}
		}
	}
}

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
