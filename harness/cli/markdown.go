package cli

import (
	"fmt"
	"io"
	"strings"

	"actinit/harness/ops"
	"actinit/harness/result"
	"actinit/harness/verify"
	"actinit/reports/runstore"
)

// writeMarkdown prints the table of the float32 kernels that README.md shows:
// how wrong and how fast each was in the run.
func writeMarkdown(w io.Writer, data *runstore.Data) {
	l := &listing{
		header: []string{"kernel, float32", "promise", "largest error, ULP", "correctly rounded", "inputs", "reference, ns", "best, ns", "variant", "speed-up"},
		right:  map[int]bool{2: true, 3: true, 4: true, 5: true, 6: true, 8: true},
	}
	accuracy := map[[2]string]result.Accuracy{}
	for _, a := range data.Accuracy {
		if a.Type == result.Float32 && !a.Kernel().Peer() {
			k := [2]string{a.Op, a.Direction}
			if known, ok := accuracy[k]; !ok || a.MaxULP > known.MaxULP {
				accuracy[k] = a
			}
		}
	}
	fast := map[[2]string]speed{}
	for _, s := range speeds(result.MediansIn(result.Warm, data.Bench)) {
		fast[[2]string{s.op, s.direction}] = s
	}
	for _, row := range ops.All() {
		for _, direction := range []string{result.Forward, result.Backward} {
			k := [2]string{row.Name, direction}
			a, ok := accuracy[k]
			if !ok {
				continue
			}
			cells := []string{row.Title + ", " + direction, promised(&row, direction, result.Float32),
				a.LargestError(), fmt.Sprintf("%.4g%%", 100*verify.CorrectShare(a)), inputsOf(a), "", "", "", ""}
			if s, ok := fast[k]; ok {
				cells[5], cells[6], cells[7], cells[8] = nanoseconds(s.reference), nanoseconds(s.best), s.variant, ratio(s.reference, s.best)
			}
			l.add(cells...)
		}
	}
	l.markdown(w)
	own, _ := ofPeers(data.Accuracy)
	for _, l := range []*listing{rivalryTable(data), errorTable(data.Accuracy), libraryTable(data.Environment.Libraries), sweepTable(own)} {
		if len(l.rows) > 0 {
			fmt.Fprintln(w)
			l.markdown(w)
		}
	}
}

// sweepTable has a line for each float32 kernel that was tried on all 2^32 inputs,
// in the table's order: for all its variants together where they err alike. Its
// seconds are one core's.
func sweepTable(rows []result.Accuracy) *listing {
	l := &listing{header: []string{"operation", "direction", "variants", "promise", "inputs", "misrounded", "max ULP", "seconds"},
		right: map[int]bool{4: true, 5: true, 6: true, 7: true}}
	for _, row := range ops.All() {
		for _, direction := range []string{ops.Forward, ops.Backward, ops.Fused} {
			type figures struct{ inputs, misrounded, largest string }
			var order []figures
			variants, seconds := map[figures][]string{}, map[figures]float64{}
			for _, a := range rows {
				if a.Op != row.Name || a.Direction != direction || a.Type != result.Float32 || !a.Exhaustive {
					continue
				}
				f := figures{inputsOf(a), misrounded(a), a.LargestError()}
				if variants[f] == nil {
					order = append(order, f)
				}
				variants[f] = append(variants[f], a.Variant)
				seconds[f] += a.Seconds
			}
			for _, f := range order {
				l.add(row.Title, direction, strings.Join(variants[f], ", "), promised(&row, direction, result.Float32),
					f.inputs, f.misrounded, f.largest, fmt.Sprintf("%.0f", seconds[f]))
			}
		}
	}
	return l
}

// misrounded counts the results that are not the nearest number, and says nothing
// where the promise is a sequence of roundings.
func misrounded(a result.Accuracy) string {
	if a.Rounding == string(ops.Bounded) {
		return ""
	}
	return thousands(a.InDomain() - a.CorrectlyRounded)
}

// inputsOf words how many inputs were tried, and how many of them promise nothing.
func inputsOf(a result.Accuracy) string {
	inputs := thousands(a.Inputs)
	switch {
	case a.Exhaustive && a.Type == result.Float32:
		inputs = "all 2^32"
	case a.Exhaustive:
		inputs = "all 2^16"
	}
	if a.OutsideDomain > 0 {
		inputs += fmt.Sprintf(", %s outside the domain", thousands(a.OutsideDomain))
	}
	return inputs
}
