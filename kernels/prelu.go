package kernels

import "math"

var prelu = Operation{
	Name:       "prelu",
	forward32:  perVariant[ForwardFunc[float32]]{Scalar: leakyReLUScalar32, AVX2: leakyReLUAVX2, AVX512: leakyReLUAVX512},
	forward64:  perVariant[ForwardFunc[float64]]{Scalar: leakyReLUScalar64, AVX2: leakyReLU64AVX2, AVX512: leakyReLU64AVX512},
	backward32: perVariant[BackwardFunc[float32]]{Scalar: leakyReLUGradScalar32, AVX2: leakyReLUGradAVX2, AVX512: leakyReLUGradAVX512},
	backward64: perVariant[BackwardFunc[float64]]{Scalar: leakyReLUGradScalar64, AVX2: leakyReLUGrad64AVX2, AVX512: leakyReLUGrad64AVX512},
}

// PReLU computes dst[i] = src[i] for src[i] > 0 and slope*src[i] otherwise, one
// rounded product: LeakyReLU with a slope that is learned [He 2015]. Its usual
// first value is 0.25. Special cases are those of LeakyReLU.
func PReLU[T Float](dst, src []T, slope T) { forward(&prelu, dst, src, slope) }

// PReLUGrad computes the gradient by the input, dst[i] = grad[i] * d(x[i]) with
// d(x) = 1 for x > 0 and slope for x <= 0, one rounded product. d(NaN) = NaN.
func PReLUGrad[T Float](dst, grad, x []T, slope T) { backward(&prelu, dst, grad, x, slope) }

// PReLUChannels is PReLU with a slope for each channel: dst and src hold
// outer x channels x inner elements, the last index fastest, channels is
// len(slope) and outer follows from the length. It panics if the length is not a
// multiple of channels x inner.
func PReLUChannels[T Float](dst, src, slope []T, inner int) {
	checkForward(dst, src)
	checkChannels(len(src), len(slope), inner)
	switch d := any(dst).(type) {
	case []float32:
		channels32(d, any(src).([]float32), any(slope).([]float32), inner)
	case []float64:
		channels64(d, any(src).([]float64), any(slope).([]float64), inner)
	}
}

// PReLUChannelsGrad is PReLUGrad with a slope for each channel, laid out as in
// PReLUChannels.
func PReLUChannelsGrad[T Float](dst, grad, x, slope []T, inner int) {
	checkBackward(dst, grad, x)
	checkChannels(len(x), len(slope), inner)
	switch d := any(dst).(type) {
	case []float32:
		channelsGrad32(d, any(grad).([]float32), any(x).([]float32), any(slope).([]float32), inner)
	case []float64:
		channelsGrad64(d, any(grad).([]float64), any(x).([]float64), any(slope).([]float64), inner)
	}
}

// shortRun is the longest inner dimension that is computed in place: below it
// the call of a loop for each channel would cost more than its elements. An inner
// dimension of 1, a fully connected layer's, runs along the slopes instead.
const shortRun = 8

func channels32(dst, src, slope []float32, inner int) {
	if inner == 1 {
		for n := len(slope); len(src) > 0; src, dst = src[n:], dst[n:] {
			d, x := dst[:n], src[:n]
			for c, s := range slope {
				d[c] = leakyReLU32(x[c], s)
			}
		}
		return
	}
	for base := 0; base < len(src); {
		for _, s := range slope {
			d, x := dst[base:base+inner], src[base:base+inner]
			base += inner
			if inner > shortRun {
				prelu.best.forward32(d, x, s)
				continue
			}
			for i, x := range x {
				d[i] = leakyReLU32(x, s)
			}
		}
	}
}

func channelsGrad32(dst, grad, x, slope []float32, inner int) {
	if inner == 1 {
		for n := len(slope); len(x) > 0; x, grad, dst = x[n:], grad[n:], dst[n:] {
			d, g, v := dst[:n], grad[:n], x[:n]
			for c, s := range slope {
				d[c] = g[c] * slopeAt32(v[c], math.Float32bits(s))
			}
		}
		return
	}
	for base := 0; base < len(x); {
		for _, s := range slope {
			d, g, v := dst[base:base+inner], grad[base:base+inner], x[base:base+inner]
			base += inner
			if inner > shortRun {
				prelu.best.backward32(d, g, v, s)
				continue
			}
			for i, v := range v {
				d[i] = g[i] * slopeAt32(v, math.Float32bits(s))
			}
		}
	}
}

func channels64(dst, src, slope []float64, inner int) {
	if inner == 1 {
		for n := len(slope); len(src) > 0; src, dst = src[n:], dst[n:] {
			d, x := dst[:n], src[:n]
			for c, s := range slope {
				d[c] = leakyReLU64(x[c], s)
			}
		}
		return
	}
	for base := 0; base < len(src); {
		for _, s := range slope {
			d, x := dst[base:base+inner], src[base:base+inner]
			base += inner
			if inner > shortRun {
				prelu.best.forward64(d, x, s)
				continue
			}
			for i, x := range x {
				d[i] = leakyReLU64(x, s)
			}
		}
	}
}

func channelsGrad64(dst, grad, x, slope []float64, inner int) {
	if inner == 1 {
		for n := len(slope); len(x) > 0; x, grad, dst = x[n:], grad[n:], dst[n:] {
			d, g, v := dst[:n], grad[:n], x[:n]
			for c, s := range slope {
				d[c] = g[c] * slopeAt64(v[c], math.Float64bits(s))
			}
		}
		return
	}
	for base := 0; base < len(x); {
		for _, s := range slope {
			d, g, v := dst[base:base+inner], grad[base:base+inner], x[base:base+inner]
			base += inner
			if inner > shortRun {
				prelu.best.backward64(d, g, v, s)
				continue
			}
			for i, v := range v {
				d[i] = g[i] * slopeAt64(v, math.Float64bits(s))
			}
		}
	}
}

const panicChannels = "kernels: length is not a multiple of channels x inner"

// checkChannels panics unless n elements are whole slabs of channels x inner.
func checkChannels(n, channels, inner int) {
	if n == 0 {
		return
	}
	if channels <= 0 || inner <= 0 || n%channels != 0 || n/channels%inner != 0 {
		panic(panicChannels)
	}
}
