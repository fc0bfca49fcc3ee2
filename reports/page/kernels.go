package page

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"actinit/harness/result"
)

// A kernelTable is the kernels of one direction and type: the best variants, and
// the plainer ones folded.
type kernelTable struct {
	Title   string
	Open    bool
	Sizes   []string // headings of the speed columns
	Rows    []kernelRow
	Plainer []kernelRow
}

// Best is the part that shows at once.
func (t kernelTable) Best() kernelPart { return kernelPart{t.Sizes, t.Rows} }

// Folded is the part behind it.
func (t kernelTable) Folded() kernelPart { return kernelPart{t.Sizes, t.Plainer} }

type kernelPart struct {
	Sizes []string
	Rows  []kernelRow
}

// Verdicts that are never folded away.
const (
	verdictWrong      = "wrong"
	verdictMistrusted = "mistrusted"
)

type kernelRow struct {
	Op, Formula, Variant  string
	Promise, Max, Correct string
	Inputs                string
	Verdict               string // "ok", "wrong", "mistrusted", "not verified", "reference"
	Reproduce             string
	Speeds                []string // ns per element at the table's sizes
	Bandwidth             string
	kernel                result.Kernel
}

func (b *builder) kernels() (section, error) {
	s := section{
		ID: "kernels", Title: "Kernels: how right, how fast",
		Say: "The best variant of each kernel, the plainer ones folded below it. Errors are in ULP, the spacing of floats at the exact result: 0.5 is the best there is. " +
			"Times are medians for one worker, in nanoseconds per element at the number of elements on top.",
		Command: "actinit verify; actinit bench", File: "accuracy.parquet, bench.parquet",
	}
	switch { // of a run of one of them
	case len(b.Data.Accuracy) == 0:
		s.Command, s.File = "actinit bench", "bench.parquet"
	case len(b.medians) == 0:
		s.Command, s.File = "actinit verify", "accuracy.parquet"
	}
	type group struct{ direction, kind string }
	var groups []group
	rows := map[group][]*kernelRow{}
	row := func(k result.Kernel) *kernelRow {
		g := group{k.Direction, k.Type}
		if !slices.Contains(groups, g) {
			groups = append(groups, g)
		}
		for _, r := range rows[g] {
			if r.kernel == k {
				return r
			}
		}
		r := &kernelRow{Op: b.title(k.Op), Formula: b.formula(k.Op), Variant: k.Variant, kernel: k, Verdict: "not verified"}
		if k.Variant == referenceVariant {
			r.Verdict = "reference"
		}
		rows[g] = append(rows[g], r)
		return r
	}
	for i := range b.Data.Accuracy {
		a := &b.Data.Accuracy[i]
		row(a.Kernel()).describe(a)
	}
	for _, m := range b.medians {
		if m.Workers == 1 {
			row(m.Kernel)
		}
	}
	slices.SortStableFunc(groups, func(x, y group) int {
		return cmp.Or(cmp.Compare(typeRank(x.kind), typeRank(y.kind)), cmp.Compare(x.kind, y.kind),
			cmp.Compare(directionRank(x.direction), directionRank(y.direction)), cmp.Compare(x.direction, y.direction))
	})
	for i, g := range groups {
		t := kernelTable{Title: g.direction + ", " + g.kind, Open: i == 0}
		sizes := b.sizesOf(g.direction, g.kind)
		for _, n := range sizes {
			t.Sizes = append(t.Sizes, sizeName(n))
		}
		slices.SortStableFunc(rows[g], func(x, y *kernelRow) int {
			return cmp.Or(b.byOp(x.kernel.Op, y.kernel.Op), cmp.Compare(variantRank(x.Variant), variantRank(y.Variant)))
		})
		for _, r := range rows[g] {
			for _, n := range sizes {
				m, ok := b.median(r.kernel, n)
				if !ok {
					r.Speeds = append(r.Speeds, "")
					continue
				}
				r.Speeds = append(r.Speeds, fmt.Sprintf("%.3g", m.NsPerElem))
				r.Bandwidth = fmt.Sprintf("%.3g", m.BytesPerS/1e9)
			}
			if r.plainer(rows[g]) {
				t.Plainer = append(t.Plainer, *r)
			} else {
				t.Rows = append(t.Rows, *r)
			}
		}
		s.Tables = append(s.Tables, t)
	}
	return s, nil
}

// plainer reports whether one of rows is a better variant of the same kernel, and
// nothing is to be said of this one.
func (r *kernelRow) plainer(rows []*kernelRow) bool {
	if r.Verdict == verdictWrong || r.Verdict == verdictMistrusted {
		return false
	}
	return slices.ContainsFunc(rows, func(other *kernelRow) bool {
		return other.kernel.Op == r.kernel.Op && variantRank(other.Variant) > variantRank(r.Variant)
	})
}

// typeRank puts the types that nets are mostly made of first, and unknown ones last.
func typeRank(kind string) int {
	types := []string{float32Name, result.Float64, result.Float16, result.BFloat16}
	if i := slices.Index(types, kind); i >= 0 {
		return i
	}
	return len(types)
}

// directionRank puts forward and backward before what is named otherwise.
func directionRank(direction string) int {
	if i := slices.Index([]string{"forward", "backward"}, direction); i >= 0 {
		return i
	}
	return 2
}

// describe fills in what verification found.
func (r *kernelRow) describe(a *result.Accuracy) {
	r.Promise = a.Rounding
	if a.BoundULP > 0 {
		r.Promise += fmt.Sprintf(", %s %.4g", boundSign(a.Rounding), a.BoundULP)
	}
	switch {
	case a.Compared == 0:
	case a.Direction == result.GradCheck:
		r.Promise, r.Max = "central differences", fmt.Sprintf("%.2g relative", a.MaxRelative())
	default:
		r.Max = a.LargestError()
	}
	if a.InDomain() > 0 && a.Direction != result.GradCheck {
		r.Correct = percent(a.CorrectlyRounded, a.InDomain())
	}
	r.Inputs = inputsTried(a)
	switch {
	case a.Failed():
		r.Verdict, r.Reproduce = verdictWrong, a.Reproduce
	case a.Mistrusted:
		r.Verdict = verdictMistrusted
	default:
		r.Verdict = "ok"
	}
}

// inputsTried words how many inputs were tried, and how many of them promise nothing.
func inputsTried(a *result.Accuracy) string {
	inputs := count(a.Inputs)
	switch {
	case a.Exhaustive && a.Type == float32Name:
		inputs = "all 2³²"
	case a.Exhaustive:
		inputs = "all 2¹⁶"
	}
	if a.OutsideDomain > 0 {
		inputs += fmt.Sprintf(", %s outside the domain", count(a.OutsideDomain))
	}
	return inputs
}

// boundSign is < for faithful rounding, whose bound is never reached.
func boundSign(rounding string) string {
	if rounding == "faithful" {
		return "<"
	}
	return "≤"
}

// percent is 100% for all and nothing else.
func percent(n, of int64) string {
	if n == of {
		return "100%"
	}
	s := fmt.Sprintf("%.3f%%", 100*float64(n)/float64(of))
	if strings.HasPrefix(s, "100") {
		return ">99.999%"
	}
	return s
}

// sizesOf lists the sizes that one worker was timed at.
func (b *builder) sizesOf(direction, kind string) []int64 {
	var sizes []int64
	for _, m := range b.medians {
		if m.Direction == direction && m.Type == kind && m.Workers == 1 && !slices.Contains(sizes, m.N) {
			sizes = append(sizes, m.N)
		}
	}
	slices.Sort(sizes)
	return sizes
}

// median returns the median of a kernel with one worker at size n.
func (b *builder) median(k result.Kernel, n int64) (result.Median, bool) {
	for _, m := range b.medians {
		if m.Kernel == k && m.N == n && m.Workers == 1 {
			return m, true
		}
	}
	return result.Median{}, false
}
