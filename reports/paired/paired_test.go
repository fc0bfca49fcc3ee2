package paired

import (
	"flag"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "write the golden files again")

func sortedCopy(x []float64) []float64 { return slices.Sorted(slices.Values(x)) }

// The probability is the share of the 2^n choices of signs that are as far out.
func TestSignedRankByEnumeration(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.SliceOfN(rapid.OneOf(rapid.Float64Range(-2, 2), rapid.SampledFrom([]float64{-1, 0, .5, 1})), 1, 11).Draw(t, "x")
		var magnitudes []float64
		for _, v := range x {
			if v != 0 {
				magnitudes = append(magnitudes, math.Abs(v))
			}
		}
		n := len(magnitudes)
		slices.Sort(magnitudes)
		score := func(v float64) float64 { // the mean rank of its ties, up to the cap
			first, _ := slices.BinarySearch(magnitudes, v)
			last := first
			for last < n && magnitudes[last] == v {
				last++
			}
			return min(float64(first+1+last)/2, math.Ceil(float64(n)/3))
		}
		var total, sum float64
		for _, v := range x {
			if v != 0 {
				total += score(math.Abs(v))
				if v > 0 {
					sum += score(v)
				}
			}
		}
		asFar := 0
		for signs := range 1 << n {
			var s float64
			for i, v := range magnitudes {
				if signs>>i&1 == 1 {
					s += score(v)
				}
			}
			if math.Abs(s-total/2) >= math.Abs(sum-total/2) {
				asFar++
			}
		}
		if got, want := signedRank(slices.Clone(x)), float64(asFar)/float64(int(1)<<n); math.Abs(got-want) > 1e-12 {
			t.Errorf("%v: %v, want %v", x, got, want)
		}
	})
}

// The interval holds exactly the centres that the test does not reject.
func TestIntervalIsTheTestInverted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.SliceOfN(rapid.Float64Range(-3, 5), 1, 40).Draw(t, "x")
		alpha := rapid.SampledFrom([]float64{.3, .05, .001}).Draw(t, "alpha")
		e := centreOf(slices.Clone(x), alpha)
		centre := rapid.Float64Range(-4, 6).Draw(t, "centre")
		moved := slices.Clone(x)
		seen := map[float64]bool{}
		for i := range moved {
			moved[i] -= centre
			if seen[math.Abs(moved[i])] || math.Abs(centre-e.low) < 1e-9 || math.Abs(centre-e.high) < 1e-9 {
				t.Skip("drew ratios that tie when they are moved, or a centre at the end of its interval: p is then another test's, or exactly alpha")
			}
			seen[math.Abs(moved[i])] = true
		}
		if p, inside := signedRank(moved), e.low < centre && centre < e.high; (p > alpha) != inside {
			t.Errorf("%v: p of centre %v is %v, the interval %v .. %v", x, centre, p, e.low, e.high)
		}
		if !(e.low <= e.centre && e.centre <= e.high) {
			t.Errorf("%v: centre %v is not in %v .. %v", x, e.centre, e.low, e.high)
		}
	})
}

// Symmetric data have the centre of symmetry; a shift shifts and a sign turns the estimate.
func TestCentre(t *testing.T) {
	for _, x := range [][]float64{{3}, {2, 4}, {1, 3, 5}, {-997, 2, 3, 4, 1003}, {3, 3, 3, 3}} {
		if e := centreOf(x, .5); math.Abs(e.centre-3) > 1e-9 {
			t.Errorf("%v: %v, want 3", x, e.centre)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.SliceOfN(rapid.Float64Range(-3, 5), 1, 30).Draw(t, "x")
		shifted, turned := slices.Clone(x), slices.Clone(x)
		for i := range x {
			shifted[i] += 8
			turned[i] *= -1
		}
		e, s, u := centreOf(x, .05), centreOf(shifted, .05), centreOf(turned, .05)
		near := func(a, b float64) bool { return a == b || math.Abs(a-b) < 1e-9 }
		if !near(s.centre, e.centre+8) || !near(s.low, e.low+8) || !near(s.high, e.high+8) {
			t.Errorf("%v: %v, shifted by 8 %v", x, e, s)
		}
		if !near(u.centre, -e.centre) || !near(u.low, -e.high) || !near(u.high, -e.low) {
			t.Errorf("%v: %v, turned %v", x, e, u)
		}
	})
}

// MinBlocks blocks of one sign are significant in the table, and one fewer are not.
func TestMinBlocks(t *testing.T) {
	for _, m := range []int{0, 1, 2, 50, 600, 100000} {
		n := MinBlocks(m, .05)
		x := make([]float64, n)
		for i := range x {
			x[i] = float64(i + 1)
		}
		if p := signedRank(slices.Clone(x)) * float64(max(m, 1)); !(p < .05) {
			t.Errorf("%d kernels: %d blocks have p %v", m, n, p)
		}
		if p := signedRank(x[:n-1]) * float64(max(m, 1)); p < .05 {
			t.Errorf("%d kernels: %d blocks have p %v already", m, n-1, p)
		}
	}
}
