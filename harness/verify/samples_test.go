package verify

import (
	"testing"

	"actinit/harness/ops"
)

// Samples must not pass for a sweep: see maxSamples. What is drawn once,
// whatever the scale, is counted at every scale here.
func TestSamplesAreNoSweep(t *testing.T) {
	if testing.Short() {
		t.Skip("draws all samples of the table: too slow for -short, which the race detector runs with")
	}
	o, err := Options{}.complete()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range ops.All() {
		for _, direction := range []string{ops.Forward, ops.Backward} {
			n, outputs := 0, row.Forward.Outputs
			list := params[float32](&row)
			for _, param := range list {
				src := newSource(binary32, &row, param, &o, row.Name)
				src.scale /= float64(len(list))
				if direction == ops.Forward {
					n += len(src.forward()[0])
				} else {
					n += len(src.backward()[0])
					outputs = row.Backward.Outputs
				}
			}
			n *= outputs
			if row.Pieces == 1 && n*maxSamplesBesideSweep >= 1<<chunkBits || int64(n)*maxSamples >= 1<<32 {
				t.Errorf("%s %s has %d samples: %d times as many beside a sweep, or %d times alone, could pass for a sweep",
					row.Name, direction, n, maxSamplesBesideSweep, maxSamples)
			}
		}
	}
	for _, wrong := range []Options{{Samples: maxSamples + 1}, {Samples: maxSamplesBesideSweep + 1, Exhaustive: true}, {Samples: -1}} {
		if _, err := wrong.complete(); err == nil {
			t.Errorf("samples %v, exhaustive %v: no error", wrong.Samples, wrong.Exhaustive)
		}
	}
}
