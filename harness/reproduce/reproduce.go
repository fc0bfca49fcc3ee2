// Package reproduce repeats the experiments of the lecture and of its reading list
// and holds what it measures against what the papers say.
//
// Everything that could be chosen afterwards is written down before: an [Experiment]
// is code with its seeds, its sizes and its claims' tolerances in constants. A claim's
// measured value is a mean over seeds, with the interval that they span.
package reproduce

import (
	"context"
	"fmt"
	"math"
	"time"

	"actinit/harness/progress"
	"actinit/harness/result"
)

// An Experiment is one entry of the list.
type Experiment struct {
	Name  string        // on the command line: "sigmoid-problems"
	Paper string        // "He, Zhang, Ren and Sun 2015"
	About string        // one line: what is done
	Cost  time.Duration // on two cores, roughly

	Run func(ctx context.Context, e *Env) error
}

// Env is what an experiment runs in: it takes claims and curves.
type Env struct {
	Workers  int
	Progress progress.Reporter

	claims []result.Claim
	curves []result.Curve
}

// All returns the experiments in the order of the lecture.
func All() []Experiment { return experiments }

var experiments []Experiment

// Relations of a claim.
const (
	About   = "about"    // |measured - published| <= tolerance
	Within  = "within"   // relative: |measured / published - 1| <= tolerance
	AtLeast = "at least" // measured >= published - tolerance
	AtMost  = "at most"  // measured <= published + tolerance
)

// A Claim is what an experiment states before it measures.
type Claim struct {
	Statement string  // "second moment after 30 ReLU layers, Xavier"
	Published float64 // the paper's number, or its theory's
	Source    string  // where it stands: "section 2.2", "computed from equation 5"
	Relation  string  // About, Within, AtLeast or AtMost
	Tolerance float64
}

// Measured records a claim with one measured value for each seed.
func (e *Env) Measured(c Claim, perSeed ...float64) {
	row := result.Claim{
		Statement: c.Statement, Published: c.Published, Source: c.Source, Relation: c.Relation, Tolerance: c.Tolerance,
		Seeds: int64(len(perSeed)), Low: math.Inf(1), High: math.Inf(-1),
	}
	for _, v := range perSeed {
		row.Measured += v / float64(len(perSeed))
		row.Low, row.High = math.Min(row.Low, v), math.Max(row.High, v)
	}
	row.Agrees = agrees(c, row.Measured)
	e.claims = append(e.claims, row)
}

// agrees reports whether the claim holds for what was measured. NaN holds for nothing.
func agrees(c Claim, measured float64) bool {
	switch c.Relation {
	case About:
		return math.Abs(measured-c.Published) <= c.Tolerance
	case Within:
		return math.Abs(measured/c.Published-1) <= c.Tolerance
	case AtLeast:
		return measured >= c.Published-c.Tolerance
	case AtMost:
		return measured <= c.Published+c.Tolerance
	}
	panic(fmt.Sprintf("reproduce: a claim with the relation %q", c.Relation))
}

// Point records one point of a curve: series names the curve ("he, depth 30").
func (e *Env) Point(figure, series string, seed uint64, x, y float64) {
	e.curves = append(e.curves, result.Curve{Figure: figure, Series: series, Seed: int64(seed), X: x, Y: y})
}
