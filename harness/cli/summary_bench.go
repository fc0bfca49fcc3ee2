package cli

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"actinit/harness/bench"
	"actinit/harness/ops"
	"actinit/harness/result"
	"actinit/kernels"
	"actinit/reports/runstore"
)

// A speed is what one float32 kernel takes on one worker at one size.
type speed struct {
	op, direction           string
	n                       int64
	reference, scalar, best float64 // median ns per element, NaN if not timed
	variant                 string  // of the best
	vectors                 bool    // the best takes them
	apart                   float64 // of a fused kernel: the best forward and the best backward kernel one after the other, NaN of others
}

// speeds returns the speed of each float32 kernel at the size nearest to
// summarySize at which its fastest variant was timed.
func speeds(medians []result.Median) []speed {
	var all []speed
	index := map[[2]string]int{}
	for _, m := range medians {
		if m.Type != "float32" || m.Workers != 1 || m.Variant == bench.Reference || m.Peer() {
			continue
		}
		k := [2]string{m.Op, m.Direction}
		i, ok := index[k]
		if !ok {
			i = len(all)
			index[k] = i
			all = append(all, speed{op: m.Op, direction: m.Direction, n: m.N, best: math.Inf(1)})
		}
		s := &all[i]
		if nearer(m.N, s.n) {
			*s = speed{op: m.Op, direction: m.Direction, n: m.N, best: math.Inf(1)}
		}
		if m.N == s.n && m.NsPerElem < s.best {
			s.best, s.variant, s.vectors = m.NsPerElem, m.Variant, m.ISA != kernels.Portable
		}
	}
	for i := range all {
		s := &all[i]
		s.reference, s.scalar, s.apart = math.NaN(), math.NaN(), math.NaN()
		for _, m := range medians {
			if m.Type == "float32" && m.Workers == 1 && m.Op == s.op && m.Direction == s.direction && m.N == s.n {
				switch m.Variant {
				case bench.Reference:
					s.reference = m.NsPerElem
				case "scalar":
					s.scalar = m.NsPerElem
				}
			}
		}
	}
	for i := range all {
		if all[i].direction == result.Fused {
			all[i].besideParts(all)
		}
	}
	return all
}

// besideParts sets what forward and backward kernels take that compute what the fused kernel s does.
func (s *speed) besideParts(all []speed) {
	part := func(direction string) speed {
		i := slices.IndexFunc(all, func(o speed) bool { return o.op == s.op && o.direction == direction && o.n == s.n })
		if i < 0 {
			return speed{reference: math.NaN(), best: math.NaN()}
		}
		return all[i]
	}
	forward, backward := part(result.Forward), part(result.Backward)
	s.reference, s.apart = forward.reference+backward.reference, forward.best+backward.best
}

// summariseBench shows the median of each float32 kernel: the reference, the
// plain loop and the fastest variant; of a fused kernel also how it compares with the two
// kernels whose results it has. Unless all are wanted, it leaves out the
// extended operations' where there are others.
func summariseBench(w io.Writer, rows []result.Bench, all bool) {
	l := &listing{header: []string{"kernel, float32", "n", "reference ns/elem", "scalar ns/elem", "best ns/elem", "best", "over reference", "over scalar"},
		right: map[int]bool{1: true, 2: true, 3: true, 4: true, 6: true, 7: true, 8: true}}
	timed := speeds(result.MediansIn(result.Warm, rows))
	rank := tableRank()
	slices.SortStableFunc(timed, func(a, b speed) int {
		return cmp.Or(cmp.Compare(rank(a.op), rank(b.op)), cmp.Compare(directionRank(a.direction), directionRank(b.direction)))
	})
	shown := timed
	if !all {
		shown = slices.DeleteFunc(slices.Clone(timed), func(s speed) bool {
			row, ok := ops.Find(s.op)
			return ok && row.Extended
		})
		if len(shown) == 0 {
			shown = timed
		}
	}
	fused := slices.ContainsFunc(shown, func(s speed) bool { return !math.IsNaN(s.apart) })
	if fused {
		l.header = append(l.header, "over forward + backward")
	}
	for _, s := range shown {
		cells := []string{s.op + " " + s.direction, fmt.Sprint(s.n), nanoseconds(s.reference), nanoseconds(s.scalar), nanoseconds(s.best), s.variant, ratio(s.reference, s.best), ratio(s.scalar, s.best)}
		if fused {
			cells = append(cells, ratio(s.apart, s.best))
		}
		l.add(cells...)
	}
	fmt.Fprintf(w, "\nbench: %s; medians on one worker\n", plural(len(rows), "sample"))
	l.text(w)
	if more := len(timed) - len(shown); more > 0 {
		fmt.Fprintf(w, "%s more in the report\n", plural(more, "kernel"))
	}
	fmt.Fprintf(w, "These are float32 kernels at one size; every type, variant, size and number of workers timed is in %s and %s\n", runstore.FileReport, runstore.FileBenchText)
	if twins := twinsLeftOut(timed); len(twins) > 0 {
		fmt.Fprintf(w, "Faster twins, faithfully rounded, that were not timed: --filter 'op:(%s)'\n", strings.Join(twins, " OR "))
	}
}

// twinsLeftOut names the faithful twins of the operations timed that were not timed themselves. Only in vectors
// are they the faster ones.
func twinsLeftOut(timed []speed) (names []string) {
	has := func(op string, vectors bool) bool {
		return slices.ContainsFunc(timed, func(s speed) bool { return s.op == op && (s.vectors || !vectors) })
	}
	for _, row := range ops.All() {
		if row.Twin != "" && has(row.Twin, true) && !has(row.Name, false) {
			names = append(names, row.Name)
		}
	}
	return names
}

// directionRank puts forward before backward, and others behind them.
func directionRank(direction string) int {
	directions := []string{result.Forward, result.Backward}
	if i := slices.Index(directions, direction); i >= 0 {
		return i
	}
	return len(directions)
}

func nanoseconds(ns float64) string {
	if math.IsNaN(ns) {
		return ""
	}
	return fmt.Sprintf("%.3f", ns)
}

func ratio(slow, fast float64) string {
	if math.IsNaN(slow) || math.IsNaN(fast) {
		return ""
	}
	return fmt.Sprintf("%.2fx", slow/fast)
}

const summarySize = 4096

func nearer(a, b int64) bool {
	return max(a, summarySize)/min(a, summarySize) < max(b, summarySize)/min(b, summarySize)
}

// summariseModes shows the kernels that were timed cold or in place, in each mode by the fastest variant.
func summariseModes(w io.Writer, rows []result.Bench) {
	type key struct {
		op, direction string
		n             int64
	}
	times := map[key]map[string]float64{}
	var shown []key
	for _, m := range result.Medians(rows) {
		if m.Type != result.Float32 || m.Workers != 1 || m.Peer() {
			continue
		}
		k := key{m.Op, m.Direction, m.N}
		if times[k] == nil {
			times[k] = map[string]float64{}
		}
		if best, ok := times[k][m.Mode]; !ok || m.NsPerElem < best {
			times[k][m.Mode] = m.NsPerElem
		}
		if m.Mode != result.Warm && !slices.Contains(shown, k) {
			shown = append(shown, k)
		}
	}
	if len(shown) == 0 {
		return
	}
	rank := tableRank()
	slices.SortStableFunc(shown, func(a, b key) int {
		return cmp.Or(cmp.Compare(rank(a.op), rank(b.op)), cmp.Compare(directionRank(a.direction), directionRank(b.direction)), cmp.Compare(a.n, b.n))
	})
	l := &listing{header: []string{"kernel, float32", "n"}, right: map[int]bool{1: true, 2: true, 3: true, 4: true}}
	for _, mode := range result.Modes() {
		l.header = append(l.header, mode+" ns/elem")
	}
	for _, k := range shown[:min(len(shown), maxModeLines)] {
		line := []string{k.op + " " + k.direction, fmt.Sprint(k.n)}
		for _, mode := range result.Modes() {
			ns, ok := times[k][mode]
			if !ok {
				ns = math.NaN()
			}
			line = append(line, nanoseconds(ns))
		}
		l.add(line...)
	}
	fmt.Fprintln(w, "\nwhere the operands are: warm in the caches they fit in, cold in none, in-place results over a copy of the input; fastest variants")
	l.text(w)
	if more := len(shown) - len(l.rows); more > 0 {
		fmt.Fprintf(w, "%d more are in the report\n", more)
	}
}

// maxModeLines is how many kernels and sizes are shown by their modes.
const maxModeLines = 40
