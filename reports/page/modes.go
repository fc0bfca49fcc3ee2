package page

import (
	"slices"

	"actinit/harness/result"
	"actinit/reports/plots"
)

// modes shows the time per element over the size by where the operands are.
func (b *builder) modes() (section, error) {
	s := section{
		ID: "modes", Title: "Warm, cold and in place",
		Say: "Warm: every call works on the same operands, in the caches they fit in. Cold: the operands of each call are in no cache. " +
			"In place: each call writes its results over a fresh copy of the input, which comes from a second-level cache where it fits there. " +
			"The fastest variant of each kernel, float32, one worker.",
		Command: "actinit bench --stages bench --modes warm,cold,in-place", File: "bench.parquet",
	}
	other := slices.DeleteFunc(slices.Clone(b.everyMode), func(m result.Median) bool { return m.Mode == result.Warm })
	for _, direction := range []string{result.Forward, result.Backward} {
		row := figureRow{Title: direction}
		for i, mode := range result.Modes() {
			row.Legend = append(row.Legend, key{Name: mode, Color: i})
		}
		ops := opsOf(b, other, func(m result.Median) (string, bool) {
			return m.Op, m.Direction == direction && m.Type == float32Name
		})
		for _, op := range ops {
			l := plots.Lines{X: plots.Axis{Label: "elements", Log: true}, Y: plots.Axis{Label: "ns / element", Log: true}}
			var sizes []float64
			for i, mode := range result.Modes() {
				line := plots.Series{Color: i, Dots: true}
				for n, ns := range b.fastest(op, direction, mode) {
					line.X, line.Y = append(line.X, float64(n)), append(line.Y, ns)
					sizes = append(sizes, float64(n))
				}
				sortPoints(&line)
				l.Series = append(l.Series, line)
			}
			l.X.Ticks = plots.PowersOfTwo(sizes)
			if err := row.add(b.title(op), l); err != nil {
				return s, err
			}
		}
		if len(row.Figures) > 0 {
			s.Rows = append(s.Rows, row)
		}
	}
	return s, nil
}

// fastest returns the ns per element of our fastest variant in a mode, by size.
func (b *builder) fastest(op, direction, mode string) map[int64]float64 {
	times := map[int64]float64{}
	for _, m := range b.everyMode {
		if m.Op != op || m.Direction != direction || m.Type != float32Name || m.Mode != mode || m.Workers != 1 || m.Peer() {
			continue
		}
		if ns, ok := times[m.N]; !ok || m.NsPerElem < ns {
			times[m.N] = m.NsPerElem
		}
	}
	return times
}
