package layers

import (
	"math"
	"testing"

	"actinit/harness/dense"
	"actinit/kernels"
)

func TestRMS(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for _, c := range []struct {
		x    []float32
		want float64
	}{
		{nil, 0},
		{[]float32{nan, inf, -inf}, 0},
		{[]float32{3, nan, -4, inf, 0}, math.Sqrt(25. / 3)},
		{[]float32{math.MaxFloat32, -math.MaxFloat32}, math.MaxFloat32},
		{[]float32{math.SmallestNonzeroFloat32}, math.SmallestNonzeroFloat32},
	} {
		if got := rms(dense.Of(1, len(c.x), c.x), 1); got != c.want {
			t.Errorf("%v: %g, want %g", c.x, got, c.want)
		}
	}
}

func TestRMSSameForAnyWorkers(t *testing.T) {
	m := dense.New[float32](701, 523)
	m.Spread()
	for i := range m.Rows {
		kernels.Normal(m.Row(i), 1, uint64(i), 0, 0, 2)
		if i%100 == 7 {
			m.Row(i)[i%m.Cols] = float32(math.NaN())
		}
	}
	want, sum, n := rms(m, 1), 0., 0
	for i := range m.Rows {
		for _, v := range m.Row(i) {
			if v == v {
				sum += float64(v) * float64(v)
				n++
			}
		}
	}
	if direct := math.Sqrt(sum / float64(n)); math.Abs(want/direct-1) > 1e-12 {
		t.Errorf("%g, want %g", want, direct)
	}
	for _, workers := range []int{2, 3, 7, 64} {
		if got := rms(m, workers); got != want {
			t.Errorf("%d workers: %g, want %g", workers, got, want)
		}
	}
}

func TestNonNegative(t *testing.T) {
	m := dense.New[float32](3, 131)
	m.Row(0)[0], m.Row(1)[1], m.Row(2)[2] = float32(math.NaN()), float32(math.Inf(1)), float32(math.Copysign(0, -1))
	if !nonNegative(m) {
		t.Error("zeros of both signs, NaN and Inf are taken for negative")
	}
	for _, v := range []float32{-math.SmallestNonzeroFloat32, -1, float32(math.Inf(-1))} {
		for _, at := range []int{0, 63, 64, 130} {
			was := m.Row(2)[at]
			m.Row(2)[at] = v
			if nonNegative(m) {
				t.Errorf("%g at %d is not seen", v, at)
			}
			m.Row(2)[at] = was
		}
	}
}
