package page

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"actinit/harness/result"
	"actinit/reports/plots"
)

// Noise is what was judged of the machine while kernels were timed.
type Noise struct {
	Findings []string // why the times should not be believed, in plain words
	Figures  string   // what was known: "0% of the time stolen, load 1.02 ..."
}

// noisePoints is how many points a line over the run has at most: more
// cannot be told apart, and would be most of the page.
const noisePoints = 200

// noise draws what disturbed the run, in the order in which samples were taken.
func (b *builder) noise() (section, error) {
	s := section{
		ID: "noise", Title: "Noise",
		Command: "actinit bench --stages bench", File: "bench.parquet",
		Findings: b.Noise.Findings,
	}
	rows := slices.Clone(b.Data.Bench)
	slices.SortStableFunc(rows, func(x, y result.Bench) int { return cmp.Compare(x.Order, y.Order) })
	bins := consecutive(rows)
	row := figureRow{Narrow: true}
	if len(bins) > 0 && len(bins[0].rows) > 1 {
		row.Say = fmt.Sprintf("Each point is %d samples, one after the other.", len(bins[0].rows))
	}
	var unknown []string
	for _, figure := range []struct {
		title, unit string
		least       float64 // what the axis reaches at least; 0: an axis that is chosen by the data
		lines       []func([]result.Bench) float64
	}{
		{"load of the machine, this program included", "1-minute average", 1, []func([]result.Bench) float64{quantileOf(load, .5)}},
		{"time the hypervisor gave to others, all CPUs together", "% of the time", 1, []func([]result.Bench) float64{percents(result.Stolen)}},
		{"frequency of the core: median, and thin the 5% and 95% quantiles", "GHz", 0, []func([]result.Bench) float64{quantileOf(gigahertz, .5), quantileOf(gigahertz, .05), quantileOf(gigahertz, .95)}},
		{"samples that lost a CPU meanwhile", "% of the samples", 10, []func([]result.Bench) float64{percents(result.Switched)}},
	} {
		l := plots.Lines{X: plots.Axis{Label: "sample of the run"}, Y: plots.Axis{Label: figure.unit}}
		highest := math.NaN()
		for i, of := range figure.lines {
			line := plots.Series{Color: i, Thin: i > 0}
			for _, bin := range bins {
				v := of(bin.rows)
				line.X, line.Y = append(line.X, float64(bin.at)), append(line.Y, v)
				if !(v <= highest) && !math.IsNaN(v) {
					highest = v
				}
			}
			if i > 0 {
				line.Color = 1
			}
			l.Series = append(l.Series, line)
		}
		if math.IsNaN(highest) {
			unknown = append(unknown, figure.title)
			continue
		}
		if figure.least > 0 {
			l.Y.Min, l.Y.Max = 0, max(figure.least, 1.1*highest)
		}
		if err := row.add(figure.title, l); err != nil {
			return s, err
		}
	}
	if len(row.Figures) == 0 {
		return s, nil // of a run from before any of this was stored
	}
	s.Rows = []figureRow{row}
	s.Say = "Nothing that was seen on the machine speaks against these times: "
	if len(s.Findings) > 0 {
		s.Say = "The times of this run should not be believed without a second look: "
	}
	s.Say += b.Noise.Figures + "."
	for _, title := range unknown {
		s.Say += " Unknown here: " + title + "."
	}
	return s, nil
}

// A bin is samples that were taken one after the other.
type bin struct {
	at   int64 // the place of the first in the run
	rows []result.Bench
}

// consecutive cuts rows, which are in their order, into at most noisePoints bins.
func consecutive(rows []result.Bench) (bins []bin) {
	if len(rows) == 0 {
		return nil
	}
	for rows := range slices.Chunk(rows, (len(rows)+noisePoints-1)/noisePoints) {
		bins = append(bins, bin{rows[0].Order, rows})
	}
	return bins
}

// quantileOf is a quantile of what is known; NaN if nothing is.
func quantileOf(value func(result.Bench) *float64, q float64) func([]result.Bench) float64 {
	return func(rows []result.Bench) float64 {
		known := result.Known(rows, value)
		slices.Sort(known)
		return result.Quantile(known, q)
	}
}

func load(r result.Bench) *float64 { return r.Load }

func gigahertz(r result.Bench) *float64 {
	if r.FrequencyHz == nil {
		return nil
	}
	ghz := *r.FrequencyHz / 1e9
	return &ghz
}

// percents is a share in per cent.
func percents(share func([]result.Bench) float64) func([]result.Bench) float64 {
	return func(rows []result.Bench) float64 { return 100 * share(rows) }
}
