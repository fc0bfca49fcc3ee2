package statistics

import (
	"fmt"
	"math"
	"testing"

	"actinit/harness/dense"
	"actinit/kernels"
)

// BenchmarkDescribe tells the cost of all statistics of a matrix beside that of reading it,
// in ns per value. 4096 x 4096 are the weights of a layer of the lecture's net, which are in
// memory; 64 x 4096 stay in the second-level cache.
func BenchmarkDescribe(b *testing.B) {
	inf := math.Inf(1)
	for _, shape := range []struct{ rows, cols int }{{64, 4096}, {64, 1000}, {4096, 4096}} {
		m := dense.New[float32](shape.rows, shape.cols)
		kernels.Normal(m.Data, 1, 0, 0, 0, 1)
		perValue := func(b *testing.B) {
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(m.Rows*m.Cols), "ns/value")
		}
		for _, workers := range []int{1, 2} {
			for name, e := range map[string]Edges{"plain": {Lo: -4, Hi: 4, SatLo: -inf, SatHi: inf}, "saturated": {Lo: -4, Hi: 4, SatLo: -.97, SatHi: .97}} {
				b.Run(fmt.Sprintf("shape=%dx%d/workers=%d/edges=%s", shape.rows, shape.cols, workers, name), func(b *testing.B) {
					for b.Loop() {
						Describe(m, e, workers)
					}
					perValue(b)
				})
			}
		}
		b.Run(fmt.Sprintf("shape=%dx%d/workers=1/units", shape.rows, shape.cols), func(b *testing.B) {
			u := NewUnits(m.Cols)
			for b.Loop() {
				ObserveUnits(u, m, -.97, .97)
			}
			perValue(b)
		})
		b.Run(fmt.Sprintf("shape=%dx%d/workers=1/read", shape.rows, shape.cols), func(b *testing.B) {
			sum := float32(0)
			for b.Loop() {
				for i := 0; i < len(m.Data); i += 16 { // a value of each cache line
					sum += m.Data[i]
				}
			}
			if sum != sum {
				b.Fatal("the sum is NaN")
			}
			perValue(b)
		})
	}
}
