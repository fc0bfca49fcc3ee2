package bench

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"golang.org/x/perf/benchmath"

	"actinit/harness/progress"
	"actinit/harness/result"
)

// DefaultTarget is how well a budget is to get to know each median: half the width of
// its 95% interval is at most 1% of it.
const DefaultTarget = .01

// goOn samples what is still uncertain until the budget that began at the given time is
// used up. It looks at the width of intervals only: whoever stops when a difference seems
// significant finds differences that are not there.
func (s *Schedule) goOn(ctx context.Context, timers []*timer, rows []result.Bench, begun time.Time, o Options) error {
	if o.Budget == 0 {
		return nil
	}
	left := o.Budget - time.Since(begun) - sampled(o.Saved)
	last := time.Now()
	end := last.Add(left)
	work := progress.BeginWork(o.Progress, "bench: seconds for what is uncertain, at most", max(left, 0))
	defer work.End()
	passed := func() {
		now := time.Now()
		work.Add(now.Sub(last))
		last = now
	}
	for round := s.Rounds; ; round++ {
		if o.Journal.Done(s.Unit(round)) {
			continue
		}
		uncertain := s.uncertain(rows, o.target())
		if len(uncertain) == 0 {
			return nil
		}
		if !time.Now().Before(end) {
			o.Progress.Note(fmt.Sprintf("the budget is used up: the median of %d of %d is not known to %g%% yet", len(uncertain), len(s.Cells), 100*o.target()))
			return nil
		}
		order := slices.DeleteFunc(s.Order(round), func(cell int) bool { return !uncertain[cell] })
		more, err := s.round(ctx, round, timers, order, passed, o)
		if err != nil {
			return err
		}
		rows = append(rows, more...)
	}
}

func (o Options) target() float64 {
	if o.Target > 0 {
		return o.Target
	}
	return DefaultTarget
}

// sampled is about how long the samples took that an interrupted run has.
func sampled(rows []result.Bench) (total time.Duration) {
	for _, row := range rows {
		total += time.Duration(row.ElapsedNs)
	}
	return total
}

// uncertain returns the cells whose median is not known to the target.
func (s *Schedule) uncertain(rows []result.Bench, target float64) map[int]bool {
	samples := map[string][]float64{}
	for _, row := range rows {
		name := result.Name(row)
		samples[name] = append(samples[name], row.NsPerElem)
	}
	found := map[int]bool{}
	for i, c := range s.Cells {
		if !(relativeHalfWidth(samples[c.Name()]) <= target) {
			found[i] = true
		}
	}
	return found
}

// relativeHalfWidth is half the width of the 95% interval of the samples' median, over
// the median. The interval makes no assumption about their distribution; with fewer
// than six samples there is none, and it is infinite.
func relativeHalfWidth(samples []float64) float64 {
	if len(samples) == 0 {
		return math.Inf(1)
	}
	summary := benchmath.AssumeNothing.Summary(benchmath.NewSample(slices.Clone(samples), &benchmath.DefaultThresholds), .95)
	return (summary.Hi - summary.Lo) / 2 / summary.Center
}

// spentOnPairs is about how long the rounds took that an interrupted paired run has: their samples, the calls before
// those, and for each round a start of the processes, which takes so long.
func spentOnPairs(rows []result.Pair, start time.Duration) time.Duration {
	timed, rounds := time.Duration(0), map[int64]bool{}
	for _, row := range rows {
		rounds[row.Block] = true
		timed += time.Duration(row.NewNs)
		if row.Comparison == result.Change { // the old sample is in the other row, too
			timed += time.Duration(row.OldNs)
		}
	}
	return timed + timed/warmPart + time.Duration(len(rounds))*start
}
