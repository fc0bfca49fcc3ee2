package kernels

import "math"

// Uniform writes random numbers, uniform on [lo, hi), to dst: elements
// offset, offset+1, ... of the stream (seed, stream). [Philox] says how a stream
// is addressed.
//
// With u = k * 2^-24, k the upper 24 bits of the element's word (float64:
// 2^-53 and the upper 53 bits of 64), the element is lo + (hi-lo)*u in three
// operations each rounded in T; where that rounds to hi, it is the largest
// float below hi. So lo is reached and hi never is. lo == hi gives lo.
//
// It panics unless lo <= hi and hi-lo is finite.
func Uniform[T Float](dst []T, seed, stream, offset uint64, lo, hi T) {
	width := uniformWidth(lo, hi)
	switch d := any(dst).(type) {
	case []float32:
		uniform32(d, seed, stream, offset, float32(lo), float32(width), below32(float32(lo), float32(hi)))
	case []float64:
		uniform64(d, seed, stream, offset, float64(lo), float64(width), below64(float64(lo), float64(hi)))
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

// below32 is the largest float32 in [lo, hi), or lo if there is none.
func below32(lo, hi float32) float32 { return max(lo, math.Nextafter32(hi, float32(math.Inf(-1)))) }

func below64(lo, hi float64) float64 { return max(lo, math.Nextafter(hi, math.Inf(-1))) }

// The conversions around the products keep compilers from fusing them with the
// sum, which would give other bits on some targets.

func uniform32(dst []float32, seed, stream, offset uint64, lo, width, last float32) {
	var words [wordBatch]uint32
	for len(dst) > 0 {
		drawn := draw(&words, seed, stream, offset, len(dst), 4)
		n := len(drawn)
		for i, w := range drawn {
			dst[i] = min(float32(width*(float32(w>>8)*0x1p-24))+lo, last)
		}
		dst, offset = dst[n:], offset+uint64(n)
	}
}

func uniform64(dst []float64, seed, stream, offset uint64, lo, width, last float64) {
	var words [wordBatch]uint32
	for len(dst) > 0 {
		drawn := draw(&words, seed, stream, offset, len(dst), 2)
		n := len(drawn) / 2
		for i := range dst[:n] {
			dst[i] = min(float64(width*(float64(wide(drawn, i)>>11)*0x1p-53))+lo, last)
		}
		dst, offset = dst[n:], offset+uint64(n)
	}
}
