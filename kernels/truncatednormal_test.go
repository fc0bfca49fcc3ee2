package kernels_test

import (
	"math"
	"slices"
	"testing"

	"actinit/kernels"
)

// Truncated elements stay in their interval, reach its ends' neighbourhood and have its mean and
// variance, whether the interval takes 32-bit words or 64-bit ones.
func TestTruncatedNormal(t *testing.T) {
	t.Run("float32", testTruncatedNormal[float32])
	t.Run("float64", testTruncatedNormal[float64])
}

func testTruncatedNormal[T kernels.Float](t *testing.T) {
	const n = 1 << 18
	dst := make([]T, n)
	for _, c := range []struct{ mean, std, lo, hi float64 }{
		{0, 1, -2, 2},
		{0, .02, -2, 2},
		{1, 2, 0, 5},
		{0, 1, 0, math.Inf(1)},
		{0, 1, math.Inf(-1), -1},
		{0, 1, 3, 4},
		{0, 1, -6, -5},
		{0, 1, .25, .2501},
		{5, .5, -6.25, 6.25},
		{0, 1, -6.3, 6.3},
	} {
		kernels.TruncatedNormal(dst, 1, 2, 3, T(c.mean), T(c.std), T(c.lo), T(c.hi))
		a, b := (c.lo-c.mean)/c.std, (c.hi-c.mean)/c.std
		mean, variance := truncatedMoments(a, b)
		var sum, squares float64
		for _, v := range dst {
			z := (float64(v) - c.mean) / c.std
			sum += z
			squares += (z - mean) * (z - mean)
		}
		std := math.Sqrt(variance)
		if got := sum / n; math.Abs(got-mean) > 5*std/math.Sqrt(n)+1e-6 {
			t.Errorf("%+v: mean %v, want %v", c, got, mean)
		}
		if got := squares / n; math.Abs(got/variance-1) > 5*math.Sqrt(8./n) {
			t.Errorf("%+v: variance %v, want %v", c, got, variance)
		}
		least, most := slices.Min(dst), slices.Max(dst)
		if !(T(c.lo) <= least && most <= T(c.hi)) {
			t.Errorf("%+v: elements from %v to %v", c, least, most)
		}
	}
}

// truncatedMoments returns the mean and the variance of N(0, 1) in [a, b], by Simpson's rule.
func truncatedMoments(a, b float64) (mean, variance float64) {
	a, b = max(a, -12), min(b, 12)
	const steps = 1 << 14
	var m [3]float64
	for i := range steps + 1 {
		x := a + (b-a)*float64(i)/steps
		w := math.Exp(-(x*x - min(a*a, b*b)) / 2)
		switch {
		case i == 0 || i == steps:
		case i%2 == 1:
			w *= 4
		default:
			w *= 2
		}
		for k := range m {
			m[k] += w * math.Pow(x-(a+b)/2, float64(k))
		}
	}
	mean = m[1] / m[0]
	return mean + (a+b)/2, m[2]/m[0] - mean*mean
}

func TestTruncatedNormalContract(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, c := range [][4]float64{
		{0, -1, -1, 1}, {0, nan, -1, 1}, {0, inf, -1, 1}, {nan, 1, -1, 1}, {inf, 1, -1, 1},
		{0, 1, 1, -1}, {0, 1, nan, 1}, {0, 1, -1, nan},
		{0, 1, 9, 10}, {0, 1, -40, -39}, {0, 1, 0, 1e-13}, {0, 0, 1, 2},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("mean %v, std %v, lo %v, hi %v: no panic", c[0], c[1], c[2], c[3])
				}
			}()
			kernels.TruncatedNormal(make([]float64, 3), 1, 2, 3, c[0], c[1], c[2], c[3])
		}()
	}
	dst := make([]float32, 9)
	kernels.TruncatedNormal(dst, 1, 2, 3, 0, 1, 20, 20)
	if slices.Min(dst) != 20 || slices.Max(dst) != 20 {
		t.Errorf("an interval that is a number gives %v", dst)
	}
	kernels.TruncatedNormal(dst, 1, 2, 3, 1, 0, -2, 2)
	if slices.Min(dst) != 1 || slices.Max(dst) != 1 {
		t.Errorf("std 0 gives %v, want the mean", dst)
	}
	kernels.TruncatedNormal([]float32{}, 1, 2, 3, 0, 1, -1, 1)
}

// An interval that holds all of the distribution changes no bit.
func TestTruncatedNormalOfEverything(t *testing.T) {
	got, want := make([]float32, 1000), make([]float32, 1000)
	kernels.TruncatedNormal(got, 1, 2, 3, 0, .02, -2, 2)
	kernels.Normal(want, 1, 2, 3, 0, .02)
	if !slices.Equal(got, want) {
		t.Error("TruncatedNormal within 100 std is not Normal")
	}
}

// An interval between two neighbouring words has none, not all of them.
func TestTruncatedNormalRefusesIntervalsWithoutWords(t *testing.T) {
	for _, c := range [][2]float64{{8.5, 8.50000001}, {1e-30, 2e-30}, {-2e-30, -1e-30}, {-8.9999, -8.999}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("[%v, %v] did not panic", c[0], c[1])
				}
			}()
			kernels.TruncatedNormal(make([]float64, 3), 1, 2, 3, 0, 1, c[0], c[1])
		}()
	}
}
