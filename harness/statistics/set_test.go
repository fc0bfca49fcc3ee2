package statistics

import (
	"encoding/binary"
	"math"
	"reflect"
	"testing"

	"actinit/harness/dense"
	"actinit/harness/result"
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
