package layers

import (
	"math"
	"testing"

	"actinit/kernels"
)

func BenchmarkDescribe(b *testing.B) {
	m := matrix[float32]{1024, 1024, 1024, make([]float32, 1<<20)}
	kernels.Normal(m.data, 1, 0, 0, 0, 1)
	b.SetBytes(4 << 20)
	for b.Loop() {
		describe(m, edges{lo: -4, hi: 4, satLo: math.Inf(-1), satHi: math.Inf(1)}, 1)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/(1<<20), "ns/elem")
}
