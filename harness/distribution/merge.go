package distribution

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"actinit/harness/result"
)

// Merge adds up the units of each fill and type and computes the statistics, their
// probabilities and those adjusted for all of them. Rows computed by an earlier Merge
// are computed again. The result does not depend on the order of the units or on how they
// were grouped, as sums are whole multiples of a step and add exactly.
func Merge(rows []result.Distribution) []result.Distribution {
	type key struct{ fill, typeName, statistic string }
	var merged []result.Distribution
	where := map[key]int{}
	for _, r := range rows {
		if slices.Contains(ofCounts, r.Statistic) {
			continue
		}
		k := key{r.Fill, r.Type, r.Statistic}
		i, seen := where[k]
		if !seen {
			where[k] = len(merged)
			r.Counts = slices.Clone(r.Counts)
			merged = append(merged, r)
			continue
		}
		m := &merged[i]
		if r.Started.Before(m.Started) {
			m.RunID, m.Host, m.Started = r.RunID, r.Host, r.Started
		}
		m.Draws += r.Draws
		m.Sum += r.Sum
		m.Seconds += r.Seconds
		for bin, n := range r.Counts {
			m.Counts[bin] += n
		}
	}
	for i := range merged {
		if m := &merged[i]; m.Statistic == result.StatisticCounts {
			m.PValue = math.NaN()
			merged = append(merged, goodness(*m)...) // range has the length before
		} else {
			concludeAverage(m)
		}
	}
	adjust(merged)
	return merged
}

// concludeAverage computes the value of a statistic that is an average, and its probability.
func concludeAverage(m *result.Distribution) {
	n := float64(m.Draws)
	m.Value = m.Sum / n
	m.StandardError = m.TermStd / math.Sqrt(n)
	if math.IsNaN(m.Value) || math.IsInf(m.Value, 0) {
		m.PValue = 0
		return
	}
	if strings.HasPrefix(m.Statistic, "beyond") {
		m.PValue = poissonBeyond(m.Sum, n*m.Expected)
		return
	}
	m.PValue = normalBeyond((m.Value - m.Expected) / m.StandardError)
}

// Statistics that are computed from the counts.
const (
	KolmogorovSmirnov = "kolmogorov_smirnov"
	AndersonDarling   = "anderson_darling"
	ChiSquare         = "chi_square"
)

var ofCounts = []string{KolmogorovSmirnov, AndersonDarling, ChiSquare}

// goodness returns the statistics of a row of counts.
func goodness(counts result.Distribution) []result.Distribution {
	n := float64(counts.Draws)
	row := func(statistic string, value, expected, std, p float64) result.Distribution {
		r := counts
		r.Statistic, r.Value, r.Expected, r.StandardError, r.PValue = statistic, value, expected, std, p
		r.Edges, r.Below, r.Counts, r.Seconds = nil, nil, nil, 0
		return r
	}
	d := distance(counts.Below, counts.Counts)
	a := weightedDistance(counts.Below, counts.Counts)
	c := chiSquareOf(counts.Counts)
	const freedom = 1<<binBits - 1
	return []result.Distribution{
		row(KolmogorovSmirnov, d, kolmogorovMean/math.Sqrt(n), kolmogorovStd/math.Sqrt(n), kolmogorovAbove(d*math.Sqrt(n))),
		row(AndersonDarling, a, 1, andersonStd, andersonAbove(a)),
		row(ChiSquare, c, freedom, math.Sqrt(2*freedom), chiSquareAbove(c, freedom)),
	}
}

// distance is the Kolmogorov-Smirnov statistic at the edges.
func distance(below []float64, counts []int64) float64 {
	n := float64(total(counts))
	var so int64
	largest := 0.0
	for i, p := range below {
		so += counts[i]
		largest = max(largest, math.Abs(float64(so)/n-p))
	}
	return largest
}

// weightedDistance is the Anderson-Darling statistic
//
//	n * integral over p of (F(p)-p)^2 / (p(1-p))
//
// of the F that is straight between the edges. With F(p)-p = a + b*p there, the
// integral of a bin is a^2*ln(p) - (a+b)^2*ln(1-p) - b^2*p between its ends.
func weightedDistance(below []float64, counts []int64) float64 {
	n := float64(total(counts))
	sum := 0.0
	last, lastDistance := 0.0, 0.0
	var so int64
	for i, count := range counts {
		p := 1.0
		if i < len(below) {
			p = below[i]
		}
		so += count
		d := float64(so)/n - p
		b := (d - lastDistance) / (p - last)
		a := d - b*p
		if last > 0 { // at 0 the line starts in 0: a = 0
			sum += a * a * math.Log(p/last)
		}
		if p < 1 { // at 1 the line ends in 0: a+b = 0
			sum -= (a + b) * (a + b) * (math.Log1p(-p) - math.Log1p(-last))
		}
		sum -= b * b * (p - last)
		last, lastDistance = p, d
	}
	return n * sum
}

// chiSquareOf is the chi-square statistic of the bins of equal probability.
func chiSquareOf(counts []int64) float64 {
	const parts = tailBits - binBits + 1 // of the first bin, and of the last
	equal := []int64{total(counts[:parts])}
	equal = append(equal, counts[parts:len(counts)-parts]...)
	equal = append(equal, total(counts[len(counts)-parts:]))
	expected := float64(total(counts)) / float64(len(equal))
	sum := 0.0
	for _, c := range equal {
		d := float64(c) - expected
		sum += d * d / expected
	}
	return sum
}

func total(counts []int64) int64 {
	var sum int64
	for _, n := range counts {
		sum += n
	}
	return sum
}

// adjust applies Holm's method: the smallest of m probabilities is multiplied by m,
// the next by m-1, and so on, none falling below the one before.
func adjust(rows []result.Distribution) {
	var tested []*result.Distribution
	for i := range rows {
		r := &rows[i]
		r.AdjustedP = math.NaN()
		if !math.IsNaN(r.PValue) {
			tested = append(tested, r)
		}
	}
	slices.SortStableFunc(tested, func(a, b *result.Distribution) int { return cmp.Compare(a.PValue, b.PValue) })
	least := 0.0
	for i, r := range tested {
		least = min(1, max(least, float64(len(tested)-i)*r.PValue))
		r.AdjustedP = least
	}
}
