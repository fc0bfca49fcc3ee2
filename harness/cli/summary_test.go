package cli

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"actinit/harness/bench"
	"actinit/harness/result"
)

func accuracy(op, direction, typeName, variant, rounding string, maxULP float64) result.Accuracy {
	return result.Accuracy{Op: op, Direction: direction, Type: typeName, Variant: variant, ISA: "portable", Rounding: rounding, BoundULP: 1,
		Inputs: 1000, Compared: 1000, CorrectlyRounded: 990, MaxULP: maxULP, Seconds: 2}
}

func TestVerifiedTable(t *testing.T) {
	wrong := accuracy("relu", "forward", "float32", "unrolled", "exact", 3)
	wrong.OverBound = 1
	check := accuracy("relu", result.GradCheck, "float32", "scalar", "bounded", 9)
	widened := accuracy("gelu", "backward", "float32", "avx2", "bounded", 4000)
	widened.Widened, widened.MaxUnwidenedULP = 7, 1
	rows := []result.Accuracy{
		accuracy("exp", "forward", "float32", "scalar", "correct", .5), // extended: after the others
		accuracy("relu", "forward", "float32", "scalar", "exact", .25), wrong, check,
		accuracy("relu", "backward", "float32", "scalar", "bounded", 1.5),
		accuracy("sigmoid", "backward", "float64", "scalar", "faithful", .75),
		accuracy("gelu", "backward", "float32", "scalar", "bounded", 1.25), widened,
	}
	var out bytes.Buffer
	verifiedTable(rows).markdown(&out)
	const want = `| op | type | kernels | wrong | mistrusted | forward max ULP | backward max ULP | misrounded | s |
| --- | --- | ---:| ---:| ---:| ---:| ---:| ---:| ---:|
| sigmoid | float64 | 1 | 0 | 0 |  | 0.75 |  | 2.0 |
| relu | float32 | 4 | 1 | 0 | 3 | 1.5 | 20 | 8.0 |
| gelu | float32 | 2 | 0 | 0 |  | 1.25, 4e+03 of subnormal factors |  | 4.0 |
| exp | float32 | 1 | 0 | 0 | 0.5 |  | 10 | 2.0 |
`
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
}

// Few kernels have a line each, many are summed up, and what is wrong is named in
// either case.
func TestVerifySummary(t *testing.T) {
	var rows []result.Accuracy
	for i := range maxKernelLines {
		rows = append(rows, accuracy("relu", "forward", "float32", fmt.Sprint("v", i), "exact", .5))
	}
	rows[0].OverBound = 1
	var few, many bytes.Buffer
	summariseAccuracy(&few, rows, true)
	summariseAccuracy(&many, append(rows, accuracy("relu", "forward", "float32", "more", "exact", .5)), true)
	for name, text := range map[string]string{"few": few.String(), "many": many.String()} {
		if listed := strings.Contains(text, "v59"); listed != (name == "few") {
			t.Errorf("%s kernels: listed one by one: %v", name, listed)
		}
		if !strings.Contains(text, "relu forward float32 v0") {
			t.Errorf("%s kernels: the wrong one is not named:\n%s", name, text)
		}
	}
}

func TestBenchSummary(t *testing.T) {
	var rows []result.Bench
	for _, op := range []string{"exp", "elu", "sigmoid", "normal", "tanh"} {
		direction := result.Forward
		if op == "normal" {
			direction = result.Fill
		}
		rows = append(rows, result.Bench{Op: op, Direction: direction, Type: "float32", Variant: "scalar", ISA: "portable", Workers: 1, N: 4096, NsPerElem: 1})
	}
	names := func(all bool, rows []result.Bench) string {
		var out bytes.Buffer
		summariseBench(&out, rows, all)
		var names []string
		for _, line := range strings.Split(strings.TrimSpace(out.String()), "\n")[2:] {
			names = append(names, strings.Fields(line)[0])
		}
		return strings.Join(names, " ")
	}
	// Behind the kernels: how many more there are, and where all of them are.
	if got, want := names(false, rows), "sigmoid tanh elu normal 1 These"; got != want {
		t.Errorf("in portable code, where faithful twins are slower, the default shows %q, want %q", got, want)
	}
	for i := range rows {
		rows[i].Variant, rows[i].ISA = "avx2", "avx2"
	}
	// And of vectors which twins are not there.
	if got, want := names(false, rows), "sigmoid tanh elu normal 1 These Faster"; got != want {
		t.Errorf("the default shows %q, want %q", got, want)
	}
	if got, want := names(true, rows), "sigmoid tanh elu exp normal These Faster"; got != want {
		t.Errorf("all are %q, want %q", got, want)
	}
	if got, want := names(false, rows[:1]), "exp These Faster"; got != want {
		t.Errorf("of nothing else, %q is shown, want %q", got, want)
	}
}

// A fused kernel is compared with the two whose results it has; twins that were timed are not missed.
func TestBenchSummaryOfFused(t *testing.T) {
	time := func(op, direction, variant string, ns float64) result.Bench {
		isa := "portable"
		if variant == "avx2" {
			isa = variant
		}
		return result.Bench{Op: op, Direction: direction, Type: "float32", Variant: variant, ISA: isa, Workers: 1, N: 4096, NsPerElem: ns}
	}
	rows := []result.Bench{
		time("silu", "forward", bench.Reference, 30), time("silu", "forward", "scalar", 10), time("silu", "forward", "avx2", 2),
		time("silu", "backward", bench.Reference, 50), time("silu", "backward", "scalar", 20), time("silu", "backward", "avx2", 4),
		time("silu", "fused", "scalar", 24), time("silu", "fused", "avx2", 5),
		time("silu_faithful", "forward", "avx2", 1),
	}
	var out bytes.Buffer
	summariseBench(&out, rows, true)
	const want = `
bench: 9 samples; medians on one worker
kernel, float32           n  reference ns/elem  scalar ns/elem  best ns/elem  best  over reference  over scalar  over forward + backward
silu forward           4096             30.000          10.000         2.000  avx2          15.00x        5.00x
silu backward          4096             50.000          20.000         4.000  avx2          12.50x        5.00x
silu fused             4096             80.000          24.000         5.000  avx2          16.00x        4.80x                    1.20x
silu_faithful forward  4096                                            1.000  avx2
These are float32 kernels at one size; every type, variant, size and number of workers timed is in report.html and bench.txt
`
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
	out.Reset()
	summariseBench(&out, rows[6:8], true) // without what it would be compared with
	if got := out.String(); strings.Contains(got, "over forward + backward") || !strings.Contains(got, "--filter 'op:(silu_faithful)'") {
		t.Errorf("of the fused kernel alone:\n%s", got)
	}
}

func TestSweepTable(t *testing.T) {
	swept := accuracy("tanh", "forward", "float32", "avx2", "correct", .5)
	swept.Inputs, swept.CorrectlyRounded, swept.Exhaustive = 1<<32, 1<<32, true
	scalar, wrong := swept, swept
	scalar.Variant = "scalar"
	wrong.Variant, wrong.CorrectlyRounded = "unrolled", 1<<32-1
	half := accuracy("tanh", "forward", "float16", "avx2", "correct", .5)
	half.Exhaustive = true
	var out bytes.Buffer
	sweepTable([]result.Accuracy{half, accuracy("relu", "forward", "float32", "avx2", "exact", 0), swept, scalar, wrong}).markdown(&out)
	const want = `| operation | direction | variants | promise | inputs | misrounded | max ULP | seconds |
| --- | --- | --- | --- | ---:| ---:| ---:| ---:|
| tanh | forward | avx2, scalar | correctly rounded | all 2^32 | 0 | 0.5 | 4 |
| tanh | forward | unrolled | correctly rounded | all 2^32 | 1 | 0.5 | 2 |
`
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
}
