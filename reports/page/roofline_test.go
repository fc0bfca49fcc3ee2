package page

import (
	"slices"
	"strings"
	"testing"

	"actinit/harness/result"
	"actinit/reports/runstore"
)

// hold gives the run limits, and its vector kernels bounds: sigmoid .5 ns, ReLU, which has no operations, .25.
func hold(d *runstore.Data) {
	for sample := range int64(10) {
		limit := result.Limit{Name: result.LimitFMA, Type: result.Float64, ISA: "x", Workers: 1, Sample: sample, PerS: 1e11}
		d.Limits = append(d.Limits, limit)
		for _, bytes := range []int64{4 << 10, 32 << 10, 8 << 20} {
			limit = result.Limit{Name: result.LimitCopy, ISA: "x", Workers: 1, Bytes: bytes, Sample: sample, PerS: 1e15 / float64(bytes)}
			if bytes == 8<<20 && sample%2 == 0 {
				limit.PerS /= 2
			}
			d.Limits = append(d.Limits, limit)
		}
	}
	for i := range d.Bench {
		row := &d.Bench[i]
		if row.Variant != "avx2" {
			continue
		}
		intensity, ns := 2.5, .5
		row.Bound = result.LimitFMA
		if row.Op == "relu" {
			intensity, ns, row.Bound = 0, .25, result.LimitCopy
		}
		row.Intensity, row.BoundNs = &intensity, &ns
	}
}

func TestRoofline(t *testing.T) {
	in := input()
	page := write(t, in)
	for _, want := range []string{
		"None of 6 kernels and sizes is faster than its bound.", "Of 4 limits, the samples of 1 fall into two modes", "two modes: 0.0596 and 0.119",
		"<th scope=\"row\" class=\"wraps\">sigmoid forward</th><td class=\"n\">24 fma</td><td class=\"n\">45 fma</td>", "23 copy", "fma float64 100<",
	} {
		if !strings.Contains(strings.ReplaceAll(page, "</text>", "<"), want) {
			t.Errorf("the page has no %q", want)
		}
	}
	s := sectionOf(t, in)
	if got := len(s.Rows[0].Figures); got != 3 {
		t.Errorf("%d figures for 3 sizes", got)
	}

	fast := 2.
	for i := range in.Data.Bench {
		if row := &in.Data.Bench[i]; row.Variant == "avx2" && row.Op == "relu" && row.N == 4096 {
			row.BoundNs = &fast
		}
	}
	s = sectionOf(t, in)
	if say := s.Rows[1].Say; !strings.HasPrefix(say, "1 of 6 kernels and sizes seem faster than their bound, by 79% at most") {
		t.Error(say)
	}
	lines := s.Rows[1].Table.Lines
	if i := slices.IndexFunc(lines, func(l plainLine) bool { return l.Verdict != "" }); i < 0 || lines[i].Name != "ReLU forward" {
		t.Errorf("%+v", lines)
	}

	in.Data.Limits = nil
	if s := sectionOf(t, in); len(s.Rows) > 0 {
		t.Error("a run without limits has a roofline")
	}
}

// A run of two machines has each limit once, and says which machine it is of.
func TestRooflineOfMachines(t *testing.T) {
	in := input()
	for _, l := range slices.Clone(in.Data.Limits) {
		l.Host, l.PerS = "slow", l.PerS/4
		in.Data.Limits = append(in.Data.Limits, l)
	}
	s := sectionOf(t, in)
	table := s.Rows[2].Table
	if !strings.Contains(s.Say, "made on 2 machines") || table.Title != "4 limits, each on the machine where it is highest" || len(table.Lines) != 4 {
		t.Errorf("%q, %q, %d lines", s.Say, table.Title, len(table.Lines))
	}
	for _, line := range table.Lines {
		if len(line.Cells)+1 != len(table.Header) || line.Cells[9] != "slow" || line.Cells[7] == "slow" {
			t.Errorf("%q of %q", line.Cells, table.Header)
		}
	}
	if fma := table.Lines[slices.IndexFunc(table.Lines, func(l plainLine) bool { return l.Name == "fma float64" })]; fma.Cells[3] != "100" || fma.Cells[8] != "25" {
		t.Errorf("multiply-adds: %q", fma.Cells)
	}
	if one := sectionOf(t, input()); strings.Contains(one.Say, "machines:") || len(one.Rows[2].Table.Header) != 8 {
		t.Errorf("a run of one machine: %q, %q", one.Say, one.Rows[2].Table.Header)
	}
}

func sectionOf(t *testing.T, in Input) section {
	t.Helper()
	s, err := newBuilder(in).roofline()
	if err != nil {
		t.Fatal(err)
	}
	return s
}
