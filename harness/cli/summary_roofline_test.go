package cli

import (
	"bytes"
	"strings"
	"testing"

	"actinit/harness/result"
)

// TestRooflineSummary has limits of two sizes and of arithmetic, one of two modes, and kernels of which one is
// faster than it can be.
func TestRooflineSummary(t *testing.T) {
	var limits []result.Limit
	add := func(name, of string, workers, bytes int64, rates ...float64) {
		for i := range int64(10) {
			limits = append(limits, result.Limit{Name: name, Type: of, ISA: "avx2", Workers: workers, Bytes: bytes, Sample: i, PerS: rates[int(i)%len(rates)] * 1e9})
		}
	}
	add("load", "", 1, 4<<10, 300)
	add("load", "", 1, 6<<10, 280) // left out: not a factor 4 from the one before
	add("load", "", 1, 32<<10, 200)
	add("copy", "", 1, 32<<10, 400)
	add("load", "", 2, 4<<10, 300, 600)
	add("fma", "float32", 1, 0, 240)
	bench := func(op, variant string, n int64, ns, bound float64) result.Bench {
		return result.Bench{Op: op, Direction: "forward", Type: "float32", Variant: variant, ISA: variant, Workers: 1, N: n, NsPerElem: ns, Bound: "copy", BoundNs: &bound}
	}
	rows := []result.Bench{
		bench("tanh", "avx2", 64, 1, .1), bench("tanh", "scalar", 64, 5, .1), bench("tanh", "avx2", 4096, .5, .1),
		bench("relu", "avx2", 4096, .1, .12), bench("exp", "avx2", 4096, 1, .5),
	}
	var out bytes.Buffer
	summariseLimits(&out, limits, rows, false)
	const want = `
limits of this machine, the best of 10 samples each: memory in GB/s, arithmetic in Gop/s, vector in Ginstructions/s
limits  threads  memory  load  copy
avx2          1    4KiB   300
avx2          1   32KiB   200   400
avx2          2    4KiB   600

limits  threads  fma float32
avx2          1          240
two modes: of 6 limits, the samples of 1 fall into two groups, those of load in 4KiB on 2 threads about 300 and 600 G/s: compare such timings within one run only

% of what these limits allow, and the one that bounds, at n elements: float32 kernels, the fastest variant, one worker
kernel             64      4096
tanh forward  10 copy   20 copy
relu forward           120 copy
1 of 5 kernels and sizes seem faster than their bound, relu forward float32 of 4096 elements on 1 workers most, 120%: vectors that just fill a cache, or a machine that sped up after its limits were measured
`
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
	out.Reset()
	summariseLimits(&out, limits, rows, true)
	if !strings.Contains(out.String(), "exp forward") {
		t.Errorf("with all, extended operations are shown:\n%s", out.String())
	}
	out.Reset()
	if summariseLimits(&out, limits, nil, false); strings.Contains(out.String(), "%") {
		t.Errorf("limits alone bound nothing:\n%s", out.String())
	}
}
