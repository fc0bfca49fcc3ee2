package cli

import (
	"fmt"
	"io"
	"math"

	"actinit/harness/bench"
	"actinit/harness/ops"
	"actinit/harness/result"
)

// A rivalry is one kernel of another library beside ours at one size, on one thread.
type rivalry struct {
	theirs         result.Median
	ours, faithful float64 // median ns per element of our fastest, NaN if not timed
}

// rivalries lists the timed kernels of other libraries.
func rivalries(medians []result.Median) []rivalry {
	fastest := map[result.Median]float64{}
	place := func(op string, m result.Median) result.Median {
		return result.Median{Kernel: result.Kernel{Op: op, Direction: m.Direction, Type: m.Type}, N: m.N}
	}
	for _, m := range medians {
		if m.Workers != 1 || m.Peer() || m.Variant == bench.Reference {
			continue
		}
		p := place(m.Op, m)
		if best, ok := fastest[p]; !ok || m.NsPerElem < best {
			fastest[p] = m.NsPerElem
		}
	}
	at := func(op string, m result.Median) float64 {
		if ns, ok := fastest[place(op, m)]; ok {
			return ns
		}
		return math.NaN()
	}
	var all []rivalry
	for _, m := range medians {
		if m.Peer() {
			all = append(all, rivalry{theirs: m, ours: at(m.Op, m), faithful: at(ops.FaithfulTwin(m.Op), m)})
		}
	}
	return all
}

// rivalryTable shows other libraries' times and our own as parts of them.
func rivalryTable(medians []result.Median) *listing {
	l := &listing{
		header: []string{"kernel", "n", "library", "its ns/elem", "ours ns/elem", "ours / its", "faithful ns/elem", "faithful / its"},
		right:  map[int]bool{1: true, 3: true, 4: true, 5: true, 6: true, 7: true},
	}
	part := func(ours, its float64) string {
		if math.IsNaN(ours) {
			return ""
		}
		return fmt.Sprintf("%.2f", ours/its)
	}
	for _, r := range rivalries(medians) {
		m := r.theirs
		l.add(fmt.Sprintf("%s %s, %s", m.Op, m.Direction, m.Type), fmt.Sprint(m.N), m.Variant, nanoseconds(m.NsPerElem),
			nanoseconds(r.ours), part(r.ours, m.NsPerElem), nanoseconds(r.faithful), part(r.faithful, m.NsPerElem))
	}
	return l
}

// summarisePeers shows the table if other libraries were timed.
func summarisePeers(w io.Writer, rows []result.Bench) {
	if l := rivalryTable(result.MediansIn(result.Warm, rows)); len(l.rows) > 0 {
		fmt.Fprintln(w, "\nbeside other libraries, one thread; below 1.00 ours is faster")
		l.text(w)
	}
}
