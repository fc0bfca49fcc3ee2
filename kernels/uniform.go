package kernels

import "math"

// Uniform writes random numbers, uniform on [lo, hi), to dst: elements
// offset, offset+1, ... of the stream (seed, stream). [Philox] says how a stream
// is addressed.
//
// With u = w * 2^-32, w the element's word rounded to 24 bits (float64:
// 2^-64 and 64 bits rounded to 53), the element is lo + (hi-lo)*u, rounded once, with hi-lo rounded
// before; where that is hi or above, it is the largest float below hi. So lo is reached and hi never is.
// lo == hi gives lo.
//
// It panics unless lo <= hi and hi-lo is finite.
func Uniform[T Float](dst []T, seed, stream, offset uint64, lo, hi T) {
	f := bestFills[T]()
	uniform(&f, dst, seed, stream, offset, lo, hi)
}

func uniform[T Float](f *fillLoops[T], dst []T, seed, stream, offset uint64, lo, hi T) {
	width := uniformWidth(lo, hi)
	if len(dst) > 0 {
		f.uniform(dst, seed, stream, offset, lo, width, below(lo, hi))
	}
}

// uniformWidth returns hi-lo, and panics unless that is finite and not below 0.
func uniformWidth[T Float](lo, hi T) T {
	width := hi - lo
	if !(width >= 0 && width <= maxFinite[T]()) {
		panic("kernels: Uniform needs lo <= hi and a finite hi-lo")
	}
	return width
}

func maxFinite[T Float]() T {
	var t T
	if _, narrow := any(t).(float32); narrow {
		return T(math.MaxFloat32)
	}
	max := math.MaxFloat64
	return T(max)
}

// below is the largest float in [lo, hi), or lo if there is none.
func below[T Float](lo, hi T) T {
	var last T
	switch l := any(&last).(type) {
	case *float32:
		*l = math.Nextafter32(float32(hi), float32(math.Inf(-1)))
	case *float64:
		*l = math.Nextafter(float64(hi), math.Inf(-1))
	}
	return max(lo, last)
}

func uniformScalar32(dst []float32, seed, stream, offset uint64, lo, width, last float32) {
	ofWords(dst, seed, stream, offset, func(w uint32) float32 {
		return min(fused32(width, float32(w)*0x1p-32, lo), last)
	})
}

func uniformScalar64(dst []float64, seed, stream, offset uint64, lo, width, last float64) {
	ofWide(Scalar, dst, seed, stream, offset, func(w uint64) float64 {
		return min(math.FMA(width, float64(w)*0x1p-64, lo), last)
	})
}
