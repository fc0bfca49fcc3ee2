package layers

import (
	"math"
	"testing"

	"actinit/harness/dense"
	"actinit/harness/statistics"
	"actinit/kernels"
)

func BenchmarkDescribe(b *testing.B) {
	m := dense.Matrix[float32]{Rows: 1024, Cols: 1024, Stride: 1024, Data: make([]float32, 1<<20)}
	kernels.Normal(m.Data, 1, 0, 0, 0, 1)
	b.SetBytes(4 << 20)
	for b.Loop() {
		statistics.Describe(m, statistics.Edges{Lo: -4, Hi: 4, SatLo: math.Inf(-1), SatHi: math.Inf(1)}, 1)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/(1<<20), "ns/elem")
}
