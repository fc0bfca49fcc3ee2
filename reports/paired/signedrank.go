package paired

import (
	"cmp"
	"math"
	"slices"
	"sync"
)

// scoreCap is the largest score of n signed ranks: the smaller third of the absolute values
// count by their rank, the others all alike. Without a cap (Wilcoxon) outliers, which have the
// highest ranks and random signs, drown the rest; with a cap of 1 (the sign test) near-normal
// noise needs half as many blocks again. Simulated with 40 blocks, a cap of a third loses
// little to the better of the two in every noise that was tried.
func scoreCap(n int) int { return (n + 2) / 3 }

// signedRank returns the two-sided probability that the sum of the scores of positive x is as
// far from its mean as it is, when each x is as likely to be its opposite: exactly, by
// counting the 2^n choices of signs. A score is the rank by absolute value up to scoreCap;
// ties have the mean of their ranks; zeros are left out, as Wilcoxon did. x is sorted by
// absolute value.
func signedRank(x []float64) float64 {
	slices.SortFunc(x, func(a, b float64) int { return cmp.Compare(math.Abs(a), math.Abs(b)) })
	for len(x) > 0 && x[0] == 0 {
		x = x[1:]
	}
	n := len(x)
	if n == 0 {
		return 1
	}
	// Scores are doubled, so that those of ties are whole numbers too.
	largest := 2 * scoreCap(n)
	positive, total, tied := 0, 0, false
	doubled := make([]int, n)
	for i := 0; i < n; {
		j := i + 1
		for j < n && math.Abs(x[j]) == math.Abs(x[i]) {
			j++
		}
		tied = tied || j > i+1
		score := min(i+1+j, largest) // i+1+j is twice the mean of ranks i+1 .. j
		for ; i < j; i++ {
			if x[i] > 0 {
				positive += score
			}
			doubled[i] = score
			total += score
		}
	}
	smaller := min(positive, total-positive)
	if !tied {
		return min(1, 2*untied(n)[smaller/2])
	}
	return min(1, 2*cumulative(doubled)[smaller])
}

// cumulative returns the probabilities that the sum of the scores that get a positive sign is
// at most 0, 1, ..., where each sign is as likely to be negative.
func cumulative(scores []int) []float64 {
	total := 0
	for _, r := range scores {
		total += r
	}
	p := make([]float64, total+1)
	p[0] = 1
	reached := 0
	for _, r := range scores {
		for s := reached; s >= 0; s-- {
			half := p[s] / 2
			p[s] = half
			p[s+r] += half
		}
		reached += r
	}
	for s := 1; s <= total; s++ {
		p[s] += p[s-1]
	}
	return p
}

// distributions holds what untied has computed, by n.
var distributions sync.Map

// untied is cumulative of the scores of n values without ties.
func untied(n int) []float64 {
	if p, ok := distributions.Load(n); ok {
		return p.([]float64)
	}
	scores := make([]int, n)
	for i := range scores {
		scores[i] = min(i+1, scoreCap(n))
	}
	p := cumulative(scores)
	distributions.Store(n, p)
	return p
}

// An estimate is the centre of a sample with its interval.
type estimate struct{ centre, low, high float64 }

// centreOf returns the estimate that belongs to signedRank: the centre about which the scores
// of x above and below are equal (Hodges and Lehmann's way to an estimate), and the interval of
// the centres that signedRank does not reject at the two-sided level alpha: infinite where x
// are too few for any to be rejected. x is sorted.
func centreOf(x []float64, alpha float64) estimate {
	slices.Sort(x)
	n := len(x)
	p := untied(n)
	total := len(p) - 1
	e := estimate{crossing(x, total, false), math.Inf(-1), math.Inf(1)}
	e.centre = (e.centre + crossing(x, total, true)) / 2
	// Sums below rejected, or above total - rejected, have probability alpha together.
	rejected := 0
	for p[rejected] <= alpha/2 {
		rejected++
	}
	if rejected > 0 {
		e.low = crossing(x, 2*(total-rejected)+1, false)
		e.high = crossing(x, 2*rejected-1, false)
	}
	return e
}

// bisections make crossing exact to 2^-51 of the range of x.
const bisections = 52

// crossing returns where above(x, centre), which falls as centre grows, gets from more than
// half of twice to less; where it is equal to it on an interval, the upper end if upper, else
// the lower.
func crossing(x []float64, twice int, upper bool) float64 {
	low, high := x[0]-(x[len(x)-1]-x[0]), x[len(x)-1]
	for range bisections {
		middle := low + (high-low)/2
		if s := 2 * above(x, middle); s > twice || s == twice && upper {
			low = middle
		} else {
			high = middle
		}
	}
	return high
}

// above returns the sum of the scores of the x above centre, of sorted x.
func above(x []float64, centre float64) int {
	right, _ := slices.BinarySearchFunc(x, centre, func(v, centre float64) int {
		if v <= centre {
			return -1
		}
		return 1
	})
	left := right - 1 // values at the centre are not above it, and have the lowest ranks
	largest := scoreCap(len(x))
	sum := 0
	for score := 1; score < largest && right < len(x); score++ {
		if left < 0 || x[right]-centre < centre-x[left] {
			sum += score
			right++
		} else {
			left--
		}
	}
	return sum + largest*(len(x)-right)
}

// median returns the median of sorted values.
func median(sorted []float64) float64 {
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}

// MinBlocks returns the smallest number of blocks with which any change can be significant at
// level alpha among m kernels: signed ranks of n blocks give no p below 2^(1-n), of which Holm
// asks less than alpha/m.
func MinBlocks(m int, alpha float64) int {
	return int(math.Floor(1-math.Log2(alpha/float64(max(m, 1))))) + 1
}
