package compare

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"actinit/reports/gate"
)

// WriteText prints the comparison as a table for a terminal, with a verdict
// below it.
func (c *Comparison) WriteText(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "old: %s (%s)\nnew: %s (%s)\n\n", c.Old.Path, list(c.Old.Runs), c.New.Path, list(c.New.Runs))
	if len(c.Rows) > 0 {
		t := gate.Table{Header: slices.Concat(gate.KernelHeader, []string{"old ns/elem", "new ns/elem", "change", "p", ""}), Left: slices.Concat(gate.KernelLeft, []int{9})}
		for i := range c.Rows {
			r := &c.Rows[i]
			t.Rows = append(t.Rows, append(r.KernelCells(), r.Old.String(), r.New.String(), r.Change(c.Alpha), fmt.Sprintf("%.3f", float64(r.P)), word(r.Verdict)))
		}
		fmt.Fprintf(&b, "%s\n\ngeometric mean of new/old: %.4f over %d kernels\n", t, float64(c.GeoMean), len(c.Rows))
	}
	c.writeOnly(&b)
	c.writeAccuracy(&b)
	for _, warning := range append(slices.Clone(c.Warnings), gate.RowWarnings(c.rows())...) {
		fmt.Fprintf(&b, "warning: %s\n", warning)
	}
	fmt.Fprintf(&b, "%s\n", c.verdict())
	_, err := io.WriteString(w, b.String())
	return err
}

// word is the verdict where it is one: unpaired, most kernels are neither shown to have
// changed nor to be the same, and p says why.
func word(v gate.Verdict) string {
	if v == gate.Undecided || v == gate.Same {
		return ""
	}
	return v.Word()
}

// String shows the median and how far the farther end of its interval is off,
// in per cent, as benchstat does.
func (s Summary) String() string {
	half := max(float64(s.High-s.Median), float64(s.Median-s.Low)) / float64(s.Median)
	interval := "∞"
	if !math.IsInf(half, 0) && !math.IsNaN(half) {
		interval = strconv.FormatFloat(100*half, 'f', 0, 64) + "%"
	}
	return fmt.Sprintf("%.4g ± %s", float64(s.Median), interval)
}

func (c *Comparison) writeOnly(b *strings.Builder) {
	for _, side := range []struct {
		which string
		names []string
	}{{"old", c.OnlyOld}, {"new", c.OnlyNew}} {
		if len(side.names) > 0 {
			fmt.Fprintf(b, "only in %s: %d, such as %s\n", side.which, len(side.names), side.names[0])
		}
	}
}

func (c *Comparison) writeAccuracy(b *strings.Builder) {
	if c.Verified == 0 {
		return
	}
	fmt.Fprintf(b, "accuracy: of %d kernels verified in both, ", c.Verified)
	changed := slices.DeleteFunc(slices.Clone(c.Accuracy), func(k gate.Case) bool { return k.Verdict == gate.Same || k.Verdict == gate.Ignored })
	if len(changed) == 0 {
		fmt.Fprintln(b, "none changed")
		return
	}
	fmt.Fprintf(b, "%d figures changed\n", len(changed))
	for _, k := range changed {
		fmt.Fprintf(b, "  %s: %s %s: %s\n", k.Name, k.Unit, k.Verdict.Word(), k.Message)
	}
}

func (c *Comparison) verdict() string {
	report := c.Report()
	rule := fmt.Sprintf("slower by more than %s unless --thresholds says otherwise, p < %g after Holm's correction", gate.Percent(c.Threshold), c.Alpha)
	regressed := report.Of(gate.Regressed)
	if len(regressed) == 0 && report.Partial != "" {
		return fmt.Sprintf("nothing regressed in what is there, which is no pass: %s (%s)%s", report.Partial, rule, c.verdictDoubt())
	}
	if len(regressed) == 0 {
		return fmt.Sprintf("nothing regressed among %s (%s)%s", report.Counted(), rule, c.verdictDoubt())
	}
	worst := regressed[0]
	return fmt.Sprintf("%d of %s regressed (%s); worst: %s, %s %s%s", len(regressed), report.Counted(), rule, worst.Name, worst.Unit, worst.Message, c.verdictDoubt())
}

// verdictDoubt says beside the verdict that neither run's times should be believed, where that is so. The warnings
// of disbelief, some lines above, say why.
func (c *Comparison) verdictDoubt() string {
	if len(c.Rows) == 0 || len(c.Old.Noise) == 0 || len(c.New.Noise) == 0 {
		return ""
	}
	return "; by their own noise verdicts both runs were disturbed: believe no change of times without a second look"
}

// list joins names.
func list(names []string) string { return strings.Join(names, ", ") }
