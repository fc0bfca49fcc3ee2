package layers

import (
	"math"
	"testing"

	"actinit/harness/dense"
)

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
