package page

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"actinit/harness/result"
	"actinit/reports/plots"
)

// Series of a curve that are not measured.
const (
	seriesTheory = "theory"
	seriesPaper  = "paper"
)

// seriesMeasured is what one that is measured may begin with.
const seriesMeasured = "measured"

// papers shows what experiments measured beside what the papers say.
func (b *builder) papers() (section, error) {
	s := section{
		ID: "papers", Title: "The papers, reproduced",
		Say: "Each claim's number, relation and tolerance stand in the program before anything is measured. Ours is the mean over the seeds, with the interval that they span. " +
			"In the figures every seed is a line; dashed is the theory, and rings are published numbers.",
		Command: "actinit reproduce all", File: "claims.parquet and curves.parquet",
	}
	var names []string
	for _, c := range b.Data.Claims {
		if !slices.Contains(names, c.Experiment) {
			names = append(names, c.Experiment)
		}
	}
	slices.SortStableFunc(names, func(x, y string) int { return cmp.Compare(b.experiment(x), b.experiment(y)) })
	overview := &plainTable{Title: "All experiments", Open: true, Header: []string{"experiment", "claims", "agree"}}
	for _, name := range names {
		row := figureRow{Table: &plainTable{Header: []string{"claim", "published", "ours", "lowest", "highest", "seeds", "tolerance"}}}
		agreeing := 0
		for _, c := range b.Data.Claims {
			if c.Experiment != name {
				continue
			}
			row.Title = fmt.Sprintf("%s: %s", name, c.Paper)
			line := plainLine{Name: c.Statement, Note: c.Source, Class: "wrong", Verdict: "disagrees", Cells: []string{
				digits(c.Published), digits(c.Measured), digits(c.Low), digits(c.High), strconv.FormatInt(c.Seeds, 10), tolerance(c),
			}}
			if c.Agrees {
				line.Class, line.Verdict = "ok", "agrees"
				agreeing++
			}
			row.Table.Lines = append(row.Table.Lines, line)
		}
		row.Table.Title = fmt.Sprintf("%d of %d claims agree", agreeing, len(row.Table.Lines))
		row.Table.Open = agreeing < len(row.Table.Lines)
		row.addCurves(b.Data.Curves, name)
		s.Rows = append(s.Rows, row)
		line := plainLine{Name: row.Title, Class: "ok", Verdict: "all agree", Cells: []string{strconv.Itoa(len(row.Table.Lines)), strconv.Itoa(agreeing)}}
		if row.Table.Open {
			line.Class, line.Verdict = "wrong", fmt.Sprintf("%d disagrees", len(row.Table.Lines)-agreeing)
		}
		overview.Lines = append(overview.Lines, line)
	}
	if len(names) > 1 {
		s.Rows = slices.Insert(s.Rows, 0, figureRow{Table: overview})
	}
	return s, nil
}

// experiment is the place of an experiment in the list.
func (b *builder) experiment(name string) int {
	if i := slices.Index(b.Experiments, name); i >= 0 {
		return i
	}
	return len(b.Experiments)
}

func digits(v float64) string { return significant(v, 4) }

// significant writes 0.25, 1.6e−5, 2e6.
func significant(v float64, digits int) string {
	return exponents.Replace(strconv.FormatFloat(v, 'g', digits, 64))
}

var exponents = strings.NewReplacer("e-0", "e−", "e+0", "e", "e+", "e", "-", "−")

func tolerance(c result.Claim) string {
	switch c.Relation {
	case "about":
		return "± " + digits(c.Tolerance)
	case "within":
		return fmt.Sprintf("± %s%%", digits(100*c.Tolerance))
	case "at least":
		return "≥ " + digits(c.Published-c.Tolerance)
	case "at most":
		return "≤ " + digits(c.Published+c.Tolerance)
	}
	return c.Relation
}

// addCurves adds the figures of an experiment.
func (row *figureRow) addCurves(curves []result.Curve, experiment string) {
	var figures []string
	of := map[string][]result.Curve{}
	for _, c := range curves {
		if c.Experiment != experiment {
			continue
		}
		if of[c.Figure] == nil {
			figures = append(figures, c.Figure)
		}
		of[c.Figure] = append(of[c.Figure], c)
	}
	slices.Sort(figures)
	mapped := map[string]bool{} // figures that a map has the points of
	for _, name := range figures {
		h, edge, ok := heatOf(name, of)
		if !ok {
			continue
		}
		mapped[edge] = true
		y, x, _ := strings.Cut(name, " against ")
		x, rest, _ := strings.Cut(x, ", ")
		row.addDrawable(figure{
			Title: strings.TrimSuffix(fmt.Sprintf("%s over %s and %s, %s", y, x, h.Y.Label, rest), ", "),
			Say:   "mean over the seeds: blue is below 0, orange above; the line is theory's edge of chaos, dots are where each seed's measured value crosses 0",
		}, h)
	}
	for _, name := range figures {
		if mapped[name] {
			continue
		}
		l, legend := linesOf(name, of[name])
		row.addDrawable(figure{Title: name, Say: missing(of[name]), Legend: legend}, l)
	}
}

// A curveSet is one series of a figure: a line for each seed.
type curveSet struct {
	base          string // without "theory" and "measured"
	theory, paper bool
	x, y          map[int64][]float64
	seeds         []int64
}

// curveSets groups the points of a figure by series, those measured first.
func curveSets(points []result.Curve) []*curveSet {
	var sets []*curveSet
	at := map[string]*curveSet{}
	for _, p := range points {
		set := at[p.Series]
		if set == nil {
			set = &curveSet{x: map[int64][]float64{}, y: map[int64][]float64{}}
			kind, rest, _ := strings.Cut(p.Series, ", ")
			switch kind {
			case seriesTheory, seriesPaper:
				set.theory, set.paper, set.base = kind == seriesTheory, kind == seriesPaper, rest
			case seriesMeasured:
				set.base = rest
			default:
				set.base = p.Series
			}
			at[p.Series] = set
			sets = append(sets, set)
		}
		if set.x[p.Seed] == nil {
			set.seeds = append(set.seeds, p.Seed)
		}
		set.x[p.Seed], set.y[p.Seed] = append(set.x[p.Seed], p.X), append(set.y[p.Seed], p.Y)
	}
	slices.SortStableFunc(sets, func(a, b *curveSet) int { return cmp.Compare(a.rank(), b.rank()) })
	return sets
}

func (s *curveSet) rank() int {
	switch {
	case s.theory:
		return 1
	case s.paper:
		return 2
	}
	return 0
}

// Limits of a figure: a page is to be read, and its data are in curves.parquet.
const (
	mostPoints   = 120 // of a line
	longestLabel = 30  // letters that fit along the axis
	spans        = 100 // the ratio of largest to smallest from which an axis is logarithmic
)

// linesOf draws a figure as lines, and names its colours.
func linesOf(figure string, points []result.Curve) (plots.Lines, []key) {
	l := plots.Lines{}
	y, x, _ := strings.Cut(figure, " against ")
	x, _, _ = strings.Cut(x, ", ")
	l.X.Label, l.Y.Label = x, y
	if len(l.Y.Label) > longestLabel {
		l.Y.Label = "" // the title says it
	}
	if x == "" { // a path in the plane: of one seed, for several would hide one another
		points = slices.DeleteFunc(slices.Clone(points), func(p result.Curve) bool { return p.Seed != 0 && p.Seed != points[0].Seed })
		l.Y.Label = ""
	}
	sets := curveSets(points)
	var xs, ys []float64
	for _, p := range points {
		xs, ys = append(xs, p.X), append(ys, p.Y)
	}
	l.X.Log, l.Y.Log = decades(xs) && crowded(xs), decades(ys)
	var bases []string
	var legend []key
	for _, set := range sets {
		if set.theory || set.paper {
			k := theoryKey
			if set.paper {
				k = paperKey
			}
			if !slices.Contains(legend, k) {
				legend = append(legend, k)
			}
		} else if !slices.Contains(bases, set.base) {
			bases = append(bases, set.base)
			legend = append(legend, key{Name: cmp.Or(set.base, seriesMeasured), Color: len(bases) - 1})
		}
		for _, seed := range set.seeds {
			line := plots.Series{Color: plots.Ink, Dashed: set.theory, Unjoined: set.paper, Dots: set.paper}
			line.X, line.Y = thinned(set.x[seed], set.y[seed])
			if !set.theory && !set.paper {
				line.Color, line.Thin, line.Dots = slices.Index(bases, set.base), len(set.seeds) > 1, len(line.X) <= 8
				if x != "" && !monotone(line.X) { // tried in an order of its own
					line.Unjoined, line.Dots = true, true
				}
			}
			l.Series = append(l.Series, line)
		}
	}
	if len(legend) == 1 && legend[0].Color != plots.Ink {
		legend = nil // the title says it
	}
	return l, legend
}

// monotone reports whether numbers only rise or only fall.
func monotone(v []float64) bool {
	return slices.IsSorted(v) || slices.IsSortedFunc(v, func(a, b float64) int { return cmp.Compare(b, a) })
}

// decades reports whether numbers are positive and span so much that a logarithmic axis
// shows them better.
func decades(v []float64) bool {
	low, high := math.Inf(1), 0.
	for _, x := range v {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			continue
		}
		if x <= 0 {
			return false
		}
		low, high = math.Min(low, x), math.Max(high, x)
	}
	return high/low >= spans
}

// crowded reports whether most of the numbers stand near the lower end of a plain axis, as rates of
// .001, .01, .1 do and steps of 1, 10, 20 ... do not.
func crowded(v []float64) bool {
	sorted := slices.Sorted(slices.Values(v))
	return sorted[len(sorted)/2] < sorted[len(sorted)-1]/4
}

// missing says which measured lines have points that are no numbers to draw.
func missing(points []result.Curve) string {
	var said []string
	for _, set := range curveSets(points) {
		lost, all := 0, 0
		for _, y := range set.y {
			for _, v := range y {
				all++
				if !finite(v) {
					lost++
				}
			}
		}
		if lost > 0 && !set.theory && !set.paper {
			said = append(said, strings.TrimPrefix(fmt.Sprintf("%s: %d of %d points are not finite", set.base, lost, all), ": "))
		}
	}
	return strings.Join(said, "; ")
}

// thinned returns at most mostPoints of the points, the first and the last among them.
func thinned(x, y []float64) (fewerX, fewerY []float64) {
	if len(x) <= mostPoints {
		return x, y
	}
	for k := range mostPoints {
		i := k * (len(x) - 1) / (mostPoints - 1)
		fewerX, fewerY = append(fewerX, x[i]), append(fewerY, y[i])
	}
	return fewerX, fewerY
}

// heatOf makes a map of a figure whose measured series are one quantity at several values of a
// second axis, "measured, sigma_b 0.3", with the line and dots of the figure "...: sigma_b
// against ..." if there is one, whose name it returns.
func heatOf(figure string, of map[string][]result.Curve) (h plots.Heat, edge string, ok bool) {
	_, x, ok := strings.Cut(figure, " against ")
	x, rest, _ := strings.Cut(x, ", ")
	cells := map[[2]float64][]float64{}
	second := ""
	for _, p := range of[figure] {
		words := strings.Fields(p.Series)
		if words[0] != seriesMeasured+"," {
			continue
		}
		if len(words) != 3 || second != "" && words[1] != second {
			return plots.Heat{}, "", false
		}
		v, err := strconv.ParseFloat(words[2], 64)
		if err != nil {
			return plots.Heat{}, "", false
		}
		second = words[1]
		cells[[2]float64{p.X, v}] = append(cells[[2]float64{p.X, v}], p.Y)
	}
	if !ok || second == "" {
		return plots.Heat{}, "", false
	}
	h = heat(cells)
	h.X.Label, h.Y.Label = x, second
	for _, name := range slices.Sorted(maps.Keys(of)) {
		points := of[name]
		if !strings.Contains(name, ": "+second+" against "+x) || !strings.HasSuffix(name, rest) {
			continue
		}
		edge = name
		for _, set := range curveSets(points) {
			for _, seed := range set.seeds {
				h.Series = append(h.Series, plots.Series{X: set.x[seed], Y: set.y[seed], Unjoined: !set.theory})
			}
		}
	}
	return h, edge, true
}

// heat makes a map of the means of the numbers at (x, y).
func heat(cells map[[2]float64][]float64) plots.Heat {
	var h plots.Heat
	for at := range cells {
		if !slices.Contains(h.XValues, at[0]) {
			h.XValues = append(h.XValues, at[0])
		}
		if !slices.Contains(h.YValues, at[1]) {
			h.YValues = append(h.YValues, at[1])
		}
	}
	slices.Sort(h.XValues)
	slices.Sort(h.YValues)
	for _, y := range h.YValues {
		var line []float64
		for _, x := range h.XValues {
			z := math.NaN()
			if mean := meanOfFinite(cells[[2]float64{x, y}]); finite(mean) {
				z = mean
				h.Limit = math.Max(h.Limit, math.Abs(z))
			}
			line = append(line, z)
		}
		h.Z = append(h.Z, line)
	}
	return h
}
