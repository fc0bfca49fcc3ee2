package kernels_test

import (
	"math"
	"testing"

	"actinit/kernels"
)

// An element is 1 where its word is below p times the number of words.
func TestBernoulliFollowsItsWords(t *testing.T) {
	const seed, stream, n = 3, 4, 700
	f32, f64 := make([]float32, n), make([]float64, n)
	for _, offset := range []uint64{0, 3, 1<<34 - 5, 1<<64 - 9} {
		for _, p := range []float64{0, 0x1p-64, 1e-300, .1, .5, .75, 1 - 0x1p-53, 1} {
			kernels.Bernoulli(f32, seed, stream, offset, p)
			kernels.Bernoulli(f64, seed, stream, offset, p)
			for i := range n {
				e := offset + uint64(i)
				if want := one(float64(word32(seed, stream, e)) < p*0x1p32); f32[i] != float32(want) {
					t.Fatalf("float32, p %v, element %d: %v", p, e, f32[i])
				}
				if want := one(below64(word64(seed, stream, e), p)); f64[i] != want {
					t.Fatalf("float64, p %v, element %d: %v", p, e, f64[i])
				}
			}
		}
	}
}

func one(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

// below64 reports whether w < p * 2^64.
func below64(w uint64, p float64) bool {
	return p == 1 || w < uint64(math.Ceil(p*0x1p64))
}

func TestBernoulliContract(t *testing.T) {
	for _, p := range []float64{-1e-9, 1.0000001, math.NaN(), math.Inf(1)} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("p = %v: no panic", p)
				}
			}()
			kernels.Bernoulli(make([]float32, 3), 1, 2, 3, p)
		}()
	}
}

func TestBernoulliMean(t *testing.T) {
	const n = 1 << 20
	dst := make([]float32, n)
	for stream, p := range []float64{.001, .1, .5, .9} {
		kernels.Bernoulli(dst, 1, uint64(stream), 0, p)
		var ones float64
		for _, v := range dst {
			ones += float64(v)
		}
		if math.Abs(ones-n*p) > 5*math.Sqrt(n*p*(1-p)) {
			t.Errorf("p = %v: %v ones of %d", p, ones, n)
		}
	}
}
