// Package page writes report.html: one file with everything in it, for people.
//
// It needs no network and no script. It follows the reader's light or dark
// theme, and reads on a telephone as on a wide screen.
package page

import (
	"cmp"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strconv"
	"strings"

	"actinit/harness/result"
	"actinit/reports/paired"
	"actinit/reports/plots"
	"actinit/reports/runstore"
)

// An Op describes one operation of the table of operations.
type Op struct {
	Name    string // as in the rows: "leakyrelu"
	Title   string // "leaky ReLU"
	Formula string // plain text
	Source  string // paper
	Twin    bool   // faithfully rounded twin of another operation
}

// A Curve is an activation with its derivative.
type Curve struct {
	Op       string
	X, Y, DY []float64
}

// Input is what the page shows. Ops, Initializers and Experiments give the
// order of those; one that is in the data but not in the list comes
// last, under its name.
type Input struct {
	Data         *runstore.Data
	Ops          []Op
	Initializers []string
	Experiments  []string // of reproduce
	Curves       []Curve
	Noise        Noise
}

// A section of the page. It is left out if it has nothing to show.
type section struct {
	ID, Title string
	Say       string   // what to see
	Findings  []string // what speaks against it
	Command   string   // makes the data again
	File      string   // has the data
	Tables    []kernelTable
	Peers     []peerTable
	Libraries []result.Library
	Rows      []figureRow
}

// A figureRow is figures side by side under one heading.
type figureRow struct {
	Title   string
	Say     string
	Narrow  bool // four to a wide line
	Legend  []key
	Figures []figure
	Table   *plainTable // below the figures, folded
}

// A plainTable is a table of words and numbers. A line whose class is "wrong" stands out.
type plainTable struct {
	Title  string
	Open   bool
	Header []string // the first column is words, the others are numbers
	Lines  []plainLine
}

type plainLine struct {
	Name    string
	Note    string // shown where the pointer rests on the name
	Cells   []string
	Class   string // "ok", "wrong" or empty
	Verdict string // the last column
}

// A key of a legend: what a colour stands for.
type key struct {
	Name   string
	Color  int // as plots.Series has it
	Dashed bool
	Dot    bool
}

// Keys of what is drawn in ink, above the data.
var (
	infiniteWidth = key{Name: "infinite width", Color: plots.Ink, Dashed: true}
	theoryKey     = key{Name: "theory", Color: plots.Ink, Dashed: true}
	paperKey      = key{Name: "published", Color: plots.Ink, Dot: true}
)

// Class names the colour's rule in page.css.
func (k key) Class() string {
	class := "key ink"
	if k.Color != plots.Ink {
		class = fmt.Sprintf("key c%d", k.Color%plots.SeriesColors+1)
	}
	if k.Dashed {
		class += " dashed"
	}
	if k.Dot {
		class += " dot"
	}
	return class
}

type figure struct {
	Title  string
	Say    string
	Legend []key
	SVG    template.HTML
}

//go:embed page.html
var pageHTML string

//go:embed page.css
var pageCSS string

var pageTemplate = template.Must(template.New("page").Parse(pageHTML))

// Write writes the page.
func Write(w io.Writer, in Input) error {
	b := newBuilder(in)
	if len(in.Data.Pairs) > 0 {
		var err error
		if b.paired, err = paired.Compare(in.Data.Pairs, paired.Options{}); err != nil {
			return fmt.Errorf("report, pairs: %w", err)
		}
	}
	var sections []section
	for _, make := range []func() (section, error){
		b.pairs, b.kernels, b.peers, b.ulp, b.sizes, b.modes, b.speedUp, b.roofline, b.curves, b.histograms, b.depth, b.sweep, b.papers, b.distribution, b.noise,
	} {
		s, err := make()
		if err != nil {
			return fmt.Errorf("report, %s: %w", s.Title, err)
		}
		if len(s.Tables)+len(s.Rows)+len(s.Peers) > 0 {
			sections = append(sections, s)
		}
	}
	return pageTemplate.Execute(w, struct {
		CSS      template.CSS
		Env      result.Environment
		Started  string
		Machine  string
		Verdict  string
		Wrong    bool
		Doubts   []string // what speaks against the times
		Sections []section
	}{
		CSS: template.CSS(pageCSS), Env: in.Data.Environment,
		Started: in.Data.Environment.Started.UTC().Format("2 January 2006, 15:04 UTC"),
		Machine: machine(in.Data.Environment),
		Verdict: b.verdict(), Wrong: b.wrong()+b.deviating()+b.disagreeing() > 0 || b.paired != nil && b.paired.Report().Failed(),
		Doubts: b.Noise.Findings, Sections: sections,
	})
}

func machine(e result.Environment) string {
	var parts []string
	for _, part := range []string{e.CPU, cores(e), e.GOOS + "/" + e.GOARCH, e.GoVersion, e.ISA} {
		if strings.Trim(part, "/") != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, ", ")
}

func cores(e result.Environment) string {
	if e.PhysicalCores == 0 {
		return ""
	}
	return fmt.Sprintf("%d cores, %d threads used", e.PhysicalCores, e.GOMAXPROCS)
}

// A builder makes the sections from the input. What is of other libraries' kernels is kept
// apart: they make no promise that the page could be about.
type builder struct {
	Input                         // with the accuracy of our own kernels
	medians       []result.Median // of warm operands
	everyMode     []result.Median
	peerMedians   []result.Median
	peerErrors    []result.Accuracy
	peerLibraries []result.Library
	paired        *paired.Comparison // nil if there are no pairs
	peaks         []result.Peak      // on every machine
	lowest        []result.Peak      // of each limit, on the machine where it is lowest
	highest       []result.Peak      // and where it is highest
}

func newBuilder(in Input) *builder {
	b := &builder{Input: in, peerLibraries: in.Data.Environment.Libraries, peaks: result.Peaks(in.Data.Limits)}
	b.lowest, b.highest = result.Extremes(b.peaks)
	own := *in.Data
	own.Accuracy = nil
	for _, a := range in.Data.Accuracy {
		if a.Kernel().Peer() {
			b.peerErrors = append(b.peerErrors, a)
		} else {
			own.Accuracy = append(own.Accuracy, a)
		}
	}
	for _, m := range result.Medians(in.Data.Bench) {
		if m.Peer() {
			b.peerMedians = append(b.peerMedians, m)
		} else {
			b.everyMode = append(b.everyMode, m)
			if m.Mode == result.Warm {
				b.medians = append(b.medians, m)
			}
		}
	}
	b.Data = &own
	return b
}

func (b *builder) wrong() int {
	n := 0
	for _, a := range b.Data.Accuracy {
		if a.Failed() {
			n++
		}
	}
	return n
}

// disagreeing counts the claims that were not reproduced.
func (b *builder) disagreeing() int {
	n := 0
	for _, c := range b.Data.Claims {
		if !c.Agrees {
			n++
		}
	}
	return n
}

func (b *builder) verdict() string {
	var parts []string
	if n := len(b.Data.Accuracy); n > 0 {
		var inputs int64
		exhaustive := 0
		for _, a := range b.Data.Accuracy {
			inputs += a.Inputs
			if a.Exhaustive {
				exhaustive++
			}
		}
		verified := fmt.Sprintf("%d of %d kernels keep their promise on %s inputs", n-b.wrong(), n, count(inputs))
		if exhaustive > 0 {
			verified += fmt.Sprintf(", %d of them on every number of their type there is", exhaustive)
		}
		parts = append(parts, verified)
	}
	if n := len(b.Data.Bench); n > 0 {
		parts = append(parts, fmt.Sprintf("%d timings of %d kernels and sizes", n, len(b.everyMode)))
	}
	if b.paired != nil {
		parts = append(parts, fmt.Sprintf("%s against %s: %s", b.paired.New, b.paired.Old, b.paired.Report().Summary()))
	}
	if n := len(b.Data.Distribution); n > 0 {
		said := "the draws of the fills follow their laws"
		if failed := b.deviating(); failed > 0 {
			said = fmt.Sprintf("%d statistics of the fills' draws deviate from their laws", failed)
		}
		parts = append(parts, said)
	}
	if nets := netsOf(b.Data.Layers); len(nets) > 0 {
		parts = append(parts, fmt.Sprintf("%d deep nets", len(nets)))
	}
	if n := len(b.Data.Claims); n > 0 {
		parts = append(parts, fmt.Sprintf("%d of %d claims of the papers are reproduced", n-b.disagreeing(), n))
	}
	switch {
	case b.Data.Empty():
		parts = append(parts, "the run is empty, as a shard is for which there was no work")
	case len(parts) == 0:
		parts = append(parts, fmt.Sprintf("%d limits of the machine", len(b.Data.Limits)))
	}
	if !b.Data.Environment.Complete {
		parts = append(parts, "the run was stopped before its end")
	}
	return strings.Join(parts, "; ") + "."
}

// count writes 4096, 12.3 k, 6764 k, 4295 M.
func count(n int64) string {
	v, unit := float64(n), ""
	for _, u := range []string{"k", "M", "G", "T"} {
		if v < 1e4 {
			break
		}
		v, unit = v/1000, " "+u
	}
	if unit == "" {
		return fmt.Sprint(n)
	}
	digits := 2
	for x := v; x >= 10 && digits > 0; x /= 10 {
		digits--
	}
	return strconv.FormatFloat(v, 'f', digits, 64) + unit
}

// rank is the place of an operation in the table.
func (b *builder) rank(op string) int {
	if i := slices.IndexFunc(b.Ops, func(o Op) bool { return o.Name == op }); i >= 0 {
		return i
	}
	return len(b.Ops)
}

func (b *builder) title(op string) string {
	if i := b.rank(op); i < len(b.Ops) {
		return b.Ops[i].Title
	}
	return op
}

func (b *builder) formula(op string) string {
	if i := b.rank(op); i < len(b.Ops) {
		return b.Ops[i].Formula
	}
	return ""
}

// twin reports whether the operation is a faithfully rounded twin.
func (b *builder) twin(op string) bool {
	i := b.rank(op)
	return i < len(b.Ops) && b.Ops[i].Twin
}

// byOp orders operations as the table does.
func (b *builder) byOp(x, y string) int {
	return cmp.Or(cmp.Compare(b.rank(x), b.rank(y)), cmp.Compare(x, y))
}

// byInitializer orders initialisers as the input does.
func (b *builder) byInitializer(x, y string) int {
	rank := func(name string) int {
		if i := slices.Index(b.Initializers, name); i >= 0 {
			return i
		}
		return len(b.Initializers)
	}
	return cmp.Or(cmp.Compare(rank(x), rank(y)), cmp.Compare(x, y))
}

// opsOf lists the operations that list gives for rows, in the table's order.
func opsOf[R any](b *builder, rows []R, op func(R) (string, bool)) []string {
	var names []string
	for _, r := range rows {
		if name, ok := op(r); ok && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, b.byOp)
	return names
}

const (
	referenceVariant = "reference" // the loop over the reference, which is timed but not verified
	scalarVariant    = "scalar"    // the plain loop
)

// variants, from the plainest.
var variants = []string{referenceVariant, scalarVariant, "unrolled", "avx2", "avx512"}

func variantRank(v string) int { return slices.Index(variants, v) }
