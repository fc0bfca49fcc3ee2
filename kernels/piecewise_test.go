package kernels_test

import (
	"fmt"
	"math"
	"testing"

	"actinit/kernels"
	"actinit/reference"

	"pgregory.net/rapid"
)

var (
	inf     = math.Inf(1)
	nan     = math.NaN()
	minus0  = math.Copysign(0, -1)
	corners = []float64{0, minus0, 1, -1, inf, -inf, nan, 5e-324, -5e-324, math.MaxFloat64, -math.MaxFloat64, .3, -.3}
)

// piecewise compares a kernel over all pairs of corner values with want.
func piecewise(t *testing.T, name string, kernel func(dst, a, b []float64), want func(a, b float64) float64) {
	t.Helper()
	for _, a := range corners {
		for _, b := range corners {
			dst := []float64{7}
			kernel(dst, []float64{a}, []float64{b})
			if w := want(a, b); bits(dst[0]) != bits(w) {
				t.Errorf("%s(%v, %v) = %v, want %v", name, a, b, dst[0], w)
			}
		}
	}
}

// passed is the gradient that is handed on where the derivative is 1.
func passed(derivative func(x float64) float64) func(grad, x float64) float64 {
	return func(grad, x float64) float64 {
		switch d := derivative(x); {
		case grad != grad || d != d:
			return nan
		case d == 0:
			return 0
		}
		return grad
	}
}

func TestPiecewiseCorners(t *testing.T) {
	forward := func(f func(dst, src []float64)) func(dst, a, b []float64) {
		return func(dst, a, _ []float64) { f(dst, a) }
	}
	piecewise(t, "ReLU", forward(kernels.ReLU), func(x, _ float64) float64 { return reference.ReLU(x) })
	piecewise(t, "ReLUGrad", kernels.ReLUGrad, func(grad, x float64) float64 {
		switch {
		case grad != grad || x != x:
			return nan
		case x > 0:
			return grad
		}
		return 0
	})
	for _, slope := range []float64{0, minus0, .01, .25, 1, -2} {
		piecewise(t, "LeakyReLU", forward(func(dst, src []float64) { kernels.LeakyReLU(dst, src, slope) }),
			func(x, _ float64) float64 { return reference.LeakyReLU(x, slope) })
		piecewise(t, "PReLUGrad", func(dst, grad, x []float64) { kernels.PReLUGrad(dst, grad, x, slope) },
			func(grad, x float64) float64 { return grad * reference.PReLUDerivative(x, slope) })
	}
	for _, limits := range [][2]float64{{-1, 1}, {0, 6}, {minus0, .3}, {-.3, minus0}, {-inf, 1}, {5e-324, inf}, {1, 1}} {
		lo, hi := limits[0], limits[1]
		piecewise(t, "Hardtanh", forward(func(dst, src []float64) { kernels.Hardtanh(dst, src, lo, hi) }),
			func(x, _ float64) float64 { return reference.Hardtanh(x, lo, hi) })
		piecewise(t, "HardtanhGrad", func(dst, grad, x []float64) { kernels.HardtanhGrad(dst, grad, x, lo, hi) },
			passed(func(x float64) float64 { return reference.HardtanhDerivative(x, lo, hi) }))
		piecewise(t, "Threshold", forward(func(dst, src []float64) { kernels.Threshold(dst, src, lo, hi) }),
			func(x, _ float64) float64 { return reference.Threshold(x, lo, hi) })
		piecewise(t, "ThresholdGrad", func(dst, grad, x []float64) { kernels.ThresholdGrad(dst, grad, x, lo) },
			passed(func(x float64) float64 { return reference.ThresholdDerivative(x, lo) }))
	}
	piecewise(t, "ReLU6", forward(kernels.ReLU6), func(x, _ float64) float64 { return reference.ReLU6(x) })
	piecewise(t, "ReLU6Grad", kernels.ReLU6Grad, passed(reference.ReLU6Derivative))
	for _, lambda := range []float64{0, minus0, .3, .5, 5e-324, 1} {
		piecewise(t, "Hardshrink", forward(func(dst, src []float64) { kernels.Hardshrink(dst, src, lambda) }),
			func(x, _ float64) float64 { return reference.Hardshrink(x, lambda) })
		piecewise(t, "Softshrink", forward(func(dst, src []float64) { kernels.Softshrink(dst, src, lambda) }),
			func(x, _ float64) float64 { return reference.Softshrink(x, lambda) })
		piecewise(t, "SoftshrinkGrad", func(dst, grad, x []float64) { kernels.SoftshrinkGrad(dst, grad, x, lambda) },
			passed(func(x float64) float64 { return reference.SoftshrinkDerivative(x, lambda) }))
	}
	piecewise(t, "Squareplus of b 0", forward(func(dst, src []float64) { kernels.Squareplus(dst, src, 0) }),
		func(x, _ float64) float64 { return max(0, x) })
	piecewise(t, "ELUGrad", func(dst, grad, y []float64) { kernels.ELUGrad(dst, grad, y, 1.5) },
		func(grad, y float64) float64 { return reference.ELUGrad(grad, y, 1.5) })
}

// Per-channel kernels do to each channel what the plain ones do to its elements.
func TestPReLUChannels(t *testing.T) {
	rapid.Check(t, checkChannels)
	for _, f := range []func(){
		func() { kernels.PReLUChannels(make([]float32, 7), make([]float32, 7), make([]float32, 2), 3) },
		func() { kernels.PReLUChannels(make([]float32, 6), make([]float32, 6), nil, 3) },
		func() { kernels.PReLUChannelsSlopeGrad(make([]float64, 2), make([]float32, 6), make([]float32, 6), 0) },
	} {
		if got := panics(f); got != "kernels: length is not a multiple of channels x inner" {
			t.Errorf("bad shape: panic %q", got)
		}
	}
}

func FuzzPReLUChannels(f *testing.F) {
	random := testSeed()
	for range 8 {
		seed := make([]byte, 256)
		for i := range seed {
			seed[i] = byte(random.Uint32())
		}
		f.Add(seed)
	}
	f.Fuzz(rapid.MakeFuzz(checkChannels))
}

func checkChannels(t *rapid.T) {
	outer := rapid.IntRange(0, 9).Draw(t, "outer")
	channels := rapid.IntRange(1, 40).Draw(t, "channels")
	inner := 1
	if rapid.Bool().Draw(t, "wide") {
		inner = rapid.IntRange(2, 40).Draw(t, "inner")
	}
	if rapid.Bool().Draw(t, "long") {
		outer *= 600 / inner // more than one block of a sum
	}
	n := outer * channels * inner
	random := testSeed()
	x, grad, slope := ordinary[float32](random, n), ordinary[float32](random, n), ordinary[float32](random, channels)
	forward, backward := make([]float32, n), make([]float32, n)
	kernels.PReLUChannels(forward, x, slope, inner)
	kernels.PReLUChannelsGrad(backward, grad, x, slope, inner)
	slopes := make([]float64, channels)
	kernels.PReLUChannelsSlopeGrad(slopes, grad, x, inner)
	for c := range channels {
		var xs, grads []float32
		for i := range x {
			if i/inner%channels != c {
				continue
			}
			xs, grads = append(xs, x[i]), append(grads, grad[i])
			if want := float32(reference.PReLU(float64(x[i]), float64(slope[c]))); forward[i] != want {
				t.Fatalf("element %d is %v, want %v", i, forward[i], want)
			}
			if want := float32(float64(grad[i]) * reference.PReLUDerivative(float64(x[i]), float64(slope[c]))); backward[i] != want {
				t.Fatalf("gradient %d is %v, want %v", i, backward[i], want)
			}
		}
		if want := kernels.PReLUSlopeGrad(grads, xs); slopes[c] != want {
			t.Fatalf("slope gradient %d is %x, want %x", c, slopes[c], want)
		}
	}
}

// BenchmarkPReLUChannels times 64 channels of 65536 elements in all.
func BenchmarkPReLUChannels(b *testing.B) {
	const n, channels = 65536, 64
	random := testSeed()
	x, grad, slope := ordinary[float32](random, n), ordinary[float32](random, n), ordinary[float32](random, channels)
	dst, slopes := make([]float32, n), make([]float64, channels)
	for _, inner := range []int{1, 8, 16, 256} {
		for _, c := range []struct {
			name string
			run  func()
		}{
			{"forward", func() { kernels.PReLUChannels(dst, x, slope, inner) }},
			{"backward", func() { kernels.PReLUChannelsGrad(dst, grad, x, slope, inner) }},
			{"slope", func() { kernels.PReLUChannelsSlopeGrad(slopes, grad, x, inner) }},
		} {
			b.Run(fmt.Sprintf("inner=%d/dir=%s", inner, c.name), func(b *testing.B) {
				for b.Loop() {
					c.run()
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/elem")
			})
		}
	}
}

func FuzzMaxout(f *testing.F) {
	f.Add(3, 2, 0, uint64(1))
	f.Add(1, 1, 5, uint64(2))
	f.Add(70, 5, 1, uint64(3))
	f.Add(0, 256, 0, uint64(4))
	f.Fuzz(func(t *testing.T, n, k, gap int, seed uint64) {
		n, k, gap = int(uint(n)%100), 1+int(uint(k)%256), int(uint(gap)%9)
		stride := n + gap
		random := testSeed()
		src := make([]float64, (k-1)*stride+n)
		for i := range src {
			src[i] = corners[(random.Uint64()^seed)%uint64(len(corners))]
		}
		dst, argmax := make([]float64, n), make([]uint8, n)
		kernels.Maxout(dst, argmax, src, k, stride)
		quiet := make([]float64, n)
		kernels.Maxout(quiet, nil, src, k, stride)
		grad := ordinary[float64](random, n)
		back := make([]float64, len(src))
		for i := range back {
			back[i] = -7
		}
		kernels.MaxoutGrad(back, grad, argmax, k, stride)
		pieces := make([]float64, k)
		for i := range n {
			for j := range pieces {
				pieces[j] = src[j*stride+i]
			}
			y, winner := reference.Maxout(pieces)
			if bits(dst[i]) != bits(y) || bits(quiet[i]) != bits(y) || int(argmax[i]) != winner {
				t.Fatalf("unit %d of %v: %v, %v, piece %d; want %v, piece %d", i, pieces, dst[i], quiet[i], argmax[i], y, winner)
			}
			for j := range pieces {
				want := 0.0
				if j == winner {
					want = grad[i]
				}
				if back[j*stride+i] != want {
					t.Fatalf("gradient of piece %d of unit %d is %v, want %v", j, i, back[j*stride+i], want)
				}
			}
		}
		for i, x := range back {
			if i%max(stride, 1) >= n && x != -7 {
				t.Fatalf("wrote between the pieces, at %d", i)
			}
		}
		kernels.Maxout(src[:n], nil, src, k, stride) // in place
		if i, same := sameBits(src[:n], dst); !same {
			t.Fatalf("in place: unit %d is %v, want %v", i, src[i], dst[i])
		}
	})
}

func TestMaxoutContract(t *testing.T) {
	s := make([]float32, 20)
	for _, c := range []struct {
		what, want string
		f          func()
	}{
		{"no pieces", "kernels: maxout needs 1 to 256 pieces", func() { kernels.Maxout(s[:2], nil, s, 0, 2) }},
		{"257 pieces", "kernels: maxout needs 1 to 256 pieces", func() { kernels.Maxout(s[:2], nil, s, 257, 2) }},
		{"short argmax", "kernels: argmax differs in length from the units", func() { kernels.Maxout(s[:2], make([]uint8, 1), s, 2, 2) }},
		{"short pieces", "kernels: maxout's stride is below the number of units, or its pieces are shorter than (k-1)*stride + units",
			func() { kernels.Maxout(make([]float32, 2), nil, s[:3], 2, 2) }},
		{"small stride", "kernels: maxout's stride is below the number of units, or its pieces are shorter than (k-1)*stride + units",
			func() { kernels.Maxout(make([]float32, 2), nil, s, 2, 1) }},
		{"dst in the second piece", "kernels: dst partly overlaps an input (it may be exactly the input)",
			func() { kernels.Maxout(s[2:4], nil, s, 2, 2) }},
		{"winner out of range", "kernels: argmax names a piece that is not there",
			func() { kernels.MaxoutGrad(s[:4], make([]float32, 2), []uint8{0, 2}, 2, 2) }},
		{"a stride without an end", "", func() { kernels.Maxout(make([]float32, 3), nil, s[:3], 1, math.MaxInt) }},
		{"dst overlaps grad", "kernels: dst overlaps grad", func() { kernels.MaxoutGrad(s[:4], s[2:4], []uint8{0, 1}, 2, 2) }},
	} {
		if got := panics(c.f); got != c.want {
			t.Errorf("%s: panic %q, want %q", c.what, got, c.want)
		}
	}
}

// TestTwoParameters runs every variant of the kernels with two parameters, which the
// operations' one cannot reach, against the reference.
func TestTwoParameters(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, q := rapid.Float32().Draw(t, "p"), rapid.Float32().Draw(t, "q")
		x := rapid.SliceOfN(rapid.OneOf(rapid.Float32(), rapid.SampledFrom([]float32{p, q, 0, float32(minus0), float32(inf), float32(-inf), float32(nan)})), 0, 70).Draw(t, "x")
		lo, hi := min(p, q), max(p, q)
		ones, x64, ones64 := make([]float32, len(x)), make([]float64, len(x)), make([]float64, len(x))
		for i := range x {
			ones[i], ones64[i], x64[i] = 1, 1, float64(x[i])
		}
		dst, dst64 := make([]float32, len(x)), make([]float64, len(x))
		check := func(what string, want func(x float64) float64) {
			for i := range x {
				if w := want(x64[i]); bits(dst[i]) != bits(float32(w)) || bits(dst64[i]) != bits(w) {
					t.Fatalf("%s of %v, parameters %v, %v: %v and %v, want %v", what, x[i], p, q, dst[i], dst64[i], w)
				}
			}
		}
		kernels.Hardtanh(dst, x, lo, hi)
		kernels.Hardtanh(dst64, x64, float64(lo), float64(hi))
		check("Hardtanh", func(x float64) float64 { return reference.Hardtanh(x, float64(lo), float64(hi)) })
		kernels.HardtanhGrad(dst, ones, x, lo, hi)
		kernels.HardtanhGrad(dst64, ones64, x64, float64(lo), float64(hi))
		check("HardtanhGrad", func(x float64) float64 { return reference.HardtanhDerivative(x, float64(lo), float64(hi)) })
		kernels.Threshold(dst, x, p, q)
		kernels.Threshold(dst64, x64, float64(p), float64(q))
		check("Threshold", func(x float64) float64 { return reference.Threshold(x, float64(p), float64(q)) })
		kernels.ThresholdGrad(dst, ones, x, p)
		kernels.ThresholdGrad(dst64, ones64, x64, float64(p))
		check("ThresholdGrad", func(x float64) float64 { return reference.ThresholdDerivative(x, float64(p)) })
	})
}

// TestRReLU holds the training form against the reference at the slopes of the fill,
// cut anywhere, and the evaluation form against their mean.
func TestRReLU(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		testRReLU[float32](t)
		testRReLU[float64](t)
	})
	for _, f := range []func(){
		func() { kernels.RReLU(nil, []float32{}, 1, .5, 0, 0, 0) },
		func() { kernels.RReLUGrad(nil, nil, []float64{}, nan, 1, 0, 0, 0) },
	} {
		if got := panics(f); got != "kernels: Uniform needs lo <= hi and a finite hi-lo" {
			t.Errorf("bad range: panic %q", got)
		}
	}
}

func testRReLU[T kernels.Float](t *rapid.T) {
	n := rapid.IntRange(0, 700).Draw(t, "n")
	cut := rapid.IntRange(0, n).Draw(t, "cut")
	seed, stream, offset := rapid.Uint64().Draw(t, "seed"), rapid.Uint64().Draw(t, "stream"), rapid.Uint64().Draw(t, "offset")
	lower := T(rapid.Float32Range(-1, 1).Draw(t, "lower"))
	upper := lower + T(rapid.Float32Range(0, 1).Draw(t, "width"))
	random := testSeed()
	x, grad, slopes := make([]T, n), make([]T, n), make([]T, n)
	mixed(random, x)
	mixed(random, grad)
	kernels.Uniform(slopes, seed, stream, offset, lower, upper)
	forward, backward := append([]T(nil), x...), append([]T(nil), grad...)
	for _, piece := range [][2]int{{0, cut}, {cut, n}} { // in place
		lo, hi := piece[0], piece[1]
		kernels.RReLU(forward[lo:hi], forward[lo:hi], lower, upper, seed, stream, offset+uint64(lo))
		kernels.RReLUGrad(backward[lo:hi], backward[lo:hi], x[lo:hi], lower, upper, seed, stream, offset+uint64(lo))
	}
	for i := range x {
		if want := T(reference.RReLU(float64(x[i]), float64(slopes[i]))); bits(forward[i]) != bits(want) {
			t.Fatalf("element %d: RReLU(%v) with slope %v is %v, want %v", i, x[i], slopes[i], forward[i], want)
		}
		if want := grad[i] * T(reference.RReLUDerivative(float64(x[i]), float64(slopes[i]))); bits(backward[i]) != bits(want) {
			t.Fatalf("element %d: the gradient %v at %v with slope %v is %v, want %v", i, grad[i], x[i], slopes[i], backward[i], want)
		}
	}
	mean := (lower + upper) / 2
	kernels.RReLUEvaluation(forward, x, lower, upper)
	kernels.RReLUEvaluationGrad(backward, grad, x, lower, upper)
	for i := range x {
		if want := T(reference.LeakyReLU(float64(x[i]), float64(mean))); bits(forward[i]) != bits(want) {
			t.Fatalf("element %d: in evaluation RReLU(%v) is %v, want %v", i, x[i], forward[i], want)
		}
		if want := grad[i] * T(reference.LeakyReLUDerivative(float64(x[i]), float64(mean))); bits(backward[i]) != bits(want) {
			t.Fatalf("element %d: in evaluation the gradient at %v is %v, want %v", i, x[i], backward[i], want)
		}
	}
}

// In evaluation the mean slope is finite wherever the slopes are, and what RReLU refuses
// is refused.
func TestRReLUEvaluationRange(t *testing.T) {
	t.Run("float32", func(t *testing.T) { testRReLUEvaluationRange[float32](t, math.MaxFloat32, 0x1p-149) })
	t.Run("float64", func(t *testing.T) { testRReLUEvaluationRange[float64](t, math.MaxFloat64, 0x1p-1074) })
}

func testRReLUEvaluationRange[T kernels.Float](t *testing.T, largest, smallest T) {
	for _, c := range []struct{ lower, upper, want T }{
		{largest, largest, largest},
		{-largest, -largest, -largest},
		{largest / 2, largest, largest / 4 * 3},
		{smallest, smallest, smallest},
		{2 * smallest, 4 * smallest, 3 * smallest},
		{smallest, 2 * smallest, 2 * smallest}, // 1.5, to even
	} {
		y, g, one := []T{-1}, []T{1}, []T{-1}
		kernels.RReLUEvaluation(y, y, c.lower, c.upper)
		kernels.RReLUEvaluationGrad(g, g, one, c.lower, c.upper)
		if -y[0] != c.want || g[0] != c.want {
			t.Errorf("mean slope of %v and %v: %v forward, %v backward, want %v", c.lower, c.upper, -y[0], g[0], c.want)
		}
	}
	infinity := T(math.Inf(1))
	for _, c := range [][2]T{{1, 0}, {-largest, largest}, {infinity, infinity}, {0, infinity}, {T(math.NaN()), 1}, {0, T(math.NaN())}} {
		training := panics(func() { kernels.RReLU[T](nil, nil, c[0], c[1], 1, 2, 3) })
		if training == "" {
			t.Errorf("RReLU takes the range %v", c)
		}
		if forward := panics(func() { kernels.RReLUEvaluation[T](nil, nil, c[0], c[1]) }); forward != training {
			t.Errorf("RReLUEvaluation of %v panics with %q, RReLU with %q", c, forward, training)
		}
		if backward := panics(func() { kernels.RReLUEvaluationGrad[T](nil, nil, nil, c[0], c[1]) }); backward != training {
			t.Errorf("RReLUEvaluationGrad of %v panics with %q, RReLU with %q", c, backward, training)
		}
	}
}
