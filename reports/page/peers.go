package page

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"actinit/harness/result"
	"actinit/reports/plots"
)

// ownName stands for our kernels beside other libraries'.
const ownName = "actinit"

// A peerTable shows other libraries' kernels of one direction and type beside ours.
type peerTable struct {
	Title  string
	Open   bool
	Places []string // headings of the speed columns: "4Ki", "4Ki in place"
	Errors bool     // there are columns of errors
	Rows   []peerRow
}

// A peerRow is one kernel, ours or a library's.
type peerRow struct {
	Op, Formula string
	Library     string
	Own         bool
	Speeds      []peerSpeed // at the table's places
	Max, Usual  string      // largest errors
	Correct     string
	NaN, Inf    string
	SignOfZero  string
	Inputs      string
	Worst, Note string // worst input, and what came of it
}

// A peerSpeed is a time, and our fastest's as a part of it.
type peerSpeed struct{ Ns, Part string }

// A place is where a time was taken.
type place struct {
	n    int64
	mode string
}

func (p place) name() string {
	switch p.mode {
	case result.InPlace:
		return sizeName(p.n) + " in place"
	case result.Warm:
		return sizeName(p.n)
	}
	return sizeName(p.n) + " " + p.mode
}

// A kind is a direction and a type.
type kind struct{ direction, element string }

// peers shows other libraries' kernels beside ours: how fast, how wrong, and what they are.
func (b *builder) peers() (section, error) {
	s := section{
		ID: "peers", Title: "Beside other libraries",
		Say: "The same inputs in the same memory, in the same interleaved rounds, one thread each; every library as it is fastest on this CPU. " +
			"“ours/its” is our fastest variant's time as a part of the library's: below 1 ours is faster. Errors are in ULP, counted by the same verification; " +
			"libraries promise nothing, and no error of theirs fails the run. The usual inputs are those of sizes 2⁻²⁰ to 16; beyond, many libraries clamp, " +
			"flush subnormal results or overflow early, which the largest error shows. NaN, infinities and signs of zero: results where the kernel and the exact value disagree.",
		Command: "make peers", File: "bench.parquet, accuracy.parquet, environment.json",
		Libraries: b.peerLibraries,
	}
	switch { // of a run of one of them
	case len(b.peerErrors) == 0:
		s.File = "bench.parquet, environment.json"
	case len(b.peerMedians) == 0:
		s.File = "accuracy.parquet, environment.json"
	}
	var kinds []kind
	seen := func(k result.Kernel) {
		if g := (kind{k.Direction, k.Type}); !slices.Contains(kinds, g) {
			kinds = append(kinds, g)
		}
	}
	for _, m := range b.peerMedians {
		seen(m.Kernel)
	}
	for _, a := range b.peerErrors {
		seen(a.Kernel())
	}
	if len(kinds) == 0 {
		return section{}, nil // libraries of which nothing was selected
	}
	slices.SortStableFunc(kinds, func(x, y kind) int {
		return cmp.Or(cmp.Compare(typeRank(x.element), typeRank(y.element)), cmp.Compare(directionRank(x.direction), directionRank(y.direction)), cmp.Compare(x.direction, y.direction))
	})
	for i, g := range kinds {
		t := b.peerTable(g)
		t.Open = i == 0
		s.Peers = append(s.Peers, t)
	}
	row, err := b.peerBars(kinds[0])
	if len(row.Figures) > 0 {
		s.Rows = []figureRow{row}
	}
	return s, err
}

// peerOps lists the operations that a library has in a direction and type.
func (b *builder) peerOps(g kind) []string {
	ops := opsOf(b, b.peerMedians, func(m result.Median) (string, bool) { return m.Op, g == kind{m.Direction, m.Type} })
	for _, op := range opsOf(b, b.peerErrors, func(a result.Accuracy) (string, bool) { return a.Op, g == kind{a.Direction, a.Type} }) {
		if !slices.Contains(ops, op) {
			ops = append(ops, op)
		}
	}
	slices.SortFunc(ops, b.byOp)
	return ops
}

func (b *builder) peerTable(g kind) peerTable {
	t := peerTable{Title: g.direction + ", " + g.element}
	var places []place
	for _, m := range b.peerMedians {
		if p := (place{m.N, m.Mode}); g == (kind{m.Direction, m.Type}) && !slices.Contains(places, p) {
			places = append(places, p)
		}
	}
	slices.SortFunc(places, func(x, y place) int {
		return cmp.Or(cmp.Compare(x.n, y.n), cmp.Compare(slices.Index(result.Modes(), x.mode), slices.Index(result.Modes(), y.mode)))
	})
	for _, p := range places {
		t.Places = append(t.Places, p.name())
	}
	for _, op := range b.peerOps(g) {
		for _, c := range b.contenders(op, g) {
			r := peerRow{Op: b.title(op), Formula: b.formula(op), Library: c.name, Own: c.own}
			for _, p := range places {
				var speed peerSpeed
				if ns, timed := c.ns[p]; timed {
					speed.Ns = fmt.Sprintf("%.3g", ns)
					if ours, timed := b.ownTimes(op, g)[p]; timed && !c.own {
						speed.Part = fmt.Sprintf("%.2f", ours/ns)
					}
				}
				r.Speeds = append(r.Speeds, speed)
			}
			if c.errors != nil {
				t.Errors = t.Errors || !c.own
				r.describe(c.errors)
			}
			t.Rows = append(t.Rows, r)
		}
	}
	return t
}

// A contender is one implementation of an operation in one direction and type.
type contender struct {
	name   string
	own    bool
	ns     map[place]float64
	errors *result.Accuracy // nil if not verified
}

// contenders are ours, our faithful twin, and the libraries by name.
func (b *builder) contenders(op string, g kind) []contender {
	var all []contender
	for _, own := range []struct{ op, name string }{{op, ownName}, {op + "_faithful", ownName + ", faithful"}} {
		c := contender{name: own.name, own: true, ns: b.ownTimes(own.op, g)}
		for i, a := range b.Data.Accuracy {
			if a.Op == own.op && g == (kind{a.Direction, a.Type}) {
				c.errors = &b.Data.Accuracy[i] // of all variants, which give the same bits
			}
		}
		if len(c.ns) > 0 || c.errors != nil {
			all = append(all, c)
		}
	}
	var libraries []string
	of := func(name string) *contender {
		if !slices.Contains(libraries, name) {
			libraries = append(libraries, name)
			all = append(all, contender{name: name, ns: map[place]float64{}})
		}
		return &all[slices.IndexFunc(all, func(c contender) bool { return c.name == name })]
	}
	for _, m := range b.peerMedians {
		if m.Op == op && m.Workers == 1 && g == (kind{m.Direction, m.Type}) {
			of(m.Variant).ns[place{m.N, m.Mode}] = m.NsPerElem
		}
	}
	for i, a := range b.peerErrors {
		if a.Op == op && g == (kind{a.Direction, a.Type}) {
			of(a.Variant).errors = &b.peerErrors[i]
		}
	}
	return all
}

// ownTimes are the times of our fastest variant at each place, on one thread.
func (b *builder) ownTimes(op string, g kind) map[place]float64 {
	times := map[place]float64{}
	for _, m := range b.everyMode {
		if m.Op != op || m.Workers != 1 || m.Variant == referenceVariant || g != (kind{m.Direction, m.Type}) {
			continue
		}
		p := place{m.N, m.Mode}
		if best, timed := times[p]; !timed || m.NsPerElem < best {
			times[p] = m.NsPerElem
		}
	}
	return times
}

// describe fills in what verification counted.
func (r *peerRow) describe(a *result.Accuracy) {
	r.Inputs = inputsTried(a)
	if a.Compared > 0 {
		r.Max = a.LargestError()
	}
	if ulp, recorded := a.UsualULP(); recorded {
		r.Usual = fmt.Sprintf("%.4g", ulp)
	}
	if a.InDomain() > 0 {
		r.Correct = percent(a.CorrectlyRounded, a.InDomain())
	}
	r.NaN, r.Inf, r.SignOfZero = count(a.NaNDisagree), count(a.InfDisagree), count(a.ZeroSignDisagree)
	r.Worst = a.WorstInput
	if a.WorstInput != "" {
		r.Note = fmt.Sprintf("gives %s, correctly rounded %s", a.WorstResult, a.WorstExact)
	}
}

// slowest is how many times slower than the fastest a library may be and be drawn.
const slowest = 12

// peerBars draws the times of each operation, with the errors beside them.
func (b *builder) peerBars(g kind) (figureRow, error) {
	sizes := b.sizesOf(g.direction, g.element)
	n, found := speedUpSize(sizes)
	row := figureRow{
		Title: fmt.Sprintf("%s, %s: %s elements, nanoseconds per element", g.direction, g.element, sizeName(n)),
		Say:   fmt.Sprintf("From a cache; beside the time the largest error at usual inputs, in ULP. What takes more than %d times as long as the fastest is in the tables only.", slowest),
	}
	if !found {
		return row, nil
	}
	at := place{n, result.Warm}
	for _, op := range b.peerOps(g) {
		drawn := b.contenders(op, g)
		drawn = slices.DeleteFunc(drawn, func(c contender) bool { return c.ns[at] == 0 })
		slices.SortStableFunc(drawn, func(x, y contender) int { return cmp.Compare(x.ns[at], y.ns[at]) })
		if len(drawn) < 2 {
			continue
		}
		drawn = slices.DeleteFunc(drawn, func(c contender) bool { return c.ns[at] > slowest*drawn[0].ns[at] })
		longest := drawn[len(drawn)-1].ns[at]
		bars := plots.Bars{X: plots.Axis{Label: "ns / element", Max: 1.4 * longest}} // with room for the longest bar's label
		for _, c := range drawn {
			label := strconv.FormatFloat(c.ns[at], 'g', 3, 64)
			if c.errors != nil {
				if ulp, recorded := c.errors.UsualULP(); recorded {
					label += fmt.Sprintf("; %.3g", ulp)
				}
			}
			bars.Bars = append(bars.Bars, plots.Bar{Name: c.name, Value: c.ns[at], Label: label})
		}
		if err := row.add(b.title(op), bars); err != nil {
			return row, err
		}
	}
	return row, nil
}
