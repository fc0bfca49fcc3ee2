package statistics

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"

	"gonum.org/v1/gonum/stat"

	"actinit/harness/dense"
	"actinit/harness/result"
	"actinit/kernels"
	"actinit/kernels/moments"
)

var inf32 = float32(math.Inf(1))

func TestStatisticsCountEverything(t *testing.T) {
	nan := float32(math.NaN())
	s := New(Edges{Lo: -1, Hi: 1, SatLo: -.97, SatHi: .97})
	Observe(s, []float32{0, float32(math.Copysign(0, -1)), nan, inf32, -inf32, .98, -.98, .96, 1, -1, 2, -3, -3})
	var row result.Layer
	s.Store(&row)
	if row.Count != 13 || row.NaN != 1 || row.Inf != 2 {
		t.Errorf("count %d, NaN %d, Inf %d; want 13, 1, 2", row.Count, row.NaN, row.Inf)
	}
	if row.ZeroShare != .2 { // of ten finite values
		t.Errorf("zero share %g, want .2: both zeros count, NaN and Inf do not", row.ZeroShare)
	}
	if row.SaturatedShare != .7 { // .98 -.98 1 -1 2 -3 -3
		t.Errorf("saturated share %g, want .7", row.SaturatedShare)
	}
	if row.Min != -3 || row.Max != 2 {
		t.Errorf("range %g .. %g, want -3 .. 2", row.Min, row.Max)
	}
	if row.HistogramBelow != 2 || row.HistogramAbove != 1 {
		t.Errorf("%d below, %d above the histogram; want 2, 1", row.HistogramBelow, row.HistogramAbove)
	}
	if first, last := row.Histogram[0], row.Histogram[result.LayerHistogramBins-1]; first != 2 || last != 2 {
		t.Errorf("first bin %d, last bin %d; want 2 and 2: the range includes both ends", first, last)
	}
	if row.Histogram[result.LayerHistogramBins/2] != 2 {
		t.Errorf("zeros fell into %v", row.Histogram)
	}
}

func TestStatisticsOfNothingFinite(t *testing.T) {
	s := New(Edges{Lo: -1, Hi: 1, SatLo: math.Inf(-1), SatHi: math.Inf(1)})
	Observe(s, []float32{inf32, -inf32})
	var row result.Layer
	s.Store(&row)
	for name, v := range map[string]float64{"mean": row.Mean, "std": row.Std, "RMS": row.RMS, "min": row.Min, "max": row.Max, "zero share": row.ZeroShare, "saturated share": row.SaturatedShare} {
		if !math.IsNaN(v) {
			t.Errorf("%s of no finite value is %g, want NaN", name, v)
		}
	}
	if row.Inf != 2 || row.Norm != 0 {
		t.Errorf("Inf %d, norm %g; want 2, 0", row.Inf, row.Norm)
	}
}

func TestDescribeSameForAnyWorkers(t *testing.T) {
	m := dense.Matrix[float32]{Rows: 301, Cols: 997, Stride: 1013, Data: make([]float32, 301*1013)}
	x := uint32(1)
	for i := range m.Data {
		x = x*1664525 + 1013904223
		m.Data[i] = float32(int32(x)) / (1 << 30)
	}
	e := Edges{Lo: -1, Hi: 1, SatLo: -.97, SatHi: .97}
	var want result.Layer
	Describe(m, e, 1).Store(&want)
	if want.Count != 301*997 {
		t.Fatalf("count %d, want %d: the padding is not part of the matrix", want.Count, 301*997)
	}
	for _, workers := range []int{2, 3, 7, 64} {
		var got result.Layer
		Describe(m, e, workers).Store(&got)
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%d workers: %+v, want %+v", workers, got, want)
		}
	}
}

// Normal, uniform and coin-tossing numbers have the moments and the histograms of their laws, and
// the moments that gonum finds.
func TestKnownDistributions(t *testing.T) {
	const n = 1 << 18
	x := make([]float32, n)
	for name, c := range map[string]struct {
		fill                          func()
		mean, std, skewness, kurtosis float64
		below                         func(v float64) float64 // the share of values below v
	}{
		"normal":  {fill: func() { kernels.Normal(x, 3, 0, 0, .5, 2) }, mean: .5, std: 2, below: func(v float64) float64 { return math.Erfc((.5-v)/(2*math.Sqrt2)) / 2 }},
		"uniform": {fill: func() { kernels.Uniform(x, 3, 0, 0, -3, 3) }, std: math.Sqrt(3), kurtosis: -1.2, below: func(v float64) float64 { return (v + 3) / 6 }},
	} {
		c.fill()
		double := make([]float64, n)
		for i, v := range x {
			double[i] = float64(v)
		}
		s := Describe(dense.Of(n/512, 512, x), Edges{Lo: -2.9, Hi: 2.9, SatLo: -2, SatHi: 2}, 2)
		var row result.Layer
		s.Store(&row)
		root := 1 / math.Sqrt(n)
		if math.Abs(row.Mean-c.mean) > 5*c.std*root || math.Abs(row.Std/c.std-1) > 4*root || math.Abs(row.Skewness-c.skewness) > 4*math.Sqrt(6)*root || math.Abs(row.ExcessKurtosis-c.kurtosis) > 4*math.Sqrt(24)*root {
			t.Errorf("%s: mean %v, std %v, skewness %v, excess kurtosis %v", name, row.Mean, row.Std, row.Skewness, row.ExcessKurtosis)
		}
		mean, variance := stat.PopMeanVariance(double, nil)
		if math.Abs(row.Mean-mean) > 1e-12 || math.Abs(row.Std-math.Sqrt(variance)) > 1e-12 {
			t.Errorf("%s: mean %v, std %v; gonum has %v, %v", name, row.Mean, row.Std, mean, math.Sqrt(variance))
		}
		// Gonum's are corrected for the bias of samples.
		if got := stat.Skew(double, nil); math.Abs(row.Skewness-got) > 1e-4 {
			t.Errorf("%s: skewness %v, gonum has %v", name, row.Skewness, got)
		}
		if got := stat.ExKurtosis(double, nil); math.Abs(row.ExcessKurtosis-got) > 1e-4 {
			t.Errorf("%s: excess kurtosis %v, gonum has %v", name, row.ExcessKurtosis, got)
		}
		share := func(what string, got int64, want float64) {
			if math.Abs(float64(got)-n*want) > 5*math.Sqrt(n*want*(1-want)) {
				t.Errorf("%s: %d values %s, want about %.0f", name, got, what, n*want)
			}
		}
		share("below", row.HistogramBelow, c.below(-2.9))
		share("above", row.HistogramAbove, 1-c.below(2.9))
		for bin, got := range row.Histogram {
			edge := func(i int) float64 { return -2.9 + 5.8*float64(i)/64 }
			share(fmt.Sprintf("in bin %d", bin), got, c.below(edge(bin+1))-c.below(edge(bin)))
		}
		share("saturated", int64(math.Round(row.SaturatedShare*n)), c.below(-2)+1-c.below(2))
		if got := stat.Moment(2, double, nil) + mean*mean; math.Abs(row.RMS-math.Sqrt(got)) > 1e-12 || math.Abs(RMS(dense.Of(n/512, 512, x), 2)-row.RMS) > 1e-12 {
			t.Errorf("%s: RMS %v, %v; want %v", name, row.RMS, RMS(dense.Of(n/512, 512, x), 2), math.Sqrt(got))
		}
	}
}

// However a set is cut into calls it is the same, bit for bit, in both types; cut into sets that merge,
// counts are the same, and moments to rounding. Some values are not finite.
func TestCuts(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 9))
	x, double := make([]float32, 3*moments.Block+777), make([]float64, 3*moments.Block+777)
	for i := range x {
		x[i] = float32(1000 + rng.NormFloat64())
		switch rng.IntN(2000) {
		case 0:
			x[i] = float32(math.NaN())
		case 1:
			x[i] = inf32
		case 2:
			x[i] = 0
		case 3:
			x[i] = 2000
		}
		double[i] = float64(x[i])
	}
	e := Edges{Lo: 996, Hi: 1004, SatLo: 998, SatHi: 1002}
	stored := func(s *Set) (row result.Layer) {
		s.Store(&row)
		return row
	}
	whole := New(e)
	Observe(whole, x)
	want := stored(whole)
	if want.NaN == 0 || want.Inf == 0 || want.HistogramBelow == 0 || want.HistogramAbove == 0 || want.ZeroShare == 0 {
		t.Fatalf("%+v proves little", want)
	}
	for range 30 {
		pieces, merged, doubles := New(e), New(e), New(e)
		for first := 0; first < len(x); {
			next := min(len(x), first+1+rng.IntN(5000))
			Observe(pieces, x[first:next])
			Observe(doubles, double[first:next])
			part := New(e)
			Observe(part, x[first:next])
			merged.Merge(part)
			first = next
		}
		if got := stored(pieces); !reflect.DeepEqual(got, want) {
			t.Fatalf("in pieces:\n%+v\nat once:\n%+v", got, want)
		}
		exactly := func(name string, got result.Layer, tolerance float64) {
			for what, v := range map[string][2]float64{"mean": {got.Mean, want.Mean}, "std": {got.Std, want.Std}, "RMS": {got.RMS, want.RMS}, "norm": {got.Norm, want.Norm}, "skewness": {got.Skewness, want.Skewness}, "kurtosis": {got.ExcessKurtosis, want.ExcessKurtosis}} {
				if math.Abs(v[0]-v[1]) > tolerance*math.Abs(v[1]) {
					t.Errorf("%s: %s %v, at once %v", name, what, v[0], v[1])
				}
			}
			got.Mean, got.Std, got.RMS, got.Norm, got.Skewness, got.ExcessKurtosis = want.Mean, want.Std, want.RMS, want.Norm, want.Skewness, want.ExcessKurtosis
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%s:\n%+v\nat once:\n%+v", name, got, want)
			}
		}
		exactly("merged", stored(merged), 1e-11)
		// The bins of float64 have other edges by their rounding.
		of64 := stored(doubles)
		if difference := of64.Histogram[32] - want.Histogram[32]; difference*difference > 25 {
			t.Errorf("float64: %v, float32: %v", of64.Histogram, want.Histogram)
		}
		of64.Histogram = want.Histogram
		exactly("float64", of64, 0)
	}
}

func TestRMS(t *testing.T) {
	m := dense.New[float32](300, 500)
	for i := range m.Rows {
		for j := range m.Cols {
			m.Row(i)[j] = float32(3 - 6*(j&1))
		}
	}
	m.Row(7)[3], m.Row(7)[4] = float32(math.NaN()), inf32
	for _, workers := range []int{1, 2, 9} {
		if got := RMS(m, workers); got != 3 {
			t.Errorf("%d workers: %v, want 3 of the finite values", workers, got)
		}
	}
	if got := RMS(dense.Of(1, 1, []float32{inf32}), 1); got != 0 {
		t.Errorf("%v of nothing finite", got)
	}
}

func FuzzStatistics(f *testing.F) {
	bits := func(values ...float32) []byte {
		var b []byte
		for _, v := range values {
			b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
		}
		return b
	}
	f.Add(bits(0, 1, -1, .5), uint8(2))
	f.Add(bits(inf32, -inf32, float32(math.NaN()), math.MaxFloat32, -math.MaxFloat32), uint8(3))
	f.Add(bits(math.SmallestNonzeroFloat32, -math.SmallestNonzeroFloat32), uint8(0))
	f.Fuzz(func(t *testing.T, data []byte, cut uint8) {
		x := make([]float32, len(data)/4)
		for i := range x {
			x[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))
		}
		e := Edges{Lo: -1, Hi: 1, SatLo: math.Inf(-1), SatHi: math.Inf(1)}
		whole, a, b := New(e), New(e), New(e)
		Observe(whole, x)
		n := min(int(cut), len(x))
		Observe(a, x[:n])
		Observe(b, x[n:])
		a.Merge(b)
		var one, two result.Layer
		whole.Store(&one)
		a.Store(&two)
		inBins := one.HistogramBelow + one.HistogramAbove
		for _, c := range one.Histogram {
			inBins += c
		}
		if one.Count != int64(len(x)) || inBins != one.Count-one.NaN-one.Inf {
			t.Fatalf("%d values: count %d, %d NaN, %d Inf, %d in the histogram", len(x), one.Count, one.NaN, one.Inf, inBins)
		}
		if one.NaN+one.Inf < one.Count && !(one.Min <= one.Max && one.Std >= 0) {
			t.Fatalf("min %g, max %g, std %g", one.Min, one.Max, one.Std)
		}
		if one.NaN != two.NaN || one.Inf != two.Inf || one.ZeroShare != two.ZeroShare && one.Count > one.NaN+one.Inf {
			t.Fatalf("cut at %d changes the counts: %+v, %+v", n, one, two)
		}
		if math.Abs(one.RMS-two.RMS) > 1e-12*one.RMS {
			t.Fatalf("cut at %d changes the RMS: %g, %g", n, one.RMS, two.RMS)
		}
	})
}
