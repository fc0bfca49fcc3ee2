package verify

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"actinit/harness/result"
)

// Merge adds up the parts of each kernel: rows over disjoint inputs. The result
// does not depend on the order of the parts or on how they were grouped; rows
// keep the order in which their kernels first appear. Counts add exactly, and
// so does SumULP, whose terms are whole multiples of 2^-20 ULP.
//
// DistinctResults of disjoint parts cannot be added; the largest is kept, which
// is a lower bound. Exhaustive is set where the parts hold all 2^32 inputs, or 2^16.
func Merge(rows []result.Accuracy) []result.Accuracy {
	var merged []result.Accuracy
	where := map[result.Kernel]int{}
	for _, row := range rows {
		i, seen := where[row.Kernel()]
		if !seen {
			where[row.Kernel()] = len(merged)
			row.Histogram = slices.Clone(row.Histogram)
			row.BinadeMaxULP = slices.Clone(row.BinadeMaxULP)
			merged = append(merged, row)
			continue
		}
		add(&merged[i], row)
	}
	for i := range merged {
		conclude(&merged[i])
	}
	return merged
}

// add adds b to a.
func add(a *result.Accuracy, b result.Accuracy) {
	if b.Started.Before(a.Started) {
		a.RunID, a.Host, a.Started = b.RunID, b.Host, b.Started
	}
	a.Inputs += b.Inputs
	a.SweptBoundULP = max(a.SweptBoundULP, b.SweptBoundULP)
	a.OutsideDomain += b.OutsideDomain
	a.SumULP += b.SumULP
	a.Compared += b.Compared
	a.Widened += b.Widened
	a.MaxUnwidenedULP = max(a.MaxUnwidenedULP, b.MaxUnwidenedULP)
	a.CorrectlyRounded += b.CorrectlyRounded
	a.Unfaithful += b.Unfaithful
	if len(a.Histogram) < len(b.Histogram) {
		a.Histogram = append(a.Histogram, make([]int64, len(b.Histogram)-len(a.Histogram))...)
	}
	for i, n := range b.Histogram {
		a.Histogram[i] += n
	}
	if len(a.BinadeMaxULP) == 0 {
		a.BinadeMaxULP = slices.Clone(b.BinadeMaxULP)
	}
	for i, err := range b.BinadeMaxULP {
		if err >= a.BinadeMaxULP[i] || math.IsNaN(a.BinadeMaxULP[i]) {
			a.BinadeMaxULP[i] = err
		}
	}
	a.NaNDisagree += b.NaNDisagree
	a.InfDisagree += b.InfDisagree
	a.ZeroSignDisagree += b.ZeroSignDisagree
	a.OverBound += b.OverBound
	a.PairDecided += b.PairDecided
	a.OracleDecided += b.OracleDecided
	a.ZeroResults += b.ZeroResults
	a.DistinctResults = max(a.DistinctResults, b.DistinctResults)
	a.MaxULP = max(a.MaxULP, b.MaxULP)
	if worseThan(b, *a) {
		a.WorstInput, a.WorstResult, a.WorstExact, a.WorstULP = b.WorstInput, b.WorstResult, b.WorstExact, b.WorstULP
		a.Reproduce = b.Reproduce
	}
	a.BitwiseDiffers += b.BitwiseDiffers
	a.LayoutFailures += b.LayoutFailures
	a.Seconds += b.Seconds
}

// worseThan orders rows by their worst input: a failing row first, then the
// larger error, then the smaller input, so that the order of merging is of no
// consequence.
func worseThan(a, b result.Accuracy) bool {
	if (a.Reproduce != "") != (b.Reproduce != "") {
		return a.Reproduce != ""
	}
	if a.WorstULP != b.WorstULP {
		return a.WorstULP > b.WorstULP
	}
	if (a.WorstInput == "") != (b.WorstInput == "") {
		return a.WorstInput != ""
	}
	if a.WorstInput != b.WorstInput {
		return a.WorstInput < b.WorstInput
	}
	return a.Reproduce < b.Reproduce
}

// conclude sets what follows from the counts.
func conclude(a *result.Accuracy) {
	switch a.Type {
	case result.Float32:
		a.Exhaustive = a.Inputs >= 1<<32
		if a.Direction == result.Fused { // with two results, each of which counts
			a.Exhaustive = a.Inputs >= 1<<33
		}
	case result.Float16, result.BFloat16:
		a.Exhaustive = a.Inputs >= 1<<16
	}
	a.Mistrusted = mistrusted(*a)
}

// MistrustedZeroShare is the share of exact results that may be zero before
// the check counts as proving little. ReLU, half of whose results are zero by
// design, stays well below it.
const MistrustedZeroShare = .9

// mistrusted reports whether the inputs tried prove little: none were in the domain,
// nearly all results were zero, or all of many results were the same.
func mistrusted(a result.Accuracy) bool {
	return a.InDomain() == 0 ||
		float64(a.ZeroResults) > MistrustedZeroShare*float64(a.InDomain()) ||
		a.DistinctResults < 2
}

// MeanULP returns the mean error in ULP of the results that the promise is not
// widened for, NaN if there are none.
func MeanULP(a result.Accuracy) float64 { return a.SumULP / float64(a.Compared-a.Widened) }

// CorrectShare returns the share of inputs in the domain whose result is the correctly
// rounded one.
func CorrectShare(a result.Accuracy) float64 {
	return float64(a.CorrectlyRounded) / float64(a.InDomain())
}

// Verdict is "ok", "WRONG" or "MISTRUSTED", or "no promise" of another library's kernel.
func Verdict(a result.Accuracy) string {
	switch {
	case a.Rounding == result.Unpromised:
		return "no promise"
	case a.Failed():
		return "WRONG"
	case a.Mistrusted:
		return "MISTRUSTED"
	}
	return "ok"
}

// Summary describes the row in one line: verdict, kernel, figures, and for a
// failure what failed and the command that shows it.
func Summary(a result.Accuracy) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%-10s %s %s %s %s: %d inputs", Verdict(a), a.Op, a.Direction, a.Type, a.Variant, a.Inputs)
	if a.Exhaustive {
		b.WriteString(" (all)")
	}
	if a.OutsideDomain > 0 {
		fmt.Fprintf(&b, ", %d of them outside the domain", a.OutsideDomain)
	}
	switch {
	case a.Compared == 0:
	case a.Direction == result.GradCheck:
		fmt.Fprintf(&b, ", max relative difference %.3g", a.MaxRelative())
	default:
		fmt.Fprintf(&b, ", max %s ULP, mean %.3g ULP", a.LargestError(), MeanULP(a))
	}
	if a.InDomain() > 0 && a.Direction != result.GradCheck {
		fmt.Fprintf(&b, ", %s%% correctly rounded", Percent(a.CorrectlyRounded, a.InDomain()))
	}
	for _, part := range []struct {
		n    int64
		what string
	}{
		{a.OverBound, outsidePromise(a)},
		{a.NaNDisagree, "NaN disagreements"},
		{a.InfDisagree, "Inf disagreements"},
		{a.ZeroSignDisagree, "signs of zero lost"},
		{a.BitwiseDiffers, "results differ from the scalar variant"},
		{a.LayoutFailures, "failures of length, alignment, in-place use or guards"},
	} {
		if part.n > 0 {
			fmt.Fprintf(&b, "; %d %s", part.n, part.what)
		}
	}
	if a.Reproduce != "" {
		fmt.Fprintf(&b, "; %s", a.Reproduce)
	}
	return b.String()
}

// outsidePromise says what OverBound counts.
func outsidePromise(a result.Accuracy) string {
	if a.Direction == result.GradCheck {
		return fmt.Sprintf("differ by more than %g from the central difference", GradCheckTolerance)
	}
	if a.SweptBoundULP > 0 && a.SweptBoundULP != a.BoundULP {
		return fmt.Sprintf("outside the promise (%s, %.4g ULP; with a gradient of 1 %.4g ULP)", a.Rounding, a.BoundULP, a.SweptBoundULP)
	}
	return fmt.Sprintf("outside the promise (%s, %.4g ULP)", a.Rounding, a.BoundULP)
}

// Percent prints n of total so that 100 means all and 0 means none.
func Percent(n, total int64) string {
	switch share := 100 * float64(n) / float64(total); {
	case n == total:
		return "100"
	case share > 99.999999:
		return "99.999999"
	case n > 0 && share < 1e-6:
		return "<0.000001"
	default:
		return fmt.Sprintf("%.8g", math.Round(share*1e6)/1e6)
	}
}
