package kernels

import (
	"flag"
	"math"
	"testing"
)

var exhaustive = flag.Bool("exhaustive", false, "run tests over all 2^32 words instead of a sample")

// TestNormalQuantile32AgainstFloat64 holds the float32 quantile against the
// float64 one at the same p, whose error is too small to matter here. With
// -exhaustive it proves the promise of Normal in float32.
func TestNormalQuantile32AgainstFloat64(t *testing.T) {
	stride := uint64(4093)
	if *exhaustive {
		stride = 1
	}
	worst, at, wrong, n := 0., uint32(0), 0, 0
	check := func(w uint32) {
		want := normalQuantile64(uint64(w)<<32 | 1<<31)
		got := normalQuantile32(w)
		e := math.Abs(float64(got)-want) / math.Ldexp(1, math.Ilogb(want)-23)
		if e > worst {
			worst, at = e, w
		}
		if got != float32(want) {
			wrong++
		}
		n++
	}
	for w := uint64(0); w < 1<<31; w += stride {
		check(uint32(w))
	}
	for w := range uint32(1 << 12) { // the tail and the middle
		check(w)
		check(1<<31 - 1 - w)
	}
	t.Logf("%d words: largest error %.4f ULP at word %#x, %.2f%% not correctly rounded", n, worst, at, 100*float64(wrong)/float64(n))
	if !(worst < 1) {
		t.Errorf("word %#x: error %g ULP, want < 1", at, worst)
	}
}
