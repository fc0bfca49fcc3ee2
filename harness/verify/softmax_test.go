package verify

import (
	"context"
	"math"
	"testing"

	"actinit/harness/ops"
	"actinit/harness/result"
	"actinit/kernels"
)

// TestPlantedRowKernels: what goes wrong in a row is found.
func TestPlantedRowKernels(t *testing.T) {
	o, err := Options{Seed: 3}.complete()
	if err != nil {
		t.Fatal(err)
	}
	up := func(x float32) float32 { return math.Nextafter32(x, 2) }
	for _, c := range []struct {
		name          string
		op, direction string
		spoil         func(dst []float32, in [][]float32, cols int)
		found         func(a result.Accuracy) int64
	}{
		{"nothing", "softmax", result.Forward, func([]float32, [][]float32, int) {}, nil},
		{"nothing", "logsoftmax", result.Backward, func([]float32, [][]float32, int) {}, nil},
		{"one ULP in the 4096th column", "softmax", result.Forward, func(dst []float32, _ [][]float32, cols int) {
			for j := 4095; j < len(dst); j += cols {
				dst[j] = up(dst[j])
			}
		}, func(a result.Accuracy) int64 { return a.OverBound }},
		{"a gradient is one ULP off", "softmax", result.Backward, func(dst []float32, _ [][]float32, _ int) {
			dst[0] = up(dst[0])
		}, func(a result.Accuracy) int64 { return a.OverBound }},
		{"the logarithm of 1 is +0", "logsoftmax", result.Forward, func(dst []float32, _ [][]float32, _ int) {
			for j, y := range dst {
				dst[j] = y + 0
			}
		}, func(a result.Accuracy) int64 { return a.ZeroSignDisagree }},
		{"a NaN stays in its column", "softmax", result.Forward, func(dst []float32, in [][]float32, _ int) {
			for j, x := range in[0] {
				if dst[j] != dst[j] && x == x {
					dst[j] = 0
				}
			}
		}, func(a result.Accuracy) int64 { return a.NaNDisagree }},
		{"the last row of several differs", "logsoftmax", result.Forward, func(dst []float32, _ [][]float32, cols int) {
			if len(dst) > cols {
				dst[len(dst)-1] = up(dst[len(dst)-1])
			}
		}, func(a result.Accuracy) int64 { return a.LayoutFailures }},
	} {
		for _, k := range rowKernelsToSpoil() {
			if k.op != c.op || k.direction != c.direction {
				continue
			}
			right := k.run
			k.run = func(dst []float32, in [][]float32, cols int) {
				kept := make([][]float32, len(in))
				for a := range in {
					kept[a] = append([]float32(nil), in[a]...)
				}
				right(dst, in, cols)
				c.spoil(dst, kept, cols)
			}
			rows, err := k.verify(context.Background(), &o, "planted")
			if err != nil {
				t.Fatal(err)
			}
			a := rows[0]
			if c.found == nil {
				if a.Failed() || a.Mistrusted {
					t.Errorf("%s: %s", c.name, Summary(a))
				}
			} else if !a.Failed() || c.found(a) == 0 || a.Reproduce == "" {
				t.Errorf("%s was not found: %s", c.name, Summary(a))
			}
		}
	}
}

// rowKernelsToSpoil lists the right kernels over float32, for tests that plant errors in one.
func rowKernelsToSpoil() (all []rowKernel[float32]) {
	for _, f := range ops.RowFunctions() {
		all = append(all, rowKernels(&f, result.Float32, binary32, f.Kernels.Forward32, f.Kernels.Backward32, f.Cancels32)...)
	}
	return all
}

// TestLogitsReachTheLimits: the rows tried have results that are subnormal, 0 and 1.
func TestLogitsReachTheLimits(t *testing.T) {
	rng := newSource(binary64, nil, 0, &Options{}, "").rng
	var subnormal, zero, one int
	for number := range rowKinds {
		x := logits[float64](rng, number, 1000)[0]
		kernels.Softmax(x, x, len(x))
		for _, y := range x {
			switch {
			case y == 0:
				zero++
			case y < 0x1p-1022:
				subnormal++
			case y == 1:
				one++
			}
		}
	}
	if subnormal == 0 || zero == 0 || one == 0 {
		t.Errorf("%d subnormal results, %d zeros, %d ones", subnormal, zero, one)
	}
}
