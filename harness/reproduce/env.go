package reproduce

import (
	"fmt"
	"math"
	"slices"

	"actinit/harness/result"
)

// Env is what an experiment runs in: it takes claims and curves.
type Env struct {
	Seed    uint64 // the first
	Workers int    // goroutines, from 1; no result depends on them

	experiment Experiment
	step       func(share float64) // tells that this share of the experiment is done
	claims     []result.Claim
	curves     []result.Curve
	points     map[curveID]int64 // so far
	err        error
}

// A curveID names one curve of one seed.
type curveID struct {
	figure, series string
	seed           uint64
}

// Seeds returns the experiment's seeds, which follow Seed.
func (e *Env) Seeds() []uint64 {
	seeds := make([]uint64, e.experiment.Seeds)
	for i := range seeds {
		seeds[i] = e.Seed + uint64(i)
	}
	return seeds
}

// Measured records a claim, which is one of the experiment's, with one measured value for
// each seed.
func (e *Env) Measured(c Claim, perSeed ...float64) {
	row := result.Claim{
		Experiment: e.experiment.Name, Paper: e.experiment.Paper,
		Statement: c.Statement, Published: c.Published, Source: c.Source, Relation: c.Relation, Tolerance: c.Tolerance,
		Seeds: int64(len(perSeed)), Low: math.Inf(1), High: math.Inf(-1),
	}
	switch {
	case !slices.Contains(e.experiment.Claims, c):
		e.fail("measured %q, which it does not claim", c.Statement)
	case slices.ContainsFunc(e.claims, func(r result.Claim) bool { return r.Statement == c.Statement }):
		e.fail("measured %q twice", c.Statement)
	case len(perSeed) != e.experiment.Seeds:
		e.fail("measured %q with %d seeds, not %d", c.Statement, len(perSeed), e.experiment.Seeds)
	}
	for _, v := range perSeed {
		row.Measured += v / float64(len(perSeed))
		row.Low, row.High = math.Min(row.Low, v), math.Max(row.High, v)
	}
	row.Agrees = c.holds(row.Measured)
	e.claims = append(e.claims, row)
}

// Point records one point of a curve: series names the curve ("he, depth 30"). The
// series SeriesTheory and SeriesPaper are not measured.
func (e *Env) Point(figure, series string, seed uint64, x, y float64) {
	at := curveID{figure, series, seed}
	e.curves = append(e.curves, result.Curve{
		Experiment: e.experiment.Name, Figure: figure, Series: series, Seed: int64(seed), Point: e.points[at], X: x, Y: y,
	})
	e.points[at]++
}

// Series of a figure that are not measured. Where a figure has several lines, their
// names begin with these.
const (
	SeriesTheory = "theory"
	SeriesPaper  = "paper"
)

// Step tells that one more of so many equal parts of the experiment is done.
func (e *Env) Step(of int) { e.step(1 / float64(of)) }

// fail keeps the first breach of what the experiment had stated.
func (e *Env) fail(format string, args ...any) {
	if e.err == nil {
		e.err = fmt.Errorf("reproduce: %s "+format, slices.Concat([]any{e.experiment.Name}, args)...)
	}
}

// finish returns the rows in the order of the claims.
func (e *Env) finish() ([]result.Claim, []result.Curve, error) {
	for _, c := range e.experiment.Claims {
		if !slices.ContainsFunc(e.claims, func(r result.Claim) bool { return r.Statement == c.Statement }) {
			e.fail("claims %q and did not measure it", c.Statement)
		}
	}
	place := func(r result.Claim) int {
		return slices.IndexFunc(e.experiment.Claims, func(c Claim) bool { return c.Statement == r.Statement })
	}
	slices.SortStableFunc(e.claims, func(a, b result.Claim) int { return place(a) - place(b) })
	return e.claims, e.curves, e.err
}
