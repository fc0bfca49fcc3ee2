package theory

import (
	"math"
	"testing"
)

// TestSimilaritiesOfReLU: Cho & Saul's sequence from uncorrelated inputs with He's weights.
func TestSimilaritiesOfReLU(t *testing.T) {
	f, ok := Of("relu")
	if !ok {
		t.Fatal("no relu")
	}
	const width = 100
	w := Uniform(f, 50, width, math.Sqrt(2./width))
	got := w.Similarities(0)
	for l, want := range map[int]float64{0: 0, 1: .318310, 2: .493731, 10: .871536, 50: .987862} {
		if math.Abs(got[l]-want) > 1e-6 {
			t.Errorf("layer %d: %.6f, want %.6f", l, got[l], want)
		}
	}
}

// With biases alone all examples are alike, and an odd activation keeps the sign.
func TestSimilaritiesOfTanh(t *testing.T) {
	f, ok := Of("tanh")
	if !ok {
		t.Fatal("no tanh")
	}
	w := Uniform(f, 2, 10, .3)
	plus, minus := w.Similarities(.4), w.Similarities(-.4)
	if math.Abs(plus[2]+minus[2]) > 1e-9 || !(plus[2] > 0 && plus[2] < .4) {
		t.Errorf("%v and %v", plus, minus)
	}
	w.Std = []float64{1e-9, 1e-9}
	w.BiasStd = []float64{1, 1}
	if got := w.Similarities(-1); math.Abs(got[1]-1) > 1e-6 {
		t.Errorf("under biases alone %v", got)
	}
	w.Residual = true
	if got := w.Similarities(0); !math.IsNaN(got[1]) {
		t.Errorf("of a residual net %v", got)
	}
}

// TestNeverFiring: one example of a half, two of the orthant's probability, and independent ones of 2^-n.
func TestNeverFiring(t *testing.T) {
	for _, c := range []struct {
		c        float64
		examples int
		want     float64
	}{{.7, 1, .5}, {.5, 2, 1. / 3}, {.9, 2, .25 + math.Asin(.9)/(2*math.Pi)}, {.5, 3, .25}, {0, 10, 1. / 1024}, {1, 100, .5}, {.99999, 1000, .4959}} {
		if got := NeverFiring(c.c, c.examples); math.Abs(got-c.want) > 1e-3 {
			t.Errorf("%d examples of correlation %v: %v, want %v", c.examples, c.c, got, c.want)
		}
	}
}
