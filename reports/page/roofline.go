package page

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"actinit/harness/result"
	"actinit/reports/plots"
)

// Colours of dots, by the kind of limit that applies.
const (
	colorMemory = iota
	colorFMA
	colorDivide
	colorVector
	colorRoof = 7 // grey
)

var boundKeys = []key{
	{Name: "memory", Color: colorMemory}, {Name: "fused multiply-adds", Color: colorFMA},
	{Name: "divisions", Color: colorDivide}, {Name: "vector instructions", Color: colorVector},
	{Name: "this machine's limits", Color: plots.Ink}, {Name: "memory at other sizes", Color: colorRoof, Dashed: true},
}

func boundColor(bound string) int {
	i := slices.Index([]string{result.LimitFMA, result.LimitDivide, result.LimitVector}, bound)
	return i + 1
}

// roofline shows how near the kernels come to what the machine itself can do.
func (b *builder) roofline() (section, error) {
	s := section{
		ID: "roofline", Title: "Roofline: how near to what the machine can do",
		Say: "At the start of the run the machine itself was measured: how fast it loads, stores and copies memory of each size, multiplies and adds, divides, and issues vector instructions. " +
			"A kernel cannot be faster than its own loads and stores, multiplications, divisions or vector instructions alone; the slowest of them is its bound. " +
			"Operations were counted in the assembly. float32 kernels, the fastest variant, one worker.",
		Command: "actinit bench --stages limits,bench", File: "limits.parquet, bench.parquet",
	}
	best := b.bounded()
	if n := len(result.Machines(b.peaks)); n > 1 {
		s.Say += fmt.Sprintf(" The run was made on %d machines: each kernel is held against the limits of the one that timed it. Slopes and lines are, of each limit, those of the machine where it is highest.", n)
	}
	if len(b.peaks) == 0 || len(best) == 0 {
		return s, nil
	}
	var sizes []int64
	for _, m := range best {
		if !slices.Contains(sizes, m.N) {
			sizes = append(sizes, m.N)
		}
	}
	slices.Sort(sizes)
	row := figureRow{Title: "operations per second over operations per byte", Legend: boundKeys,
		Say: "Each dot is a kernel, in the colour of what bounds it. The slope is the memory in which the vectors of that size lie; the dashed line is divisions alone, of which most kernels " +
			"have one among ten operations or more. Kernels that only compare and move have no operations and no dot: they are in the table below."}
	for _, n := range sizes {
		if f, isa, ok := b.roofs(best, sizes, n); ok {
			row.addDrawable(figure{Title: fmt.Sprintf("%s elements", sizeName(n)), Say: fmt.Sprintf("memory at %.3g GB/s", b.bandwidth(isa, n)/1e9)}, f)
		}
	}
	if len(row.Figures) > 0 {
		s.Rows = append(s.Rows, row)
	}
	shares := figureRow{Title: "time at the bound as a share of the kernel's", Say: b.sayBounds()}
	if n, ok := speedUpSize(sizes); ok {
		for _, direction := range []string{"forward", "backward"} {
			bars := plots.Bars{X: plots.Axis{Label: "% of the bound"}}
			for _, m := range best {
				if share, _ := m.BoundShare(); m.N == n && m.Direction == direction && !b.twin(m.Op) {
					bars.Bars = append(bars.Bars, plots.Bar{Name: b.title(m.Op), Value: 100 * share, Label: fmt.Sprintf("%.0f, %s", 100*share, m.Bound)})
				}
			}
			if len(bars.Bars) > 0 {
				if err := shares.add(fmt.Sprintf("%s, %s elements", direction, sizeName(n)), bars); err != nil {
					return s, err
				}
			}
		}
	}
	shares.Table = b.shareTable(best, sizes)
	s.Rows = append(s.Rows, shares, figureRow{Title: "the machine's limits", Say: b.sayModes(), Table: b.limitTable()})
	return s, nil
}

// bounded returns of each float32 kernel and size on one worker the fastest variant that has a bound of
// its own, in the table's order.
func (b *builder) bounded() []result.Median {
	type cell struct {
		op, direction string
		n             int64
	}
	fastest := map[cell]result.Median{}
	for _, m := range b.medians {
		if m.Type != float32Name || m.Workers != 1 || m.BoundNs == nil || m.Peer() || m.Mode != result.Warm || m.Variant == referenceVariant {
			continue
		}
		c := cell{m.Op, m.Direction, m.N}
		if f, there := fastest[c]; !there || m.NsPerElem < f.NsPerElem {
			fastest[c] = m
		}
	}
	var all []result.Median
	for _, m := range fastest {
		all = append(all, m)
	}
	slices.SortFunc(all, func(x, y result.Median) int {
		return cmp.Or(b.byOp(x.Op, y.Op), cmp.Compare(directionRank(x.Direction), directionRank(y.Direction)), cmp.Compare(x.Direction, y.Direction), cmp.Compare(x.N, y.N))
	})
	return all
}

// peak returns the best rate of a limit on one worker, of memory for so many bytes, on the machine where it is
// highest; 0 if there is none.
func (b *builder) peak(name, of, isa string, bytes int64) (rate float64) {
	for _, p := range b.highest {
		if p.Name == name && p.Type == of && p.ISA == isa && p.Workers == 1 && (rate == 0 || p.Bytes <= bytes) {
			rate = p.Best
		}
	}
	return rate
}

// bandwidth is the best rate of memory in which two float32 vectors of n elements lie.
func (b *builder) bandwidth(isa string, n int64) (rate float64) {
	for _, name := range []string{result.LimitLoad, result.LimitCopy, result.LimitCopyNT, result.LimitAdd, result.LimitAddNT} {
		rate = max(rate, b.peak(name, "", isa, 8*n))
	}
	return rate
}

// roofs draws the kernels at n elements below the limits of their instruction set.
func (b *builder) roofs(best []result.Median, sizes []int64, n int64) (l plots.Lines, isa string, ok bool) {
	least, most := math.Inf(1), 0.
	dots := map[int]*plots.Series{}
	for _, m := range best {
		if m.Intensity == nil || *m.Intensity == 0 {
			continue
		}
		least, most = min(least, *m.Intensity), max(most, *m.Intensity)
		if m.N != n {
			continue
		}
		isa = m.ISA
		c := boundColor(m.Bound)
		if dots[c] == nil {
			dots[c] = &plots.Series{Color: c, Dots: true, Unjoined: true}
		}
		dots[c].X, dots[c].Y = append(dots[c].X, *m.Intensity), append(dots[c].Y, *m.Intensity*m.BytesPerS/1e9)
	}
	if len(dots) == 0 {
		return l, isa, false
	}
	left, right := least/2, most*4
	l = plots.Lines{X: plots.Axis{Label: "operations / byte", Log: true}, Y: plots.Axis{Label: "Gop/s", Log: true}, Height: 260}
	top := max(b.peak(result.LimitFMA, result.Float32, isa, 0), b.peak(result.LimitFMA, result.Float64, isa, 0)) / 1e9
	slope := func(rate float64, s plots.Series) {
		end := min(right, top/rate)
		s.X, s.Y = []float64{left, end}, []float64{left * rate, end * rate}
		l.Series = append(l.Series, s)
	}
	for _, other := range sizes {
		if rate := b.bandwidth(isa, other) / 1e9; rate > 0 && other != n {
			slope(rate, plots.Series{Color: colorRoof, Thin: true, Dashed: true})
		}
	}
	if rate := b.bandwidth(isa, n) / 1e9; rate > 0 {
		slope(rate, plots.Series{Color: plots.Ink})
	}
	flat := func(name, of string, dashed bool) {
		if rate := b.peak(name, of, isa, 0) / 1e9; rate > 0 {
			from := left
			if fast := b.bandwidth(isa, n) / 1e9; fast > 0 && !dashed {
				from = min(right/8, rate/fast)
			}
			l.Series = append(l.Series, plots.Series{Color: plots.Ink, X: []float64{from, right}, Y: []float64{rate, rate}, Dashed: dashed})
			l.Labels = append(l.Labels, plots.Label{X: right, Y: rate, Text: fmt.Sprintf("%s %s %.3g", name, of, rate)})
		}
	}
	flat(result.LimitFMA, result.Float32, false)
	flat(result.LimitFMA, result.Float64, false)
	flat(result.LimitDivide, result.Float64, true)
	for c := range boundKeys {
		if dots[c] != nil {
			l.Series = append(l.Series, *dots[c])
		}
	}
	return l, isa, true
}

// sayBounds counts what seems faster than its bound: nothing should be.
func (b *builder) sayBounds() string {
	all, faster, most := 0, 0, 1.
	for _, m := range b.medians {
		if share, known := m.BoundShare(); known {
			all++
			if share > 1 {
				faster++
				most = max(most, share)
			}
		}
	}
	if faster == 0 {
		return fmt.Sprintf("None of %d kernels and sizes is faster than its bound.", all)
	}
	return fmt.Sprintf("%d of %d kernels and sizes seem faster than their bound, by %.0f%% at most: vectors that just fill a cache, or a machine that sped up after its limits were measured.", faster, all, 100*(most-1))
}

// shareTable has the share and the bound of every kernel at every size.
func (b *builder) shareTable(best []result.Median, sizes []int64) *plainTable {
	t := &plainTable{Title: "% of the bound and what bounds, at n elements; in brackets where operations are unknown and memory alone bounds", Header: []string{"kernel"}}
	for _, n := range sizes {
		t.Header = append(t.Header, sizeName(n))
	}
	for _, m := range best {
		name := b.title(m.Op) + " " + m.Direction
		if len(t.Lines) == 0 || t.Lines[len(t.Lines)-1].Name != name {
			t.Lines = append(t.Lines, plainLine{Name: name, Cells: make([]string, len(sizes))})
		}
		line := &t.Lines[len(t.Lines)-1]
		share, _ := m.BoundShare()
		cell := fmt.Sprintf("%.0f %s", 100*share, m.Bound)
		if m.Intensity == nil {
			cell = "(" + cell + ")"
		}
		line.Cells[slices.Index(sizes, m.N)] = cell
		if share > 1 {
			line.Verdict = "faster than the bound"
		}
	}
	return t
}

// limitTable has every limit; of several machines that of the machine where it is highest, and beside it how low it
// is on another.
func (b *builder) limitTable() *plainTable {
	t := &plainTable{Title: fmt.Sprintf("%d limits", len(b.highest)), Header: []string{"limit", "instruction set", "threads", "memory", "best", "median", "unit", "samples"}}
	several := len(result.Machines(b.peaks)) > 1
	if several {
		t.Title += ", each on the machine where it is highest"
		t.Header = append(t.Header, "machine", "best of the slowest", "machine")
	}
	for i, p := range b.highest {
		memory, unit := "", "Gop/s"
		switch {
		case p.Memory():
			memory, unit = bytesName(p.Bytes), "GB/s"
		case p.Name == result.LimitVector:
			unit = "Ginstructions/s"
		}
		line := plainLine{Name: strings.TrimSpace(p.Name + " " + p.Type), Cells: []string{p.ISA, fmt.Sprint(p.Workers), memory,
			fmt.Sprintf("%.3g", p.Best/1e9), fmt.Sprintf("%.3g", p.Median/1e9), unit, fmt.Sprint(p.Samples)}}
		if several {
			line.Cells = append(line.Cells, p.Host, fmt.Sprintf("%.3g", b.lowest[i].Best/1e9), b.lowest[i].Host)
		}
		if p.TwoModes() {
			line.Verdict = fmt.Sprintf("two modes: %.3g and %.3g", p.Slow/1e9, p.Fast/1e9)
		}
		t.Lines = append(t.Lines, line)
	}
	return t
}

func bytesName(bytes int64) string { return sizeName(bytes) + "B" }

// sayModes says whether a limit has two modes.
func (b *builder) sayModes() string {
	two := 0
	for _, p := range b.peaks {
		if p.TwoModes() {
			two++
		}
	}
	if two == 0 {
		return "Bounds go by the best sample. No limit has two modes."
	}
	return fmt.Sprintf("Bounds go by the best sample. Of %d limits, the samples of %d fall into two modes: the machine has two speeds there, and timings taken minutes apart may differ by as much.", len(b.peaks), two)
}
