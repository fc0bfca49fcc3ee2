package cli

import (
	"bytes"
	"strings"
	"testing"

	"actinit/harness/noise"
	"actinit/harness/result"
)

// sampled is one kernel's samples with what was seen in each.
func sampled(mode string, ns float64, switches int64) (rows []result.Bench) {
	load, frequency, steal := 1.01, 3e9, int64(0)
	for i := range int64(10) {
		rows = append(rows, result.Bench{Op: "relu", Direction: "forward", Type: "float32", Variant: "scalar", ISA: "portable", Workers: 1, N: 64, Mode: mode,
			Sample: i, Order: i, Iterations: 1, ElapsedNs: 5e6, NsPerOp: 64 * ns, NsPerElem: ns, Load: &load, FrequencyHz: &frequency, StealNs: &steal, Switches: &switches})
	}
	return rows
}

func TestNoiseSummary(t *testing.T) {
	said := func(rows []result.Bench) string {
		var out bytes.Buffer
		summariseNoise(&out, noise.Measure(rows), disbelieved)
		return strings.TrimSpace(out.String())
	}
	if got, want := said(sampled(result.Warm, 1, 0)), "noise: the machine was quiet: 0% of the time stolen, 3.00 GHz within 0%, load 1.01 with 1 thread of our own, 0% of the samples interrupted, 0% of the kernels and sizes spread widely"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	busy := sampled(result.Warm, 1, 2)
	if got := said(busy); !strings.Contains(got, "should not be believed") || !strings.Contains(got, "\n  switches: the system took a CPU away from this program during 100%") {
		t.Errorf("of a busy machine: %s", got)
	}
	if got := findingsOf(noise.Measure(busy)); len(got) != 1 || !strings.HasPrefix(got[0], "switches: ") {
		t.Errorf("findings %q", got)
	}
	if got := pageNoise(busy); len(got.Findings) != 1 || !strings.Contains(got.Figures, "3.00 GHz") {
		t.Errorf("the page is told %+v", got)
	}
	for i := range busy {
		busy[i].Load, busy[i].FrequencyHz, busy[i].StealNs, busy[i].Switches = nil, nil, nil, nil
	}
	if got := said(busy); !strings.HasPrefix(got, "noise: unknown") {
		t.Errorf("of a machine that tells nothing: %s", got)
	}
}

func TestModesSummary(t *testing.T) {
	var none, both bytes.Buffer
	summariseModes(&none, sampled(result.Warm, 1, 0))
	if none.Len() > 0 {
		t.Errorf("without other modes: %s", none.String())
	}
	rows := append(sampled(result.Warm, 1, 0), sampled(result.Cold, 7.5, 0)...)
	summariseModes(&both, rows)
	const want = `
kernel, float32   n  warm ns/elem  cold ns/elem  in-place ns/elem
relu forward     64         1.000         7.500
`
	if _, table, _ := strings.Cut(strings.TrimPrefix(both.String(), "\n"), "\n"); table != want[1:] {
		t.Errorf("got\n%s\nwant\n%s", table, want[1:])
	}
	var bench bytes.Buffer
	summariseBench(&bench, rows, true)
	if strings.Contains(bench.String(), "7.5") {
		t.Errorf("cold times are among the warm ones:\n%s", bench.String())
	}
}
