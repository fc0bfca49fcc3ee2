package cli

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"actinit/harness/bench"
	"actinit/harness/ops"
	"actinit/harness/result"
	"actinit/reports/plots"
)

// summariseLimits shows what the machine itself can do, and how near the float32 kernels come to it;
// unless all are wanted, without the extended operations' where there are others.
func summariseLimits(w io.Writer, limits []result.Limit, rows []result.Bench, all bool) {
	peaks := result.Peaks(limits)
	_, fastest := result.Extremes(peaks)
	of := "this machine"
	if n := len(result.Machines(peaks)); n > 1 {
		of = fmt.Sprintf("%d machines, each on that where it is highest", n)
	}
	fmt.Fprintf(w, "\nlimits of %s, the best of %s samples each: memory in GB/s, arithmetic in Gop/s, vector in Ginstructions/s\n", of, samplesOf(fastest))
	limitTable(fastest, true).text(w)
	fmt.Fprintln(w)
	limitTable(fastest, false).text(w)
	sayTwoModes(w, peaks)
	medians := result.Medians(rows)
	if shares := shareTable(medians, all); len(shares.rows) > 0 {
		fmt.Fprintln(w, "\n% of what these limits allow, and the one that bounds, at n elements: float32 kernels, the fastest variant, one worker;\n"+
			"in brackets where operations are unknown and memory alone bounds")
		shares.text(w)
		sayFaster(w, medians)
	}
}

// samplesOf words how many samples the peaks are of: "10", or "10 to 40".
func samplesOf(peaks []result.Peak) string {
	bySamples := func(a, b result.Peak) int { return cmp.Compare(a.Samples, b.Samples) }
	least, most := slices.MinFunc(peaks, bySamples).Samples, slices.MaxFunc(peaks, bySamples).Samples
	if least == most {
		return fmt.Sprint(least)
	}
	return fmt.Sprintf("%d to %d", least, most)
}

// limitTable has a line for each instruction set and number of threads, and of memory for sizes that are a
// factor 4 apart; a column for each limit.
func limitTable(peaks []result.Peak, memory bool) *listing {
	l := &listing{header: []string{"limits", "threads"}, right: map[int]bool{1: true}}
	if memory {
		l.header, l.right[2] = append(l.header, "memory"), true
	}
	peaks = slices.DeleteFunc(slices.Clone(peaks), func(p result.Peak) bool { return p.Memory() != memory })
	names := len(l.header)
	for _, p := range peaks { // in the limits' order
		if name := nameOf(p); !slices.Contains(l.header, name) {
			l.right[len(l.header)] = true
			l.header = append(l.header, name)
		}
	}
	slices.SortStableFunc(peaks, func(a, b result.Peak) int {
		return cmp.Or(cmp.Compare(a.ISA, b.ISA), cmp.Compare(a.Workers, b.Workers), cmp.Compare(a.Bytes, b.Bytes))
	})
	var last result.Peak
	for _, p := range peaks {
		same := p.ISA == last.ISA && p.Workers == last.Workers
		switch {
		case same && p.Bytes == last.Bytes:
		case same && p.Bytes < 4*last.Bytes:
			continue
		default:
			last = p
			l.add(append([]string{p.ISA, fmt.Sprint(p.Workers), bytesName(p.Bytes)}[:names], make([]string, len(l.header)-names)...)...)
		}
		l.rows[len(l.rows)-1][slices.Index(l.header, nameOf(p))] = fmt.Sprintf("%.3g", p.Best/1e9)
	}
	return l
}

// nameOf is the limit's name and type.
func nameOf(p result.Peak) string { return strings.TrimSpace(p.Name + " " + p.Type) }

func bytesName(bytes int64) string {
	return plots.PowersOfTwo([]float64{float64(bytes)})[float64(bytes)] + "B"
}

// sayTwoModes names the limits whose samples fall in two groups.
func sayTwoModes(w io.Writer, peaks []result.Peak) {
	all, several := len(peaks), len(result.Machines(peaks)) > 1
	peaks = slices.DeleteFunc(slices.Clone(peaks), func(p result.Peak) bool { return !p.TwoModes() })
	if len(peaks) == 0 {
		return
	}
	widest := slices.MaxFunc(peaks, func(a, b result.Peak) int { return cmp.Compare(a.Fast/a.Slow, b.Fast/b.Slow) })
	of := nameOf(widest)
	if widest.Memory() {
		of += " in " + bytesName(widest.Bytes)
	}
	where := ""
	if several {
		where = " of " + widest.Host
	}
	fmt.Fprintf(w, "two modes: of %d limits, the samples of %d fall into two groups, those of %s on %s%s about %.3g and %.3g G/s: "+
		"compare such timings within one run only\n", all, len(peaks), of, plural(widest.Workers, "thread"), where, widest.Slow/1e9, widest.Fast/1e9)
}

// shareTable has a line for each float32 kernel, and a column for each size.
func shareTable(medians []result.Median, all bool) *listing {
	l := &listing{header: []string{"kernel"}, right: map[int]bool{}}
	var timed []result.Median // the fastest variant of each kernel and size
	for _, m := range medians {
		if m.Type != result.Float32 || m.Workers != 1 || m.BoundNs == nil || m.Peer() || m.Mode != result.Warm || m.Variant == bench.Reference {
			continue
		}
		i := slices.IndexFunc(timed, func(t result.Median) bool { return t.Op == m.Op && t.Direction == m.Direction && t.N == m.N })
		switch {
		case i < 0:
			timed = append(timed, m)
		case m.NsPerElem < timed[i].NsPerElem:
			timed[i] = m
		}
	}
	if classic := slices.DeleteFunc(slices.Clone(timed), func(m result.Median) bool {
		row, known := ops.Find(m.Op)
		return known && row.Extended
	}); !all && len(classic) > 0 {
		timed = classic
	}
	rank := tableRank()
	slices.SortStableFunc(timed, func(a, b result.Median) int {
		return cmp.Or(cmp.Compare(rank(a.Op), rank(b.Op)), cmp.Compare(directionRank(a.Direction), directionRank(b.Direction)))
	})
	var sizes []int64
	for _, m := range timed {
		if !slices.Contains(sizes, m.N) {
			sizes = append(sizes, m.N)
		}
	}
	slices.Sort(sizes)
	for i, n := range sizes {
		l.header, l.right[i+1] = append(l.header, fmt.Sprint(n)), true
	}
	for _, m := range timed {
		name := m.Op + " " + m.Direction
		if len(l.rows) == 0 || l.rows[len(l.rows)-1][0] != name {
			l.add(append([]string{name}, make([]string, len(sizes))...)...)
		}
		share, _ := m.BoundShare()
		cell := fmt.Sprintf("%.0f %s", 100*share, m.Bound)
		if m.Intensity == nil {
			cell = "(" + cell + ")"
		}
		l.rows[len(l.rows)-1][1+slices.Index(sizes, m.N)] = cell
	}
	return l
}

// sayFaster counts what seems faster than the machine can be.
func sayFaster(w io.Writer, medians []result.Median) {
	known, faster := 0, 0
	var most result.Median
	highest := 1.
	for _, m := range medians {
		share, ok := m.BoundShare()
		if ok {
			known++
		}
		if share > 1 {
			faster++
		}
		if share > highest {
			most, highest = m, share
		}
	}
	if faster > 0 {
		fmt.Fprintf(w, "%d of %d kernels and sizes seem faster than their bound, %s %s %s of %d elements on %d workers most, %.0f%%: "+
			"vectors that just fill a cache, or a machine that sped up after its limits were measured\n",
			faster, known, most.Op, most.Direction, most.Type, most.N, most.Workers, 100*highest)
	}
}
