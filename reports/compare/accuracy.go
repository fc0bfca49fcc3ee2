package compare

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"actinit/harness/result"
	"actinit/reports/gate"
)

// compareAccuracy compares the accuracies of the kernels that both sides have verified. There
// is no noise to allow for; but an error that is larger because other or more inputs were
// tried says nothing about the kernel: it is undecided. Results that break a promise are
// regressions whatever was tried, if the old side has fewer of them.
func (c *Comparison) compareAccuracy(o Options) {
	olds := map[result.Kernel]result.Accuracy{}
	for _, a := range c.Old.Accuracy {
		olds[a.Kernel()] = a
	}
	accuracies := slices.Clone(c.New.Accuracy)
	slices.SortStableFunc(accuracies, func(a, b result.Accuracy) int {
		return cmp.Or(cmp.Compare(a.Op, b.Op), cmp.Compare(a.Direction, b.Direction), cmp.Compare(a.Type, b.Type), cmp.Compare(a.Variant, b.Variant))
	})
	onlyNew := len(accuracies)
	for _, after := range accuracies {
		before, ok := olds[after.Kernel()]
		if !ok {
			continue
		}
		onlyNew--
		delete(olds, after.Kernel())
		c.Verified++
		limits := c.thresholds(gate.Subject{Kernel: after.Kernel()}, o)
		c.Accuracy = append(c.Accuracy, accuracyCases(before, after, limits, c.sameInputs(before, after))...)
	}
	if len(c.Old.Accuracy) > 0 && len(c.New.Accuracy) > 0 && len(olds)+onlyNew > 0 {
		c.Warnings = append(c.Warnings, fmt.Sprintf("accuracy: %d kernels are verified in old only, %d in new only", len(olds), onlyNew))
	}
}

func (c *Comparison) sameInputs(before, after result.Accuracy) bool {
	if before.Inputs != after.Inputs || before.Exhaustive != after.Exhaustive {
		return false
	}
	return before.Exhaustive || c.Old.Seed != nil && c.New.Seed != nil && *c.Old.Seed == *c.New.Seed
}

// accuracyName is the benchmark name without workers and size, which accuracy does not depend on.
func accuracyName(k result.Kernel) string {
	return fmt.Sprintf("Kernel/op=%s/dir=%s/type=%s/variant=%s", k.Op, k.Direction, k.Type, k.Variant)
}

// accuracyCases are the verdicts about one kernel: wrong results, the largest error, and the
// share of misrounded results.
func accuracyCases(before, after result.Accuracy, limits gate.Limits, sameInputs bool) []gate.Case {
	name := accuracyName(after.Kernel())
	if limits.Ignore {
		var ignored []gate.Case
		for _, unit := range []string{gate.UnitWrong, gate.UnitMaxULP, gate.UnitMisrounded} {
			ignored = append(ignored, gate.Case{Name: name, Unit: unit, Verdict: gate.Ignored, Message: "ignored by the thresholds file"})
		}
		return ignored
	}
	var more []string
	for _, kind := range []struct {
		what     string
		old, new int64
	}{
		{"NaN where the exact value is none, or none where it is", before.NaNDisagree, after.NaNDisagree},
		{"wrong infinities", before.InfDisagree, after.InfDisagree},
		{"zeros of the wrong sign", before.ZeroSignDisagree, after.ZeroSignDisagree},
		{"results that break the promise", before.OverBound, after.OverBound},
		{"results that differ from the scalar variant's", before.BitwiseDiffers, after.BitwiseDiffers},
		{"failed checks of layout", before.LayoutFailures, after.LayoutFailures},
	} {
		if kind.new > kind.old {
			more = append(more, fmt.Sprintf("%s: %d, before %d", kind.what, kind.new, kind.old))
		}
	}
	wrong := gate.Case{Name: name, Unit: gate.UnitWrong, Verdict: gate.Same, Message: "no more results are wrong than before"}
	switch {
	case len(more) > 0:
		wrong.Verdict, wrong.Size, wrong.Message = gate.Regressed, gate.Number(math.Inf(1)), strings.Join(more, "; ")
		if after.WorstInput != "" {
			wrong.Message += "; worst input " + after.WorstInput
		}
	case before.Failed() && !after.Failed():
		wrong.Verdict, wrong.Message = gate.Improved, "nothing is wrong any more"
	}
	return []gate.Case{
		wrong,
		grown(name, gate.UnitMaxULP, before.MaxULP, after.MaxULP, limits.MaxULP, sameInputs, "%.6g ULP"),
		grown(name, gate.UnitMisrounded, misrounded(before), misrounded(after), limits.Misrounded, sameInputs, "a share of %.6g"),
	}
}

// misrounded is the share of a row's inputs, of those that something is promised for, whose result is not the correctly rounded one.
func misrounded(a result.Accuracy) float64 {
	return 1 - float64(a.CorrectlyRounded)/float64(max(a.InDomain(), 1))
}

// grown judges a figure that should not grow by more than limit.
func grown(name, unit string, before, after, limit float64, sameInputs bool, format string) gate.Case {
	c := gate.Case{Name: name, Unit: unit, Verdict: gate.Same, Size: gate.Number(math.Abs(after - before)),
		Message: fmt.Sprintf(format+", before "+format, after, before)}
	switch {
	case after > before+limit && sameInputs:
		c.Verdict = gate.Regressed
	case after < before-limit && sameInputs:
		c.Verdict = gate.Improved
	case after > before+limit:
		c.Verdict = gate.Undecided
		c.Message += "; other inputs were tried, which alone can make a difference"
	}
	if c.Verdict == gate.Regressed && limit > 0 {
		c.Message += fmt.Sprintf("; allowed is a growth by %g", limit)
	}
	return c
}
