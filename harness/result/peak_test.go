package result

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPeaks(t *testing.T) {
	var rows []Limit
	for i, rate := range []float64{3, 9, 5, 7} {
		rows = append(rows,
			Limit{Name: LimitFMA, Type: Float64, ISA: "avx2", Workers: 1, Sample: int64(i), PerS: rate},
			Limit{Name: LimitLoad, ISA: "avx2", Workers: 2, Bytes: 8192, Sample: int64(i), PerS: 10 * rate},
			Limit{Name: LimitLoad, ISA: "avx2", Workers: 2, Bytes: 4096, Sample: int64(i), PerS: 100 * rate})
	}
	want := []Peak{
		{Name: LimitLoad, ISA: "avx2", Workers: 2, Bytes: 4096, Best: 900, Median: 600, Samples: 4},
		{Name: LimitLoad, ISA: "avx2", Workers: 2, Bytes: 8192, Best: 90, Median: 60, Samples: 4},
		{Name: LimitFMA, Type: Float64, ISA: "avx2", Workers: 1, Best: 9, Median: 6, Samples: 4},
	}
	if diff := cmp.Diff(want, Peaks(rows)); diff != "" {
		t.Error(diff)
	}
}

// Machines are kept apart, and of each limit the slowest and the fastest are found.
func TestPeaksOfMachines(t *testing.T) {
	rows := []Limit{
		{Name: LimitFMA, Host: "bee", PerS: 3}, {Name: LimitFMA, Host: "ant", PerS: 4}, {Name: LimitFMA, Host: "bee", PerS: 5}, {Name: LimitFMA, Host: "cow", PerS: 1},
		{Name: LimitLoad, Host: "cow", PerS: 7},
	}
	peaks := Peaks(rows)
	if want := []string{"ant", "bee", "cow"}; !slices.Equal(Machines(peaks), want) || len(peaks) != 4 {
		t.Errorf("machines %q of %d peaks, want %q of 4", Machines(peaks), len(peaks), want)
	}
	slowest, fastest := Extremes(peaks)
	want := []Peak{{Name: LimitLoad, Host: "cow", Best: 7, Median: 7, Samples: 1}, {Name: LimitFMA, Host: "bee", Best: 5, Median: 4, Samples: 2}}
	if diff := cmp.Diff(want, fastest); diff != "" {
		t.Error(diff)
	}
	want[1] = Peak{Name: LimitFMA, Host: "cow", Best: 1, Median: 1, Samples: 1}
	if diff := cmp.Diff(want, slowest); diff != "" {
		t.Error(diff)
	}
}

// share is how often, in a thousand sets of n rates, two modes are seen.
func share(n int, rate func(r *rand.Rand) float64) float64 {
	r := rand.New(rand.NewPCG(7, uint64(n)))
	const sets = 1000
	seen := 0
	for range sets {
		rates := make([]float64, n)
		for i := range rates {
			rates[i] = rate(r)
		}
		slices.Sort(rates)
		if _, _, two := twoModes(rates); two {
			seen++
		}
	}
	return float64(seen) / sets
}

// TestTwoModes holds the test for two modes to what its constants say of it.
func TestTwoModes(t *testing.T) {
	for name, rate := range map[string]func(r *rand.Rand) float64{
		"normal, 2%":   func(r *rand.Rand) float64 { return math.Exp(.02 * r.NormFloat64()) },
		"normal, 10%":  func(r *rand.Rand) float64 { return math.Exp(.1 * r.NormFloat64()) },
		"normal, 30%":  func(r *rand.Rand) float64 { return math.Exp(.3 * r.NormFloat64()) },
		"waiting, 20%": func(r *rand.Rand) float64 { return 1 / (1 + .2*r.ExpFloat64()) },
		"waiting":      func(r *rand.Rand) float64 { return 1 / (1 + r.ExpFloat64()) },
		"evenly":       func(r *rand.Rand) float64 { return .6 + .8*r.Float64() },
		"equal":        func(*rand.Rand) float64 { return 5 },
	} {
		for n, most := range map[int]float64{1: 0, 5: 0, 10: .012, 12: .012, 20: .002, 100: 0} {
			if got := share(n, rate); got > most {
				t.Errorf("%s, %d rates: two modes in %v of all sets, at most %v wanted", name, n, got, most)
			}
		}
	}
	disturbed := func(r *rand.Rand) float64 {
		time := 1 + .02*r.ExpFloat64()
		if r.Float64() < .2 {
			time += .5 * r.ExpFloat64()
		}
		return 1 / time
	}
	for n, most := range map[int]float64{10: .035, 12: .035, 20: .02, 50: .002} {
		if got := share(n, disturbed); got > most {
			t.Errorf("disturbed, %d rates: two modes in %v of all sets, at most %v wanted", n, got, most)
		}
	}
	modes := func(apart, noise float64) func(r *rand.Rand) float64 {
		return func(r *rand.Rand) float64 {
			rate := math.Exp(noise * r.NormFloat64())
			if r.Float64() < .5 {
				rate *= apart
			}
			return rate
		}
	}
	for n, least := range map[int]float64{10: .8, 12: .85, 20: .95} {
		if got := share(n, modes(2, .05)); got < least {
			t.Errorf("modes a factor 2 apart, %d rates: seen in %v of all sets, at least %v wanted", n, got, least)
		}
		if got := share(n, modes(1.5, .01)); got < least {
			t.Errorf("modes a factor 1.5 apart, %d rates: seen in %v of all sets, at least %v wanted", n, got, least)
		}
	}
	if got := share(20, modes(1.1, .001)); got > 0 {
		t.Errorf("modes 10%% apart are seen in %v of all sets", got)
	}
}

func TestTwoModesCentres(t *testing.T) {
	slow, fast, two := twoModes([]float64{10, 10.1, 10.2, 10.3, 20, 20.2, 20.4, 20.6, 20.8, 21})
	if !two || math.Abs(slow-10.15) > 1e-9 || math.Abs(fast-20.5) > 1e-9 {
		t.Errorf("modes at %v and %v, %v", slow, fast, two)
	}
	p := Peaks([]Limit{{PerS: 1}, {PerS: 1}, {PerS: 1}, {PerS: 2}, {PerS: 2}, {PerS: 2}})[0]
	if !p.TwoModes() || p.Slow != 1 || p.Fast != 2 || p.Memory() {
		t.Errorf("%+v", p)
	}
}
