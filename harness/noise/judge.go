package noise

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"actinit/harness/result"
)

// Limits beyond which a run should not be believed without a second look.
const (
	// MaxSteal is the share of the sampled time that the hypervisor may give to others. Stolen time
	// makes a sample longer one for one: at 1% it is as large as the differences that a comparison of two runs
	// can find.
	MaxSteal = .01

	// MaxFrequencySpread is the distance of the 5% and 95% quantiles of the frequency, over the median.
	// A kernel bound by arithmetic follows the frequency one for one. The order of the samples is random, so
	// that this widens the samples of all cells alike, but runs at another frequency cannot be compared.
	MaxFrequencySpread = .05

	// MaxForeignLoad is how many threads other than this program's may have wanted a CPU
	// on average: half a thread is one that takes a CPU, or room in the caches, for half of the time.
	MaxForeignLoad = .5

	// MaxSwitched is the share of samples during which the system took a CPU away from this program. A
	// median stands more; but a machine that does it so often shares its caches too.
	MaxSwitched = .10

	// WideCell is from where the samples of one cell count as spread widely: their median absolute deviation
	// over their median. In whole runs on a virtual machine that nothing else used it was 1.0% to 1.8% in the middle of the cells.
	WideCell = .05

	// MaxWide is the share of cells that may be wide: five times the largest of those runs, which was 1.9%.
	MaxWide = .10
)

// cellSamples is how many samples of a cell make a spread.
const cellSamples = 5

// A Finding is one reason to doubt a run.
type Finding struct {
	Kind string // "steal", "frequency", "load", "switches" or "spread"
	Text string // in plain words, with the figure
}

// Figures are what Judge goes by. A figure of which no row knows anything is NaN.
type Figures struct {
	Samples         int
	Steal           float64 // time stolen from all CPUs, as a share of the sampled time
	Frequency       float64 // median, Hz
	FrequencySpread float64 // between its 5% and 95% quantiles, as a share of the median
	Load            float64 // median of the last tenth of the samples: the average looks back a minute, on what ran before them
	OwnThreads      int     // most workers of a row: what this program adds to the load
	Switched        float64 // share of samples with an involuntary context switch
	Wide            float64 // share of cells whose samples are spread widely
	Cells           int     // those with enough samples to tell
}

// Measure takes the figures from the rows of a run.
func Measure(rows []result.Bench) Figures {
	f := Figures{Samples: len(rows)}
	for _, r := range rows {
		f.OwnThreads = max(f.OwnThreads, int(r.Workers))
	}
	frequencies := result.Known(rows, func(r result.Bench) *float64 { return r.FrequencyHz })
	slices.Sort(frequencies)
	f.Steal = result.Stolen(rows)
	f.Frequency = result.Quantile(frequencies, .5)
	f.FrequencySpread = (result.Quantile(frequencies, .95) - result.Quantile(frequencies, .05)) / f.Frequency
	f.Load = lateLoad(rows)
	f.Switched = result.Switched(rows)
	times := map[string][]float64{}
	for _, r := range rows {
		times[result.Name(r)] = append(times[result.Name(r)], r.NsPerOp)
	}
	f.Wide, f.Cells = wide(times)
	return f
}

// MeasurePairs is Measure for a paired run: how much was stolen, and in what share of the cells the ratios of blocks are spread
// widely. Switches do not count: its processes wake each other, which takes a CPU away in 4 of 10 pairs on a quiet machine, too.
func MeasurePairs(rows []result.Pair) Figures {
	samples := make([]result.Bench, len(rows))
	blocks := map[string]map[int64]float64{}
	for i, r := range rows {
		samples[i] = result.Bench{StealNs: r.StealNs, ElapsedNs: r.OldNs + r.NewNs}
		if name := r.Name(); r.Comparison == result.Change {
			if blocks[name] == nil {
				blocks[name] = map[int64]float64{}
			}
			blocks[name][r.Block] += r.LogRatio / 2 // of two pairs
		}
		if r.Comparison == result.Floor { // of the half of a block that another row has the old sample of, and what was stolen
			samples[i].ElapsedNs = r.NewNs
			if r.StealNs != nil {
				samples[i].StealNs = new(int64)
			}
		}
	}
	ratios := map[string][]float64{}
	for name, of := range blocks {
		for _, logRatio := range of {
			ratios[name] = append(ratios[name], math.Exp(logRatio))
		}
	}
	unknown := math.NaN()
	f := Figures{Samples: len(rows), Steal: result.Stolen(samples), Switched: unknown, Frequency: unknown, FrequencySpread: unknown, Load: unknown}
	f.Wide, f.Cells = wide(ratios)
	return f
}

// lateLoad is the median load average of the last tenth of the samples.
func lateLoad(rows []result.Bench) float64 {
	ordered := slices.Clone(rows)
	slices.SortStableFunc(ordered, func(a, b result.Bench) int { return cmp.Compare(a.Order, b.Order) })
	loads := result.Known(ordered[len(ordered)-(len(ordered)+9)/10:], func(r result.Bench) *float64 { return r.Load })
	slices.Sort(loads)
	return result.Quantile(loads, .5)
}

// wide returns the share of cells whose samples, by the cells' names, are spread widely, and the number of cells
// with enough samples to tell. It sorts the samples.
func wide(samples map[string][]float64) (share float64, cells int) {
	n := 0
	for _, s := range samples {
		if len(s) < cellSamples {
			continue
		}
		cells++
		slices.Sort(s)
		median := result.Quantile(s, .5)
		deviations := make([]float64, len(s))
		for i, v := range s {
			deviations[i] = math.Abs(v - median)
		}
		slices.Sort(deviations)
		if result.Quantile(deviations, .5) > WideCell*median {
			n++
		}
	}
	return float64(n) / float64(cells), cells
}

// Judge says why a run should not be believed. No finding is a quiet run, or one of
// which nothing is known: see [Figures.Known].
func Judge(rows []result.Bench) []Finding { return Measure(rows).Judge() }

// Judge says which figures are beyond their limits.
func (f Figures) Judge() []Finding {
	var found []Finding
	add := func(bad bool, kind, format string, a ...any) {
		if bad {
			found = append(found, Finding{kind, fmt.Sprintf(format, a...)})
		}
	}
	add(f.Steal > MaxSteal, "steal",
		"the hypervisor gave %s of the sampled time, all CPUs together, to others (limit %s): times are too long, by an unknown part in each sample", percent(f.Steal), percent(MaxSteal))
	add(f.FrequencySpread > MaxFrequencySpread, "frequency",
		"the core's frequency varies by %s about %.2f GHz (limit %s): do not compare this run's times with another's", percent(f.FrequencySpread), f.Frequency/1e9, percent(MaxFrequencySpread))
	add(f.Load > float64(f.OwnThreads)+MaxForeignLoad, "load",
		"the load is %.2f at the end, and this program has %s: others use the CPUs and caches", f.Load, threads(f.OwnThreads))
	add(f.Switched > MaxSwitched, "switches",
		"the system took a CPU away from this program during %s of the samples (limit %s)", percent(f.Switched), percent(MaxSwitched))
	add(f.Wide > MaxWide, "spread",
		"in %s of the kernels and sizes the samples differ by more than %s of their median (limit %s): small differences do not show", percent(f.Wide), percent(WideCell), percent(MaxWide))
	return found
}

// Known reports whether the rows say anything about what disturbs.
func (f Figures) Known() bool {
	return !math.IsNaN(f.Steal) || !math.IsNaN(f.Frequency) || !math.IsNaN(f.Load) || !math.IsNaN(f.Switched)
}

// String lists the figures that are known.
func (f Figures) String() string {
	var parts []string
	add := func(v float64, format string, a ...any) {
		if !math.IsNaN(v) {
			parts = append(parts, fmt.Sprintf(format, a...))
		}
	}
	add(f.Steal, "%s of the time stolen", percent(f.Steal))
	add(f.Frequency, "%.2f GHz within %s", f.Frequency/1e9, percent(f.FrequencySpread))
	add(f.Load, "load %.2f with %s of our own", f.Load, threads(f.OwnThreads))
	add(f.Switched, "%s of the samples interrupted", percent(f.Switched))
	add(f.Wide, "%s of the kernels and sizes spread widely", percent(f.Wide))
	return strings.Join(parts, ", ")
}

func percent(share float64) string { return fmt.Sprintf("%.3g%%", 100*share) }

func threads(n int) string {
	if n == 1 {
		return "1 thread"
	}
	return fmt.Sprintf("%d threads", n)
}
