// Package gate decides what a comparison means: whether a kernel regressed, by which
// thresholds, and how a terminal, a CI system and GitHub are told.
//
// Package compare (two stored runs, unpaired) and package paired (a paired run) compute the
// statistics and share everything else with each other here: Holm's correction, the
// verdicts, the thresholds, the table, JUnit and GitHub's annotations.
package gate

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"actinit/harness/result"
)

// DefaultAlpha is the probability, over the whole table, of calling a change where there is
// none that comparisons keep to.
const DefaultAlpha = .05

// A Verdict is what a comparison says about one kernel.
type Verdict string

// The verdicts. Regressed and Improved are changes that are called: significant after Holm's
// correction, larger than the threshold, and larger than the noise floor. Same says that the
// interval excludes changes beyond the threshold; Undecided that it does not, and that none
// is shown either.
const (
	Regressed Verdict = "regressed"
	Improved  Verdict = "improved"
	Same      Verdict = "same"
	Undecided Verdict = "undecided"
	Ignored   Verdict = "ignored" // by the thresholds file; not part of the table that p is corrected for
)

// A Subject is what is judged: one kernel at one size, on a number of workers, in a mode.
type Subject struct {
	result.Kernel
	Workers int64
	N       int64
	Mode    string
}

// Name returns the subject's benchmark name, see [result.Name].
func (s Subject) Name() string {
	return result.Name(result.Bench{Op: s.Op, Direction: s.Direction, Type: s.Type, Variant: s.Variant, Workers: s.Workers, N: s.N, Mode: s.Mode})
}

// A Number is a float64 that JSON shows as null where it is not finite.
type Number float64

// MarshalJSON implements json.Marshaler.
func (n Number) MarshalJSON() ([]byte, error) {
	if f := result.Finite(float64(n)); f != nil {
		return fmt.Appendf(nil, "%v", *f), nil
	}
	return []byte("null"), nil
}

// A Row is one kernel's change of time and the verdict about it.
type Row struct {
	Name      string   `json:"name"` // as in the benchmark text
	Op        string   `json:"op"`
	Direction string   `json:"direction"`
	Type      string   `json:"type"`
	Variant   string   `json:"variant"`
	Workers   int64    `json:"workers"`
	N         int64    `json:"n"`
	Mode      string   `json:"mode"`
	Delta     Number   `json:"delta"`      // time of the new / time of the old - 1
	Low       Number   `json:"delta_low"`  // ends of its interval, infinite where there are too few samples
	High      Number   `json:"delta_high"` //
	P         Number   `json:"p"`          // probability of such a change by chance
	PHolm     Number   `json:"p_holm"`     // corrected for all rows of the comparison
	Threshold Number   `json:"threshold"`  // relative slow-down beyond which a change counts
	Floor     Number   `json:"floor"`      // change that comes of nothing, measured in the same run; 0 where it was not
	Verdict   Verdict  `json:"verdict"`
	Warnings  []string `json:"warnings,omitempty"`
}

// NewRow returns the row of a subject, with the threshold that limits have for its time.
func NewRow(s Subject, limits Limits) Row {
	row := Row{Name: s.Name(), Op: s.Op, Direction: s.Direction, Type: s.Type, Variant: s.Variant,
		Workers: s.Workers, N: s.N, Mode: cmp.Or(s.Mode, result.Warm), Threshold: Number(limits.Slower)}
	if limits.Ignore {
		row.Verdict = Ignored
	}
	return row
}

// Significant reports whether the change is no chance at level alpha over the whole table.
func (r *Row) Significant(alpha float64) bool { return float64(r.PHolm) < alpha }

// Judge corrects p of the rows that are not ignored for their number, and gives each its
// verdict. A change counts in both directions from the same ratio on: slower by 25% and
// faster by 20% are the same distance.
func Judge(rows []*Row, alpha float64) {
	rows = slices.DeleteFunc(slices.Clone(rows), func(r *Row) bool { return r.Verdict == Ignored })
	ps := make([]float64, len(rows))
	for i, r := range rows {
		ps[i] = float64(r.P)
	}
	for i, p := range Holm(ps) {
		r := rows[i]
		r.PHolm = Number(p)
		needed := max(math.Log1p(float64(r.Threshold)), math.Log1p(float64(r.Floor)))
		band := math.Log1p(float64(r.Threshold))
		change, low, high := math.Log1p(float64(r.Delta)), math.Log1p(float64(r.Low)), math.Log1p(float64(r.High))
		switch {
		case r.Significant(alpha) && change > needed:
			r.Verdict = Regressed
		case r.Significant(alpha) && change < -needed:
			r.Verdict = Improved
		case low >= -band && high <= band:
			r.Verdict = Same
		default:
			r.Verdict = Undecided
		}
	}
}

// Holm returns the probabilities corrected for their number m by Holm's step-down method:
// the k-th smallest is multiplied by m-k+1 and never falls below one before it. Calling
// those below alpha keeps the probability of any false call at alpha, whatever the
// dependence between them (Holm 1979).
func Holm(ps []float64) []float64 {
	order := make([]int, len(ps))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(ps[a], ps[b]) })
	corrected := make([]float64, len(ps))
	floor := 0.
	for k, i := range order {
		floor = max(floor, min(1, ps[i]*float64(len(ps)-k)))
		corrected[i] = floor
	}
	return corrected
}

// A Case is one thing that was judged: the time of a kernel, or one count of its accuracy.
type Case struct {
	Name    string  `json:"name"` // of the kernel, see [result.Name]
	Unit    string  `json:"unit"` // UnitTime, UnitMaxULP, ...
	Verdict Verdict `json:"verdict"`
	Size    Number  `json:"-"`       // how large the change is: the largest are named first
	Message string  `json:"message"` // one line
}

// Units of cases.
const (
	UnitTime       = "ns/elem"
	UnitMaxULP     = "max_ulp"
	UnitMisrounded = "misrounded"
	UnitWrong      = "wrong results" // NaN, infinities, signs of zero, broken promises
)

// A Report is the outcome of a comparison: all that an exit status, a CI system and GitHub need.
type Report struct {
	Title    string // "actinit compare OLD NEW"
	Cases    []Case
	Warnings []string
	Partial  string // why what was compared is not the whole, so that it is no pass; "" if it is
}

// Of returns the cases with the verdict, the largest change first.
func (r *Report) Of(v Verdict) []Case {
	cases := slices.DeleteFunc(slices.Clone(r.Cases), func(c Case) bool { return c.Verdict != v })
	slices.SortStableFunc(cases, func(a, b Case) int { return cmp.Compare(b.Size, a.Size) })
	return cases
}

// Failed is the rule of the exit status: a comparison fails when something regressed. What
// is undecided does not fail it.
func (r *Report) Failed() bool { return len(r.Of(Regressed)) > 0 }

// Summary is one line with the number of each verdict, and of what they are.
func (r *Report) Summary() string {
	s := fmt.Sprintf("%d regressed, %d improved, %d the same, %d undecided", len(r.Of(Regressed)), len(r.Of(Improved)), len(r.Of(Same)), len(r.Of(Undecided)))
	if n := len(r.Of(Ignored)); n > 0 {
		s += fmt.Sprintf(", %d ignored", n)
	}
	s += ", of " + r.Counted()
	if r.Partial != "" {
		s += "; no pass: " + r.Partial
	}
	return s
}

// Counted says what the cases are: "12 times and 36 figures of accuracy".
func (r *Report) Counted() string {
	times := 0
	for _, c := range r.Cases {
		if c.Unit == UnitTime {
			times++
		}
	}
	s := counted(times, "time")
	if figures := len(r.Cases) - times; figures > 0 {
		s += " and " + counted(figures, "figure") + " of accuracy"
	}
	return s
}

func counted(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// Case words the row.
func (r *Row) Case() Case {
	c := Case{Name: r.Name, Unit: UnitTime, Verdict: r.Verdict, Size: Number(math.Abs(math.Log1p(float64(r.Delta))))}
	if r.Verdict == Ignored {
		c.Message = "ignored by the thresholds file"
		return c
	}
	direction, by := "slower", float64(r.Delta)
	if by < 0 {
		direction, by = "faster", -by
	}
	c.Message = fmt.Sprintf("%s by %.2f%% (interval %s, p = %.2g corrected, threshold %s", direction, 100*by, r.Interval(), float64(r.PHolm), Percent(float64(r.Threshold)))
	if r.Floor > 0 {
		c.Message += fmt.Sprintf(", noise floor %.2f%%", 100*float64(r.Floor))
	}
	c.Message += ")"
	return c
}
