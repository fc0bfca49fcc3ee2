// Package reproduce repeats the experiments of the lecture and of its reading list
// and holds what it measures against what the papers say.
//
// Everything that could be chosen afterwards is written down before: an [Experiment] is
// code with its sizes in constants, the number of its seeds and its [Claim]s, each with
// the published number and a tolerance. The tolerance of a claim that a theory makes
// comes from what the theory leaves out, the fluctuation of nets of finite width, and the
// experiment's file says how. Measured is a mean over the seeds, with the interval
// that they span; an experiment that measures what it did not state, or
// leaves out what it stated, fails.
package reproduce

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"
)

// An Experiment is one entry of the list.
type Experiment struct {
	Name   string        // on the command line: "sigmoid-problems"
	Paper  string        // "He, Zhang, Ren and Sun 2015"
	About  string        // one line: what is done
	Cost   time.Duration // on two cores, roughly
	Seeds  int           // how many seeds it measures with
	Claims []Claim       // all that Run measures, in the order of the table

	Run func(ctx context.Context, e *Env) error
}

// All returns the experiments in the order of the lecture.
func All() []Experiment { return slices.Clone(experiments) }

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

// Bounds words what agrees with the claim: "±0.01", "±3%", ">= 0.9", "<= 0.1".
func (c Claim) Bounds() string {
	switch c.Relation {
	case About:
		return fmt.Sprintf("±%.3g", c.Tolerance)
	case Within:
		return fmt.Sprintf("±%.3g%%", 100*c.Tolerance)
	case AtLeast:
		return fmt.Sprintf(">= %.4g", c.Published-c.Tolerance)
	case AtMost:
		return fmt.Sprintf("<= %.4g", c.Published+c.Tolerance)
	}
	panic(fmt.Sprintf("reproduce: a claim with the relation %q", c.Relation))
}

// holds reports whether the claim holds for what was measured. NaN holds for nothing.
func (c Claim) holds(measured float64) bool {
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
