// Package history follows the medians of kernels over the runs of a store and finds where
// they changed.
//
// A series is the medians of one kernel at one size on one machine, a value per run, in the
// order of time. A change point splits it where the two parts differ most by rank: the
// largest Mann-Whitney statistic over all splits, standardised by its mean and deviation at
// that split (Pettitt's test with weights that favour no split). Its probability under no
// change is that among random orders of the ranks, whatever the values' distribution: it is
// simulated with a fixed seed, and corrected for the number of series by Holm's method. Where
// a series has a change point, both of its parts are searched for another at the level that
// is left to one series, and so on.
//
// The test takes the runs for exchangeable: a machine that is slow on some days and fast on
// others, in stretches, shows change points of its own. Series of different machines are
// never joined. One slow run is not a change point; with m series a change shows only when
// enough runs have followed it: Powerless says how many runs there have to be.
package history

import (
	"cmp"
	"errors"
	"math"
	"slices"
	"time"

	"actinit/harness/result"
	"actinit/reports/gate"
)

// DefaultEffect is the smallest change that is reported, 2%: medians of runs of different
// days differ by more than those of a paired run.
const DefaultEffect = .02

// Options say what is a change point. Zero values take the defaults.
type Options struct {
	Alpha  float64 // probability of any false change point over the table
	Effect float64 // smallest relative change
}

// A Run is the timings of one run on one machine. A run that was made on several is as many of these.
type Run struct {
	ID      string
	Host    string
	Started time.Time
	Commit  string
	Medians []result.Median
}

// A Point is one run in a series.
type Point struct {
	Run       string      `json:"run"`
	Started   time.Time   `json:"started"`
	Commit    string      `json:"commit"`
	NsPerElem gate.Number `json:"ns_per_elem"` // median
}

// A ChangePoint is where a series changed.
type ChangePoint struct {
	Run    string      `json:"run"` // the first run after the change
	Commit string      `json:"commit"`
	Index  int         `json:"index"`  // of that run in the series
	Before gate.Number `json:"before"` // median of the runs since the change point before, ns per element
	After  gate.Number `json:"after"`  // median of the runs until the next one
	Delta  gate.Number `json:"delta"`  // After / Before - 1
	P      gate.Number `json:"p"`      // corrected for the number of series
}

// A Series is one kernel at one size on one machine.
type Series struct {
	Host    string        `json:"host"`
	Name    string        `json:"name"` // as in the benchmark text
	Points  []Point       `json:"points"`
	Changes []ChangePoint `json:"changes"`

	subject gate.Subject
}

// A History is the result, ready to be encoded as JSON.
type History struct {
	Alpha     float64  `json:"alpha"`
	Effect    float64  `json:"effect"`
	Runs      int      `json:"runs"`
	Series    []Series `json:"series"`    // of two runs and more, in the order in which they first appear
	Single    int      `json:"single"`    // series of one run, left out
	Powerless int      `json:"powerless"` // series too short for a change to be significant among so many
	Needed    int      `json:"needed"`    // runs that a series must have for that, in equal parts before and after a change
	TooMany   bool     `json:"too_many"`  // no simulated probability is small enough for a change to be significant among so many series
}

// Of finds the change points in the runs, which it sorts by time.
func Of(runs []Run, o Options) (*History, error) {
	o.Alpha, o.Effect = cmp.Or(o.Alpha, gate.DefaultAlpha), cmp.Or(o.Effect, DefaultEffect)
	if !(o.Alpha > 0 && o.Alpha < 1) || !(o.Effect > 0) || math.IsInf(o.Effect, 1) {
		return nil, errors.New("want an alpha between 0 and 1 and a positive smallest change")
	}
	h := &History{Alpha: o.Alpha, Effect: o.Effect, Runs: number(runs)}
	h.collect(runs)
	m := len(h.Series)
	if m == 0 {
		return h, nil
	}
	each := o.Alpha / float64(m)
	orders, enough := ordersFor(each)
	h.TooMany = !enough
	for h.Needed = 2; smallestP(h.Needed) >= each; h.Needed++ {
	}
	ps := make([]float64, m)
	for i := range h.Series {
		values := h.Series[i].values()
		if len(values) < h.Needed {
			h.Powerless++
		}
		_, ps[i] = split(values, orders)
	}
	for i, p := range gate.Holm(ps) {
		if p < o.Alpha {
			h.Series[i].search(p, each, m, orders, o.Effect)
		}
	}
	return h, nil
}

// number counts the runs, those on several machines once: they have one start.
func number(runs []Run) int {
	type begun struct {
		id      string
		started time.Time
	}
	all := map[begun]bool{}
	for _, run := range runs {
		all[begun{run.ID, run.Started.UTC()}] = true
	}
	return len(all)
}

// collect makes the series.
func (h *History) collect(runs []Run) {
	runs = slices.Clone(runs)
	slices.SortStableFunc(runs, func(a, b Run) int { return a.Started.Compare(b.Started) })
	type key struct {
		host string
		gate.Subject
	}
	index := map[key]int{}
	var all []Series
	for _, run := range runs {
		for _, m := range run.Medians {
			k := key{run.Host, gate.Subject{Kernel: m.Kernel, Workers: m.Workers, N: m.N, Mode: m.Mode}}
			i, ok := index[k]
			if !ok {
				i = len(all)
				index[k] = i
				all = append(all, Series{Host: run.Host, Name: k.Name(), Changes: []ChangePoint{}, subject: k.Subject})
			}
			all[i].Points = append(all[i].Points, Point{run.ID, run.Started, run.Commit, gate.Number(m.NsPerElem)})
		}
	}
	for _, s := range all {
		if len(s.Points) > 1 {
			h.Series = append(h.Series, s)
		} else {
			h.Single++
		}
	}
}

func (s *Series) values() []float64 {
	values := make([]float64, len(s.Points))
	for i, p := range s.Points {
		values[i] = float64(p.NsPerElem)
	}
	return values
}

// search finds the change points of a series whose first one has the corrected probability p;
// further ones are those below each, before correction for m series.
func (s *Series) search(p, each float64, m, orders int, effect float64) {
	values := s.values()
	type found struct {
		at int
		p  float64
	}
	var changes []found
	var within func(low, high int, p float64)
	within = func(low, high int, p float64) {
		at, _ := split(values[low:high], orders)
		changes = append(changes, found{low + at, p})
		for _, part := range [][2]int{{low, low + at}, {low + at, high}} {
			if _, raw := split(values[part[0]:part[1]], orders); raw < each {
				within(part[0], part[1], min(1, raw*float64(m)))
			}
		}
	}
	within(0, len(values), p)
	slices.SortFunc(changes, func(a, b found) int { return a.at - b.at })
	for k, c := range changes {
		low, high := 0, len(values)
		if k > 0 {
			low = changes[k-1].at
		}
		if k < len(changes)-1 {
			high = changes[k+1].at
		}
		before, after := median(values[low:c.at]), median(values[c.at:high])
		if math.Abs(math.Log(after/before)) < math.Log1p(effect) {
			continue
		}
		s.Changes = append(s.Changes, ChangePoint{s.Points[c.at].Run, s.Points[c.at].Commit, c.at,
			gate.Number(before), gate.Number(after), gate.Number(after/before - 1), gate.Number(c.p)})
	}
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}
