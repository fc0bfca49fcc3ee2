package cli

import (
	"bytes"
	"strings"
	"testing"

	"actinit/harness/result"
	"actinit/harness/roofline"
	"actinit/reports/runstore"
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
	intensity := 2.
	bench := func(op, variant string, n int64, ns, bound float64) result.Bench {
		known := &intensity
		if op == "relu" {
			known = nil
		}
		return result.Bench{Intensity: known, Op: op, Direction: "forward", Type: "float32", Variant: variant, ISA: variant, Workers: 1, N: n, NsPerElem: ns, Bound: "copy", BoundNs: &bound}
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

% of what these limits allow, and the one that bounds, at n elements: float32 kernels, the fastest variant, one worker;
in brackets where operations are unknown and memory alone bounds
kernel             64        4096
tanh forward  10 copy     20 copy
relu forward           (120 copy)
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

// Of a run on several machines each limit is shown once, of the fastest.
func TestRooflineSummaryOfMachines(t *testing.T) {
	var limits []result.Limit
	for host, rates := range map[string][]float64{"ant": {3, 4}, "bee": {5, 6, 7}, "cow": {1, 1, 1, 2, 2, 2}} {
		for i, rate := range rates {
			limits = append(limits, result.Limit{Host: host, Name: "load", ISA: "avx2", Workers: 1, Bytes: 4096, Sample: int64(i), PerS: rate * 1e9})
		}
	}
	limits = append(limits, result.Limit{Host: "ant", Name: "fma", Type: "float32", ISA: "avx2", Workers: 1, PerS: 9e9})
	var out bytes.Buffer
	summariseLimits(&out, limits, nil, false)
	const want = `
limits of 3 machines, each on that where it is highest, the best of 1 to 3 samples each: memory in GB/s, arithmetic in Gop/s, vector in Ginstructions/s
limits  threads  memory  load
avx2          1    4KiB     7

limits  threads  fma float32
avx2          1            9
two modes: of 4 limits, the samples of 1 fall into two groups, those of load in 4KiB on 1 thread of cow about 1 and 2 G/s: compare such timings within one run only
`
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
}

// TestLimitsStage measures the limits before the kernels, which then have bounds, and measures nothing where the
// stage is left out.
func TestLimitsStage(t *testing.T) {
	runs := t.TempDir()
	load := func(stages ...string) *runstore.Data {
		t.Helper()
		status, _, stderr := invoke(t.Context(), append([]string{"bench", "--quiet", "--out", runs, "--filter", "op:relu type:float32 dir:forward n:64", "--stages"}, stages...)...)
		if status != ExitOK || stderr != "" {
			t.Fatalf("%s: status %d, %q", stages, status, stderr)
		}
		entry, err := runstore.Latest(runs)
		if err != nil {
			t.Fatal(err)
		}
		data, err := runstore.Load(entry.Dir)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	data := load("limits,bench")
	if len(data.Limits) == 0 || len(data.Limits)%roofline.Rounds != 0 || len(data.Bench) == 0 {
		t.Errorf("%d rows of limits, %d timings", len(data.Limits), len(data.Bench))
	}
	for _, row := range data.Bench {
		if row.BoundNs == nil || row.Bound == "" || row.RunID != data.Limits[0].RunID {
			t.Errorf("%s has no bound", result.Name(row))
		}
	}
	if data = load("limits"); len(data.Limits) == 0 || len(data.Bench) > 0 {
		t.Errorf("limits alone: %d rows of limits, %d timings", len(data.Limits), len(data.Bench))
	}
	data = load("bench")
	for _, row := range data.Bench {
		if row.BoundNs != nil || row.Bound != "" || row.Intensity != nil {
			t.Errorf("%s has a bound, and no limit was measured", result.Name(row))
		}
	}
	status, _, stderr := invoke(t.Context(), "bench", "--quiet", "--out", runs, "--filter", "op:relux", "--stages", "limits")
	if status != ExitUsage || !strings.Contains(stderr, "relux") {
		t.Errorf("a filter that matches nothing: status %d, %q", status, stderr)
	}
}
