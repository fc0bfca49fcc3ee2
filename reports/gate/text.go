package gate

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// A Table is printed for a terminal: text columns first, then numbers, then the verdict.
type Table struct {
	Header []string
	Rows   [][]string
	Left   []int // 0-based columns aligned to the left; the others are numbers
}

// String lays the table out in columns, without spaces at the ends of lines.
func (t Table) String() string {
	w := table.NewWriter()
	w.SetStyle(plain)
	w.AppendHeader(cells(t.Header))
	for _, row := range t.Rows {
		w.AppendRow(cells(row))
	}
	configs := make([]table.ColumnConfig, len(t.Header))
	for i := range configs {
		configs[i] = table.ColumnConfig{Number: i + 1, Align: text.AlignRight, AlignHeader: text.AlignRight}
	}
	for _, i := range t.Left {
		configs[i].Align, configs[i].AlignHeader = text.AlignLeft, text.AlignLeft
	}
	w.SetColumnConfigs(configs)
	lines := strings.Split(w.Render(), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}

func cells(words []string) table.Row {
	row := make(table.Row, len(words))
	for i, w := range words {
		row[i] = w
	}
	return row
}

// plain is a table that reads well in a terminal, a pipe and a commit message.
var plain = table.Style{
	Name:    "plain",
	Box:     table.BoxStyle{MiddleVertical: "  ", MiddleHorizontal: "-"},
	Options: table.Options{SeparateColumns: true},
}

// KernelHeader heads the columns of KernelCells, which are KernelLeft aligned.
var (
	KernelHeader = []string{"kernel", "type", "variant", "workers", "n"}
	KernelLeft   = []int{0, 1, 2}
)

// KernelCells returns the cells that say which kernel a row is about.
func (r *Row) KernelCells() []string {
	kernel := r.Op + " " + r.Direction
	if r.Mode != "warm" {
		kernel += " " + r.Mode
	}
	return []string{kernel, r.Type, r.Variant, strconv.FormatInt(r.Workers, 10), strconv.FormatInt(r.N, 10)}
}

// Change is the relative change, or ~ where it could be chance.
func (r *Row) Change(alpha float64) string {
	if !r.Significant(alpha) {
		return "~"
	}
	return fmt.Sprintf("%+.2f%%", 100*float64(r.Delta))
}

// Interval is the interval of the change in per cent: "+1.2% .. +3.1%".
func (r *Row) Interval() string {
	if math.IsInf(float64(r.High), 0) || math.IsInf(float64(r.Low), 0) || r.Low <= -1 {
		return "∞"
	}
	return fmt.Sprintf("%+.2f%% .. %+.2f%%", 100*float64(r.Low), 100*float64(r.High))
}

// Word is the verdict as tables show it: regressions stand out.
func (v Verdict) Word() string {
	if v == Regressed {
		return "REGRESSED"
	}
	return string(v)
}

// Percent is a share in per cent: 2% for .02.
func Percent(share float64) string { return strconv.FormatFloat(100*share, 'g', 4, 64) + "%" }

// RowWarnings returns the warnings of rows, each once, with the number of rows it is about.
func RowWarnings(rows []*Row) []string {
	count := map[string]int{}
	var order []string
	for _, r := range rows {
		for _, w := range r.Warnings {
			if count[w] == 0 {
				order = append(order, w)
			}
			count[w]++
		}
	}
	var warnings []string
	for _, w := range order {
		warnings = append(warnings, fmt.Sprintf("%s (%d of %d kernels)", w, count[w], len(rows)))
	}
	return warnings
}
