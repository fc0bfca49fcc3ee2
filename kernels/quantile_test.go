package kernels

import (
	"flag"
	"iter"
	"math"
	"math/big"
	"math/rand/v2"
	"sync"
	"testing"

	"actinit/reference"
	"actinit/reference/oracle"
)

var exhaustive = flag.Bool("exhaustive", false, "run TestNormalQuantile32 over all 2^32 words, TestHalfFromFloat32 and TestVectorsAgree over all float32 instead of samples: about 20, 4 and 40 minutes of CPU time")

// cutProbability is the p that normalQuantile32 takes a word of the lower half for.
func cutProbability(n uint32) float64 {
	p, unit := float64(n)+.5, 0.
	if _, e := math.Frexp(p); e > 24 {
		unit = math.Ldexp(1, e-24)
		p = math.Floor(p/unit) * unit
	} else {
		p = math.Ldexp(math.Floor(math.Ldexp(p, 24-e)), e-24)
	}
	return p * 0x1p-32
}

// TestNormalQuantile32 holds the float32 quantile against the float64
// reference, whose error is 2^-27 ULP of float32, and to its own fused form: the portable
// code rounds sums twice. It never falls from one word to the next. The upper half of the words
// mirrors the lower one, which is compared bit for bit.
func TestNormalQuantile32(t *testing.T) {
	stride := uint64(8191)
	if *exhaustive {
		stride = 1
	}
	var mu sync.Mutex
	worst, at, wrong, n := 0., uint32(0), 0, 0
	check := func(words iter.Seq[uint32]) { // in rising order, and adds its findings
		partWorst, partAt, partWrong, partN := -1., uint32(0), 0, 0
		var p, want float64
		last := float32(math.Inf(-1))
		for w := range words {
			got := normalQuantile32(w)
			if mirrored := normalQuantile32(^w); mirrored != -got {
				t.Errorf("word %#x gives %v, word %#x %v", w, got, ^w, mirrored)
				return
			}
			if got < last {
				t.Errorf("word %#x gives %v, one below it %v", w, got, last)
				return
			}
			last = got
			partN++
			if q := cutProbability(w); q != p {
				p, want = q, reference.NormalQuantile(q)
				if fused := fusedQuantile32(w); fused != got {
					t.Errorf("word %#x gives %v, and %v fused", w, got, fused)
					return
				}
				if e := math.Abs(float64(got)-want) / math.Ldexp(1, math.Ilogb(want)-23); !(e <= partWorst) {
					partWorst, partAt = e, w
				}
			}
			if got != float32(want) {
				partWrong++
			}
		}
		mu.Lock()
		defer mu.Unlock()
		if !(partWorst <= worst) {
			worst, at = partWorst, partAt
		}
		wrong += partWrong
		n += partN
	}
	ParallelRange(0, 1<<11, 1, func(lo, hi int) {
		check(func(yield func(uint32) bool) {
			first := uint64(lo) << 20
			for w := first + (stride-first%stride)%stride; w < uint64(hi)<<20 && yield(uint32(w)); w += stride {
			}
		})
	})
	for _, first := range []uint32{0, 1<<31 - 1<<12} { // the tail and the middle
		check(func(yield func(uint32) bool) {
			for w := range uint32(1 << 12) {
				if !yield(first + w) {
					return
				}
			}
		})
	}
	t.Logf("%d words: largest error %.4f ULP at word %#x, %.2f%% not correctly rounded", n, worst, at, 100*float64(wrong)/float64(n))
	if !(worst < 1) {
		t.Errorf("word %#x: error %g ULP, want < 1", at, worst)
	}
}

// fusedQuantile32 is normalQuantile32 in operations rounded once, for words of the lower half.
func fusedQuantile32(w uint32) float32 {
	p := float32(cutProbability(w) * 0x1p32)
	c := &quantileTable32[math.Float32bits(p)>>23&31]
	t := math.Float32frombits(math.Float32bits(p)&(1<<23-1)|one32) - c[0]
	z := c[10]
	for i := 9; i > 0; i-- {
		z = fused32(z, t, c[i])
	}
	z = fused32(c[11], t, z)
	return -z
}

// TestNormalQuantile64 holds the float64 quantile against the oracle, on words
// of every magnitude, near the middle and at the ends of rows.
func TestNormalQuantile64(t *testing.T) {
	random := rand.New(rand.NewPCG(20, 26))
	words := []uint64{0, 1, 1<<63 - 1, 1<<63 - 2}
	for shift := range 63 {
		for range 20 {
			w := random.Uint64() >> 1 >> shift
			words = append(words, w, 1<<63-1-w)
		}
		for quarter := range uint64(4) {
			edge := (4 + quarter) << 60 >> shift
			words = append(words, edge, edge-1)
		}
	}
	worst, at := 0., uint64(0)
	for _, w := range words {
		w &= 1<<63 - 1
		got := normalQuantile64(w)
		if mirrored := normalQuantile64(^w); mirrored != -got {
			t.Fatalf("word %#x gives %v, word %#x %v", w, got, ^w, mirrored)
		}
		if e := oracle.Error64(got, quantileOf(w)); e > worst {
			worst, at = e, w
		}
	}
	t.Logf("%d words: largest error %.4f ULP at word %#x", len(words), worst, at)
	if !(worst < .6) {
		t.Errorf("word %#x: error %g ULP, want < 0.6", at, worst)
	}
}

// quantileOf is the quantile of (w+1/2)/2^64 to a hundred bits. That p may have 64
// bits: it is a float64 q and a rest r, and z(q+r) = z(q) + r/phi(z(q)) + O(r^2).
func quantileOf(w uint64) *big.Float {
	p := new(big.Float).SetPrec(64).SetUint64(2*w + 1)
	q, _ := p.Float64()
	rest, _ := p.Sub(p, new(big.Float).SetFloat64(q)).Float64()
	z := new(big.Float).SetPrec(192)
	if q != 0x1p64 { // not the middle
		z.Set(oracle.NormalQuantile(128, math.Ldexp(q, -65)))
	}
	near, _ := z.Float64()
	// Near the middle, where r is as large as z, exp is 1 without error.
	step := oracle.Sqrt(128, new(big.Float).Add(oracle.Pi(128), oracle.Pi(128)))
	step.Mul(step, new(big.Float).SetFloat64(math.Ldexp(rest, -65)*math.Exp(near*near/2)))
	return z.Add(z, step)
}
