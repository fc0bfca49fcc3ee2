package reference_test

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"actinit/reference"
	"actinit/reference/oracle"
)

// TestSoftmaxErrors holds the functions of rows to the errors they state.
func TestSoftmaxErrors(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for cols := 1; cols <= 60; cols++ {
		x, g := make([]float64, cols), make([]float64, cols)
		m := math.Inf(-1)
		for j := range x {
			x[j], g[j] = r.NormFloat64()*math.Ldexp(1, r.IntN(9)), r.NormFloat64()
			m = max(m, x[j])
		}
		spread, magnitude := 0., 0.
		for j, v := range x {
			if d := m - v; d < 745 {
				spread = max(spread, d)
			}
			magnitude += math.Abs(g[j])
		}
		y, dst := make([]float64, cols), make([]float64, cols)
		check := func(name string, got []float64, want []*big.Float, ulps, size float64) {
			for j, w := range want {
				f, _ := new(big.Float).Sub(big.NewFloat(got[j]), w).Float64()
				exact, _ := w.Float64()
				if err := math.Abs(f) / oracle.ULP64(max(size, math.Abs(exact))); err > ulps {
					t.Errorf("%s of %d columns is off by %.2f ULP at %d, over %.1f", name, cols, err, j, ulps)
				}
			}
		}
		reference.Softmax(y, x)
		check("softmax", y, oracle.Softmax(120, x), 8+float64(cols)+spread, 0)
		reference.SoftmaxGrad(dst, g, y)
		check("its gradient", dst, oracle.SoftmaxGrad(120, g, y), 4+float64(cols), magnitude)
		reference.LogSoftmax(y, x)
		check("log-softmax", y, oracle.LogSoftmax(120, x), 8+float64(cols)+spread, 0)
		reference.LogSoftmaxGrad(dst, g, y)
		check("its gradient", dst, oracle.LogSoftmaxGrad(120, g, y), 4+float64(cols), magnitude)
	}
}
