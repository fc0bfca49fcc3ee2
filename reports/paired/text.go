package paired

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"actinit/reports/gate"
)

// maxNamed is how many regressions are named again below the table, the largest first.
const maxNamed = 10

// Report returns what a gate needs of the comparison.
func (c *Comparison) Report() *gate.Report {
	r := &gate.Report{Title: "actinit bench --against " + c.Old, Warnings: c.Warnings}
	for i := range c.Rows {
		r.Cases = append(r.Cases, c.Rows[i].Case())
	}
	return r
}

// WriteText prints the comparison as a table for a terminal, with a verdict below it.
func (c *Comparison) WriteText(w io.Writer) error {
	t := gate.Table{Header: append(append([]string(nil), gate.KernelHeader...), "blocks", "spread", "change", "interval", "p", "floor", ""), Left: append(append([]int(nil), gate.KernelLeft...), 11)}
	for i := range c.Rows {
		r := &c.Rows[i]
		word := r.Verdict.Word()
		switch {
		case r.Verdict == gate.Undecided && r.More > beyondWaiting:
			word += ", too noisy"
		case r.Verdict == gate.Undecided && r.More > 0:
			word += fmt.Sprintf(", %d more blocks", r.More)
		}
		cells := []string{strconv.Itoa(r.Blocks), "", "", "", "", "", word}
		if r.Verdict != gate.Ignored {
			cells = []string{strconv.Itoa(r.Blocks), fmt.Sprintf("%.2f%%", 100*float64(r.Spread)),
				r.Change(c.Alpha), r.Interval(), fmt.Sprintf("%.3f", float64(r.PHolm)), fmt.Sprintf("%.2f%%", 100*float64(r.Floor)), word}
		}
		t.Rows = append(t.Rows, append(r.KernelCells(), cells...))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "old: %s\nnew: %s\n\n%s\n\n", c.Old, c.New, t)
	report := c.Report()
	for _, warning := range report.Warnings {
		fmt.Fprintf(&b, "warning: %s\n", warning)
	}
	regressed := report.Of(gate.Regressed)
	for _, r := range regressed[:min(len(regressed), maxNamed)] {
		fmt.Fprintf(&b, "REGRESSED %s: %s\n", r.Name, r.Message)
	}
	fmt.Fprintf(&b, "%s\n%s\n", c.rule(), report.Summary())
	_, err := io.WriteString(w, b.String())
	return err
}

// beyondWaiting blocks are more than anybody waits for.
const beyondWaiting = 10 * MaxBlocks

// enough says how many more blocks would be needed.
func enough(more int) string {
	if more > beyondWaiting {
		return "the machine is too noisy for some of them, see actinit doctor"
	}
	return fmt.Sprintf("up to %d more blocks would be needed", more)
}

// rule words what is called a change.
func (c *Comparison) rule() string {
	return fmt.Sprintf("a change is called beyond %s and the noise floor, p < %g after Holm's correction; intervals hold for all kernels together",
		c.thresholds(), c.Alpha)
}

// thresholds says beyond what the kernels' changes are called: "1%", or "2% to 5% (each kernel's threshold)".
func (c *Comparison) thresholds() string {
	var all []float64
	for _, r := range c.Rows {
		if r.Verdict != gate.Ignored {
			all = append(all, float64(r.Threshold))
		}
	}
	if len(all) == 0 {
		return gate.Percent(c.Effect)
	}
	least, most := slices.Min(all), slices.Max(all)
	if least == most {
		return gate.Percent(least)
	}
	return fmt.Sprintf("%s to %s (each kernel's threshold)", gate.Percent(least), gate.Percent(most))
}
