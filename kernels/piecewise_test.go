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
