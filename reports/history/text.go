package history

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"actinit/reports/gate"
)

// sparkWidth is how many runs a sparkline shows, the newest.
const sparkWidth = 40

var sparks = []rune("▁▂▃▄▅▆▇█")

// Sparkline draws values as bars, the smallest the lowest; of more than 40 the last.
func Sparkline(values []float64) string {
	values = values[max(0, len(values)-sparkWidth):]
	if len(values) == 0 {
		return ""
	}
	low, high := slices.Min(values), slices.Max(values)
	bars := make([]rune, len(values))
	for i, v := range values {
		level := 0
		if high > low {
			level = int(math.Round((v - low) / (high - low) * float64(len(sparks)-1)))
		}
		bars[i] = sparks[level]
	}
	return string(bars)
}

// WriteText prints the change points as a table for a terminal, the latest first; with all
// the series without one, too.
func (h *History) WriteText(w io.Writer, all bool) error {
	var b strings.Builder
	t := gate.Table{
		Header: append(slices.Clone(gate.KernelHeader), "runs", "since run", "commit", "before", "after", "ns/elem", "p", "history"),
		Left:   append(slices.Clone(gate.KernelLeft), 6, 7, 12),
	}
	type line struct {
		started int64
		cells   []string
	}
	var lines []line
	changed := 0
	for i := range h.Series {
		s := &h.Series[i]
		row := gate.NewRow(s.subject, gate.Limits{})
		cells := append(row.KernelCells(), fmt.Sprint(len(s.Points)))
		if len(s.Changes) > 0 {
			changed++
		} else if all {
			lines = append(lines, line{0, append(cells, "", "", "", fmt.Sprintf("%.4g", median(s.values())), "", "", Sparkline(s.values()))})
		}
		for _, c := range s.Changes {
			lines = append(lines, line{s.Points[c.Index].Started.UnixNano(), append(slices.Clone(cells), c.Run, c.Commit[:min(len(c.Commit), 7)],
				fmt.Sprintf("%.4g", float64(c.Before)), fmt.Sprintf("%.4g", float64(c.After)), fmt.Sprintf("%+.1f%%", 100*float64(c.Delta)), fmt.Sprintf("%.3f", float64(c.P)), Sparkline(s.values()))})
		}
	}
	slices.SortStableFunc(lines, func(a, b line) int {
		switch {
		case a.started > b.started:
			return -1
		case a.started < b.started:
			return 1
		}
		return 0
	})
	for _, l := range lines {
		t.Rows = append(t.Rows, l.cells)
	}
	if len(t.Rows) > 0 {
		fmt.Fprintf(&b, "%s\n\n", t)
	}
	runs := "runs"
	if h.Runs == 1 {
		runs = "run"
	}
	fmt.Fprintf(&b, "%d of %d series over %d %s changed (by %s or more, p < %g after Holm's correction)\n", changed, len(h.Series), h.Runs, runs, gate.Percent(h.Effect), h.Alpha)
	if h.Single > 0 {
		fmt.Fprintf(&b, "%d series of one run are left out\n", h.Single)
	}
	if h.TooMany {
		fmt.Fprintf(&b, "warning: no change can be significant among so many series: probabilities are simulated down to %.0e only: filter\n", 1./mostOrders)
	}
	if h.Powerless > 0 {
		fmt.Fprintf(&b, "warning: %d series have fewer than the %d runs with which a change can be significant among so many: make more runs, or filter\n", h.Powerless, h.Needed)
	}
	_, err := io.WriteString(w, b.String())
	return err
}
