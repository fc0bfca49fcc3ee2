package cli

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"

	"actinit/harness/bench"
	"actinit/harness/ops"
	"actinit/harness/result"
	"actinit/harness/verify"
	"actinit/reports/runstore"
)

// ofPeers parts the rows of our kernels from those of other libraries'.
func ofPeers(rows []result.Accuracy) (own, others []result.Accuracy) {
	for _, a := range rows {
		if a.Kernel().Peer() {
			others = append(others, a)
		} else {
			own = append(own, a)
		}
	}
	return own, others
}

// A rivalry is one kernel of another library beside ours at one size and in one mode, on one
// thread.
type rivalry struct {
	theirs         result.Median
	ours, faithful float64 // median ns per element of our fastest, NaN if not timed
}

// rivalries lists the timed kernels of other libraries.
func rivalries(medians []result.Median) []rivalry {
	fastest := map[result.Median]float64{}
	place := func(op string, m result.Median) result.Median {
		return result.Median{Kernel: result.Kernel{Op: op, Direction: m.Direction, Type: m.Type}, N: m.N, Mode: m.Mode}
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

// rivalryTable shows other libraries' times and our own as parts of them, and their largest
// errors.
func rivalryTable(data *runstore.Data) *listing {
	l := &listing{
		header: []string{"kernel", "n", "library", "its ns/elem", "ours ns/elem", "ours / its", "faithful ns/elem", "faithful / its", "its max ULP"},
		right:  map[int]bool{1: true, 3: true, 4: true, 5: true, 6: true, 7: true, 8: true},
	}
	part := func(ours, its float64) string {
		if math.IsNaN(ours) {
			return ""
		}
		return fmt.Sprintf("%.2f", ours/its)
	}
	errors := map[result.Kernel]string{}
	for _, a := range data.Accuracy {
		errors[a.Kernel()] = largestError(a)
	}
	for _, r := range rivalries(result.Medians(data.Bench)) {
		m := r.theirs
		n := fmt.Sprint(m.N)
		if m.Mode != result.Warm {
			n += ", " + m.Mode
		}
		l.add(kernelName(m.Kernel), n, m.Variant, nanoseconds(m.NsPerElem),
			nanoseconds(r.ours), part(r.ours, m.NsPerElem), nanoseconds(r.faithful), part(r.faithful, m.NsPerElem), errors[m.Kernel])
	}
	return l
}

func kernelName(k result.Kernel) string { return fmt.Sprintf("%s %s, %s", k.Op, k.Direction, k.Type) }

// errorTable shows the errors of other libraries' kernels below those of ours, on the same
// inputs. All variants of ours give the same bits: the last speaks for them.
func errorTable(rows []result.Accuracy) *listing {
	l := &listing{
		header: []string{"kernel", "library", "inputs", "max ULP", "max ULP, x of size 2^-20 to 16", "correctly rounded", "NaN", "Inf", "sign of 0", "worst input", "its result", "exact"},
		right:  map[int]bool{2: true, 3: true, 4: true, 5: true, 6: true, 7: true, 8: true},
	}
	own, others := ofPeers(rows)
	line := func(library string, a result.Accuracy) {
		usual := ""
		if ulp, recorded := a.UsualULP(); recorded {
			usual = fmt.Sprintf("%.4g", ulp)
		}
		l.add(kernelName(a.Kernel()), library, inputsOf(a), largestError(a), usual, verify.Percent(a.CorrectlyRounded, a.InDomain())+"%",
			thousands(a.NaNDisagree), thousands(a.InfDisagree), thousands(a.ZeroSignDisagree), a.WorstInput, a.WorstResult, a.WorstExact)
	}
	rank := tableRank()
	slices.SortStableFunc(others, func(a, b result.Accuracy) int {
		return cmp.Or(cmp.Compare(a.Type, b.Type), -cmp.Compare(a.Direction, b.Direction), cmp.Compare(rank(a.Op), rank(b.Op)))
	})
	for i, a := range others {
		if i == 0 || kernelName(others[i-1].Kernel()) != kernelName(a.Kernel()) {
			for _, op := range []string{a.Op, ops.FaithfulTwin(a.Op)} {
				last := -1
				for k, o := range own {
					if o.Op == op && o.Direction == a.Direction && o.Type == a.Type {
						last = k
					}
				}
				if last >= 0 {
					line("actinit", own[last])
				}
			}
		}
		line(a.Variant, a)
	}
	return l
}

// libraryTable lists the libraries' versions.
func libraryTable(libraries []result.Library) *listing {
	l := &listing{header: []string{"library", "version, flags and code path"}}
	for _, v := range libraries {
		l.add(v.Name, v.Version)
	}
	return l
}

// summarisePeers shows the tables if other libraries were tried or timed.
func summarisePeers(w io.Writer, data *runstore.Data) {
	for _, table := range []struct {
		says string
		*listing
	}{
		{"beside other libraries, one thread; below 1.00 ours is faster", rivalryTable(data)},
		{"other libraries' errors on the inputs that ours were verified on; they promise nothing", errorTable(data.Accuracy)},
		{"what the libraries are", libraryTable(data.Environment.Libraries)},
	} {
		if len(table.rows) > 0 {
			fmt.Fprintf(w, "\n%s\n", table.says)
			table.text(w)
		}
	}
}
