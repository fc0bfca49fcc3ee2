package result

import "math"

// Stolen returns the time that the hypervisor gave to others, all CPUs together, as a share of
// the time of the samples that know of it; NaN if none does.
func Stolen(rows []Bench) float64 {
	var stolen, sampled float64
	for _, r := range rows {
		if r.StealNs != nil {
			stolen, sampled = stolen+float64(*r.StealNs), sampled+float64(r.ElapsedNs)
		}
	}
	return stolen / sampled
}

// Switched returns the share of samples with an involuntary context switch among those that know
// of it; NaN if none does.
func Switched(rows []Bench) float64 {
	switched, known := 0, 0
	for _, r := range rows {
		if r.Switches != nil {
			known++
			if *r.Switches > 0 {
				switched++
			}
		}
	}
	return float64(switched) / float64(known)
}

// Known returns the values that are known, of one that a sample may lack.
func Known(rows []Bench, value func(Bench) *float64) []float64 {
	var known []float64
	for _, r := range rows {
		if v := value(r); v != nil {
			known = append(known, *v)
		}
	}
	return known
}

// Quantile interpolates between the values of a sorted slice, for q from 0 to 1; NaN if there are none.
func Quantile(sorted []float64, q float64) float64 {
	if len(sorted) == 0 {
		return math.NaN()
	}
	at := q * float64(len(sorted)-1)
	low := int(at)
	high := min(low+1, len(sorted)-1)
	return sorted[low] + (at-float64(low))*(sorted[high]-sorted[low])
}
