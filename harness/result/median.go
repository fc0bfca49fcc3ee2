package result

import (
	"cmp"
	"slices"
)

// A Median is what the samples of one kernel at one size come to.
type Median struct {
	Kernel
	Workers   int64
	N         int64
	Mode      string // Warm, Cold or InPlace
	Samples   int
	NsPerElem float64 // median over the samples
	BytesPerS float64 // at the median

	// As Bench has them; they are the same for all samples of a run, but for those of a run that went on on
	// another machine: then they are the first sample's.
	Intensity *float64
	Bound     string
	BoundNs   *float64
}

// BoundShare returns the limit's time as a share of the median: 1 is as fast as the machine
// can, and false says that the limit is unknown.
func (m Median) BoundShare() (share float64, known bool) {
	return Bench{NsPerElem: m.NsPerElem, BoundNs: m.BoundNs}.BoundShare()
}

// Medians returns the median of every kernel, size and number of workers, in
// the order in which they first appear.
func Medians(rows []Bench) []Median {
	type cell struct {
		Kernel
		workers, n int64
		mode       string
	}
	index := map[cell]int{}
	var medians []Median
	var samples [][]float64
	var bytesPerElem []float64
	for _, r := range rows {
		c := cell{r.Kernel(), r.Workers, r.N, cmp.Or(r.Mode, Warm)}
		i, ok := index[c]
		if !ok {
			i = len(medians)
			index[c] = i
			medians = append(medians, Median{Kernel: c.Kernel, Workers: r.Workers, N: r.N, Mode: c.mode, Intensity: r.Intensity, Bound: r.Bound, BoundNs: r.BoundNs})
			samples = append(samples, nil)
			bytesPerElem = append(bytesPerElem, float64(r.BytesPerOp)/float64(r.N))
		}
		samples[i] = append(samples[i], r.NsPerElem)
	}
	for i, s := range samples {
		slices.Sort(s)
		m := &medians[i]
		m.Samples = len(s)
		m.NsPerElem = median(s)
		m.BytesPerS = bytesPerElem[i] / m.NsPerElem * 1e9
	}
	return medians
}

// MediansIn returns the medians of the rows of one mode.
func MediansIn(mode string, rows []Bench) []Median {
	return slices.DeleteFunc(Medians(rows), func(m Median) bool { return m.Mode != mode })
}

// median returns the median of sorted numbers.
func median(sorted []float64) float64 {
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}
