package verify

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"actinit/harness/result"
)

// drawPart draws the row of one part of a kernel's inputs.
func drawPart(t *rapid.T) result.Accuracy {
	count := func(name string) int64 { return rapid.Int64Range(0, 1<<32).Draw(t, name) }
	a := result.Accuracy{
		Op: rapid.SampledFrom([]string{"tanh", "relu"}).Draw(t, "op"), Type: result.Float32,
		Inputs: count("inputs"), Compared: count("compared"), ZeroResults: count("zeros"),
		DistinctResults: rapid.Int64Range(0, distinctLimit).Draw(t, "distinct"),
		SumULP:          float64(count("sum")) / sumUnit,
		MaxULP:          rapid.Float64Range(0, .5).Draw(t, "max"),
		OverBound:       rapid.Int64Range(0, 2).Draw(t, "over"),
		OutsideDomain:   rapid.Int64Range(0, 2).Draw(t, "outside"),
		SweptBoundULP:   rapid.SampledFrom([]float64{0, .5}).Draw(t, "swept bound"),
		Widened:         rapid.Int64Range(0, 2).Draw(t, "widened"),
		MaxUnwidenedULP: rapid.Float64Range(0, .5).Draw(t, "unwidened"),
		WorstULP:        rapid.SampledFrom([]float64{.25, .5, 3}).Draw(t, "worst"),
		WorstInput:      rapid.SampledFrom([]string{"0x00000001", "0x00000002", ""}).Draw(t, "input"),
		Histogram:       make([]int64, result.HistogramBins),
		BinadeMaxULP:    rapid.SliceOfN(rapid.SampledFrom([]float64{math.NaN(), 0, .25, .5}), 3, 3).Draw(t, "binades"),
	}
	a.Histogram[rapid.IntRange(0, result.HistogramBins-1).Draw(t, "bin")] = a.Compared
	if a.Failed() {
		a.Reproduce = "show " + a.WorstInput
	}
	return a
}

func TestMergeHasNoOrderAndNoGrouping(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOfN(rapid.Custom(drawPart), 1, 12).Draw(t, "parts")
		whole := Merge(parts)
		byOp := func(rows []result.Accuracy) map[result.Kernel]result.Accuracy {
			m := map[result.Kernel]result.Accuracy{}
			for _, row := range rows {
				m[row.Kernel()] = row
			}
			return m
		}
		shuffled := rapid.Permutation(parts).Draw(t, "shuffled")
		if diff := cmp.Diff(byOp(whole), byOp(Merge(shuffled)), cmpopts.EquateNaNs()); diff != "" {
			t.Fatalf("order matters:\n%s", diff)
		}
		cut := rapid.IntRange(0, len(parts)).Draw(t, "cut")
		grouped := Merge(append(Merge(parts[:cut]), Merge(parts[cut:])...))
		if diff := cmp.Diff(byOp(whole), byOp(grouped), cmpopts.EquateNaNs()); diff != "" {
			t.Fatalf("grouping matters:\n%s", diff)
		}
	})
}

func TestMergeKeepsItsArguments(t *testing.T) {
	parts := []result.Accuracy{
		{Op: "tanh", Inputs: 1, Histogram: make([]int64, result.HistogramBins)},
		{Op: "tanh", Inputs: 2, Histogram: []int64{5}},
	}
	merged := Merge(parts)
	if len(merged) != 1 || merged[0].Inputs != 3 || merged[0].Histogram[0] != 5 {
		t.Errorf("merged to %+v", merged)
	}
	if parts[0].Histogram[0] != 0 || parts[0].Inputs != 1 {
		t.Errorf("Merge changed its argument to %+v", parts[0])
	}
}

func TestMergedSweepIsExhaustive(t *testing.T) {
	chunk := result.Accuracy{Op: "tanh", Type: result.Float32, Inputs: 1 << chunkBits, DistinctResults: 9}
	sample := result.Accuracy{Op: "tanh", Type: result.Float32, Inputs: 1 << 20, DistinctResults: 9}
	parts := []result.Accuracy{sample}
	for range chunks {
		parts = append(parts, chunk)
	}
	if all := Merge(parts); len(all) != 1 || !all[0].Exhaustive || all[0].Inputs != 1<<32+1<<20 {
		t.Errorf("a whole sweep merges to %+v", all)
	}
	if most := Merge(parts[:len(parts)-1]); most[0].Exhaustive {
		t.Error("a sweep that lacks a chunk counts as exhaustive")
	}
}

func TestPercentRoundsNothingToAll(t *testing.T) {
	for _, c := range []struct {
		n, total int64
		want     string
	}{
		{1 << 32, 1 << 32, "100"},
		{1<<32 - 1, 1 << 32, "99.999999"},
		{1, 1 << 32, "<0.000001"},
		{0, 7, "0"},
		{1, 8, "12.5"},
	} {
		if got := Percent(c.n, c.total); got != c.want {
			t.Errorf("Percent(%d, %d) = %s, want %s", c.n, c.total, got, c.want)
		}
	}
}
