package distribution

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"actinit/harness/result"
)

// Draws are the merged rows of one fill in one type.
type Draws struct {
	Fill, Type string
	Draws      int64
	Rows       []result.Distribution
}

// ByFill groups merged rows by fill and type, in order of appearance.
func ByFill(rows []result.Distribution) []Draws {
	var all []Draws
	for _, r := range rows {
		i := slices.IndexFunc(all, func(d Draws) bool { return d.Fill == r.Fill && d.Type == r.Type })
		if i < 0 {
			i = len(all)
			all = append(all, Draws{Fill: r.Fill, Type: r.Type, Draws: r.Draws})
		}
		all[i].Rows = append(all[i].Rows, r)
	}
	return all
}

// Find returns the row of a statistic.
func (d Draws) Find(statistic string) (result.Distribution, bool) {
	i := slices.IndexFunc(d.Rows, func(r result.Distribution) bool { return r.Statistic == statistic })
	if i < 0 {
		return result.Distribution{}, false
	}
	return d.Rows[i], true
}

// LargestCorrelation returns that which is the most standard errors from 0.
func (d Draws) LargestCorrelation() result.Distribution {
	var largest result.Distribution
	most := -1.0
	for _, r := range d.Rows {
		if !strings.HasPrefix(r.Statistic, "lag ") && !strings.HasPrefix(r.Statistic, "next ") {
			continue
		}
		if far := math.Abs(r.StandardErrors()); far > most || math.IsNaN(far) {
			largest, most = r, far
		}
	}
	return largest
}

// Least returns the row of the smallest adjusted probability.
func (d Draws) Least() result.Distribution {
	least := d.Rows[0]
	for _, r := range d.Rows[1:] {
		if r.AdjustedP < least.AdjustedP || math.IsNaN(least.AdjustedP) {
			least = r
		}
	}
	return least
}

// Summary says in one line what a statistic found.
func Summary(r result.Distribution) string {
	verdict := "agrees with the law"
	if r.Failed() {
		verdict = "DEVIATES"
	}
	return fmt.Sprintf("%s %s, %s: %.7g, expected %.7g +- %.2g; probability %.2g, adjusted for all statistics %.2g: %s",
		r.Fill, r.Type, r.Statistic, r.Value, r.Expected, r.StandardError, r.PValue, r.AdjustedP, verdict)
}
