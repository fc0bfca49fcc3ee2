package verify_test

import (
	"bytes"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"actinit/harness/result"
	"actinit/harness/verify"
	"actinit/kernels"
)

// theirs is a remote kernel that makes f of each element.
func theirs(op, direction string, f func(in ...float32) float32) verify.Remote {
	return verify.Remote{
		Kernel: result.Kernel{Op: op, Direction: direction, Type: result.Float32, Variant: "theirs", ISA: "portable"},
		Run32: func(out []float32, in [][]float32, _ float32) error {
			for i := range out {
				tuple := make([]float32, len(in))
				for k := range in {
					tuple[k] = in[k][i]
				}
				out[i] = f(tuple...)
			}
			return nil
		},
	}
}

// find returns the row of a variant.
func find(t *testing.T, rows []result.Accuracy, direction, variant string) result.Accuracy {
	t.Helper()
	for _, row := range rows {
		if row.Direction == direction && row.Type == result.Float32 && row.Variant == variant {
			return row
		}
	}
	t.Fatalf("no row of variant %s", variant)
	return result.Accuracy{}
}

// A remote kernel that is right has the errors of our own, on the same inputs.
func TestRemoteKernelIsHeldAgainstTheSameValues(t *testing.T) {
	remote := theirs("sigmoid", result.Forward, nil)
	remote.Run32 = func(out []float32, in [][]float32, _ float32) error { kernels.Sigmoid(out, in[0]); return nil }
	rows := run(t, verify.Options{Filter: only("sigmoid"), Remote: []verify.Remote{remote}})
	got, want := find(t, rows, result.Forward, "theirs"), find(t, rows, result.Forward, "scalar")
	if got.Rounding != result.Unpromised || !math.IsInf(got.BoundULP, 1) || got.Failed() || got.CorrectlyRounded != got.Inputs {
		t.Errorf("a right kernel's row is %+v", got)
	}
	ignored := cmpopts.IgnoreFields(result.Accuracy{}, "Variant", "Rounding", "BoundULP", "Seconds")
	if diff := cmp.Diff(want, got, ignored, cmpopts.EquateNaNs()); diff != "" {
		t.Errorf("rows of the scalar variant and of the same kernel in another process differ:\n%s", diff)
	}
}

// What is wrong with a remote kernel is counted, shown and no failure.
func TestRemoteKernelMayBeWrong(t *testing.T) {
	flushes := theirs("relu", result.Forward, func(in ...float32) float32 {
		x := in[0]
		switch {
		case x == 3:
			return float32(math.NaN())
		case x > 0x1p100:
			return float32(math.Inf(1))
		case x != x:
			return 0
		case x == 0:
			return -x
		case x == 1:
			return 1.5
		}
		return max(x, 0)
	})
	rows := run(t, verify.Options{Filter: only("relu"), Remote: []verify.Remote{flushes}})
	a := find(t, rows, result.Forward, "theirs")
	if a.NaNDisagree == 0 || a.InfDisagree == 0 || a.ZeroSignDisagree == 0 || a.MaxULP < 0x1p20 || !math.IsInf(a.WorstULP, 1) {
		t.Errorf("what is wrong is not counted: %s", verify.Summary(a))
	}
	if a.Failed() || a.OverBound+a.BitwiseDiffers+a.LayoutFailures != 0 || a.Reproduce != "" || verify.Verdict(a) != "no promise" {
		t.Errorf("a kernel that promises nothing failed: %+v", a)
	}
	for _, own := range rows {
		if own.Variant != "theirs" && (own.Failed() || own.Direction == result.Forward && own.CorrectlyRounded != own.Inputs) {
			t.Errorf("another library's errors are in the row of %s %s", own.Direction, own.Variant)
		}
	}
}

// The sign of zero alone does not make an input the worst.
func TestRemoteSignOfZeroIsCountedOnly(t *testing.T) {
	remote := theirs("relu", result.Forward, func(in ...float32) float32 {
		if in[0] == 2 {
			return math.Nextafter32(2, 3)
		}
		if in[0] > 0 || in[0] != in[0] {
			return in[0]
		}
		return float32(math.Copysign(0, float64(in[0])))
	})
	a := find(t, run(t, verify.Options{Filter: only("relu"), Remote: []verify.Remote{remote}}), result.Forward, "theirs")
	if a.ZeroSignDisagree == 0 || a.WorstInput != "0x40000000" || a.WorstULP != 1 {
		t.Errorf("%d signs lost, worst input %s of %v ULP", a.ZeroSignDisagree, a.WorstInput, a.WorstULP)
	}
}

// All inputs of a chunk of the sweep go to remote kernels too.
func TestRemoteSweep(t *testing.T) {
	remote := theirs("relu", result.Backward, func(in ...float32) float32 { return in[0] })
	units := 0
	o := verify.Options{Exhaustive: true, Shards: 1 << 9, Filter: func(k result.Kernel) bool {
		return k.Op == "relu" && k.Direction == result.Backward && k.Variant == "theirs"
	}, Remote: []verify.Remote{remote}}
	for o.Shard = range 5 {
		for _, a := range run(t, o) {
			units++
			if a.Variant != "theirs" || a.Rounding != result.Unpromised || a.SweptBoundULP != 0 || a.Failed() {
				t.Errorf("row of the sweep: %+v", a)
			}
		}
	}
	if units == 0 {
		t.Error("no unit of the sweep was tried")
	}
}

// A process that cannot be asked ends the run, and is no finding about its kernel.
func TestRemoteProcessThatDies(t *testing.T) {
	gone := errors.New("the process died")
	remote := theirs("relu", result.Forward, nil)
	remote.Run32 = func([]float32, [][]float32, float32) error { return gone }
	o := verify.Options{Filter: only("relu"), Remote: []verify.Remote{remote}, Journal: new(memory), Samples: few}
	if err := verify.Run(t.Context(), o); !errors.Is(err, gone) {
		t.Errorf("Run: %v", err)
	}
	if _, err := verify.Explain(new(bytes.Buffer), o, "1"); !errors.Is(err, gone) {
		t.Errorf("Explain: %v", err)
	}
}

func TestExplainShowsRemoteKernels(t *testing.T) {
	var text bytes.Buffer
	remote := theirs("relu", result.Forward, func(...float32) float32 { return 4 })
	wrong, err := verify.Explain(&text, verify.Options{Filter: func(k result.Kernel) bool { return k.Variant == "theirs" }, Remote: []verify.Remote{remote}}, "1")
	if err != nil || wrong != 0 {
		t.Fatalf("%d wrong, %v", wrong, err)
	}
	for _, want := range []string{"theirs", "0x40800000", "2.51658e+07 ULP, no promise"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("no %q in:\n%s", want, text.String())
		}
	}
}
