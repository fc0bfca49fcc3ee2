package statistics

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"actinit/kernels/moments"
)

// twoPass is the definition of the moments, in two passes over all values.
func twoPass(x []float64) Moments {
	m := Moments{n: int64(len(x))}
	for _, v := range x {
		m.mean += v / float64(len(x))
	}
	for _, v := range x {
		d := v - m.mean
		m.m2 += d * d
		m.m3 += d * d * d
		m.m4 += d * d * d * d
	}
	return m
}

func TestMomentsMergeEqualsTwoPass(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		offset := rapid.SampledFrom([]float64{0, 1, -1e3, 1e5}).Draw(t, "offset")
		scale := rapid.SampledFrom([]float64{1e-20, 1, 1e10}).Draw(t, "scale")
		x := rapid.SliceOfN(rapid.Float64Range(-1, 1), 1, 200).Draw(t, "x")
		for i := range x {
			x[i] = scale * (x[i] + offset)
		}
		var merged Moments
		for rest := x; len(rest) > 0; {
			n := rapid.IntRange(1, len(rest)).Draw(t, "cut")
			merged = merged.Merge(MomentsOf(rest[:n]))
			rest = rest[n:]
		}
		want := twoPass(x)
		n := float64(len(x))
		std := math.Sqrt(want.m2 / n)
		// Either mean is a sum of at most 200 terms, each of which is rounded: they are no further apart, and central sums
		// not more than such a step moves them.
		step := 2 * 200 * 0x1p-53 * scale * (1 + math.Abs(offset))
		near := func(got, want, power float64) bool {
			moved := n * (math.Pow(std+step, power) - math.Pow(std, power))
			return math.Abs(got-want) <= moved+1e-9*(math.Abs(want)+n*math.Pow(std, power))
		}
		if merged.n != want.n || math.Abs(merged.mean-want.mean) > step || !near(merged.m2, want.m2, 2) || !near(merged.m3, want.m3, 3) || !near(merged.m4, want.m4, 4) {
			t.Fatalf("merged %+v, two passes %+v", merged, want)
		}
	})
}

func TestMomentsOfKnownSets(t *testing.T) {
	fair := MomentsOf([]float64{-1, 1, -1, 1}) // a fair coin: variance 1, kurtosis 1
	if fair.mean != 0 || fair.Variance() != 1 || fair.Skewness() != 0 || fair.ExcessKurtosis() != -2 {
		t.Errorf("fair coin: %+v, skewness %g, excess kurtosis %g", fair, fair.Skewness(), fair.ExcessKurtosis())
	}
	// Success with probability 1/4: skewness (1-2p)/sqrt(p(1-p)), excess kurtosis (1-6p(1-p))/(p(1-p)).
	biased := MomentsOf([]float64{0, 0, 0, 1})
	if p := .25; math.Abs(biased.Skewness()-(1-2*p)/math.Sqrt(p*(1-p))) > 1e-15 ||
		math.Abs(biased.ExcessKurtosis()-(1-6*p*(1-p))/(p*(1-p))) > 1e-14 {
		t.Errorf("biased coin: skewness %g, excess kurtosis %g", biased.Skewness(), biased.ExcessKurtosis())
	}
	if one := MomentsOf([]float64{5}); !math.IsNaN(one.Skewness()) || one.MeanSquare() != 25 {
		t.Errorf("single value: %+v", one)
	}
}

// A large mean must not eat the variance, as it does with sums of squares.
func TestMomentsKeepVarianceUnderLargeMean(t *testing.T) {
	x := make([]float64, 3*moments.Block)
	for i := range x {
		x[i] = 1e8 + float64(i&1)
	}
	var m Moments
	for lo := 0; lo < len(x); lo += moments.Block {
		m = m.Merge(MomentsOf(x[lo : lo+moments.Block]))
	}
	if m.Variance() != .25 {
		t.Errorf("variance %g of a coin at 1e8, want .25", m.Variance())
	}
}
