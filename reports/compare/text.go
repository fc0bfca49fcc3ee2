package compare

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// WriteText prints the comparison as a table for a terminal, with a verdict
// below it.
func (c *Comparison) WriteText(w io.Writer) error {
	t := table.NewWriter()
	t.SetStyle(plain)
	t.AppendHeader(table.Row{"kernel", "type", "variant", "workers", "n", "old ns/elem", "new ns/elem", "change", "p", ""})
	t.SetColumnConfigs([]table.ColumnConfig{
		{Number: 4, Align: text.AlignRight, AlignHeader: text.AlignRight},
		{Number: 5, Align: text.AlignRight, AlignHeader: text.AlignRight},
		{Number: 6, Align: text.AlignRight, AlignHeader: text.AlignRight},
		{Number: 7, Align: text.AlignRight, AlignHeader: text.AlignRight},
		{Number: 8, Align: text.AlignRight, AlignHeader: text.AlignRight},
		{Number: 9, Align: text.AlignRight, AlignHeader: text.AlignRight},
	})
	for _, r := range c.Rows {
		t.AppendRow(table.Row{r.Op + " " + r.Direction, r.Type, r.Variant, r.Workers, r.N,
			r.Old.String(), r.New.String(), r.change(), fmt.Sprintf("%.3f", float64(r.P)), r.verdict()})
	}
	var b strings.Builder
	fmt.Fprintf(&b, "old: %s (%s)\nnew: %s (%s)\n\n%s\n\n", c.Old.Path, list(c.Old.Runs), c.New.Path, list(c.New.Runs), trimmed(t.Render()))
	fmt.Fprintf(&b, "geometric mean of new/old: %.4f over %d kernels\n", float64(c.GeoMean), len(c.Rows))
	c.writeOnly(&b)
	for _, warning := range c.allWarnings() {
		fmt.Fprintf(&b, "warning: %s\n", warning)
	}
	fmt.Fprintf(&b, "%s\n", c.verdict())
	_, err := io.WriteString(w, b.String())
	return err
}

// trimmed is s without spaces at the ends of its lines.
func trimmed(s string) string {
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}

// plain is a table that reads well in a terminal, a pipe and a commit message.
var plain = table.Style{
	Name: "plain",
	Box:  table.BoxStyle{MiddleVertical: "  ", MiddleHorizontal: "-"},
	Options: table.Options{
		SeparateColumns: true,
	},
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

// change is the relative change, or ~ when it could be chance.
func (r Row) change() string {
	if !r.Significant {
		return "~"
	}
	return fmt.Sprintf("%+.2f%%", 100*float64(r.Delta))
}

func (r Row) verdict() string {
	switch {
	case r.Regressed:
		return "REGRESSED"
	case r.Improved:
		return "improved"
	}
	return ""
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

// allWarnings are those of the comparison and of its rows, each once, with the
// number of rows it is about.
func (c *Comparison) allWarnings() []string {
	warnings := append([]string(nil), c.Warnings...)
	rows := map[string]int{}
	var order []string
	for _, r := range c.Rows {
		for _, w := range r.Warnings {
			if rows[w] == 0 {
				order = append(order, w)
			}
			rows[w]++
		}
	}
	for _, w := range order {
		warnings = append(warnings, fmt.Sprintf("%s (%d of %d kernels)", w, rows[w], len(c.Rows)))
	}
	return warnings
}

func (c *Comparison) verdict() string {
	rule := fmt.Sprintf("by more than %g%%, p < %g after Holm's correction", 100*c.Threshold, c.Alpha)
	regressed := c.Regressed()
	if len(regressed) == 0 {
		return fmt.Sprintf("no kernel regressed (slower %s)", rule)
	}
	worst := regressed[0]
	return fmt.Sprintf("%d of %d kernels regressed (slower %s); worst: %s, %s", len(regressed), len(c.Rows), rule, worst.Name, worst.change())
}

func list(names []string) string { return strings.Join(names, ", ") }
