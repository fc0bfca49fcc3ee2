//go:build amd64 && !purego

package kernels

// The conversions in AVX2 and F16C: the assembly does whole vectors, the portable twins
// the rest.
var (
	vectorFloat16 = halfFormat{
		widen: func(dst []float32, src []uint16) {
			widenVectors(dst, src, float16ToFloat32AVX2, widenFloat16)
		},
		narrow: func(dst []uint16, src []float32) bool {
			return narrowVectors(dst, src, float32ToFloat16AVX2, narrowFloat16)
		},
		odd: oddVectors, from32: float16From32, near: nearFloat16,
	}
	vectorBFloat16 = halfFormat{
		widen: func(dst []float32, src []uint16) {
			widenVectors(dst, src, bfloat16ToFloat32AVX2, widenBFloat16)
		},
		narrow: func(dst []uint16, src []float32) bool {
			return narrowVectors(dst, src, float32ToBFloat16AVX2, narrowBFloat16)
		},
		odd: oddVectors, from32: bfloat16From32, near: nearBFloat16,
	}
)

// halfLanes is the number of elements of a vector.
const halfLanes = 8

func widenVectors(dst []float32, src []uint16, vectors func(dst *float32, src *uint16, n int), rest func(dst []float32, src []uint16)) {
	for len(src) >= halfLanes {
		n := min(len(src), vectorChunk) &^ (halfLanes - 1)
		vectors(&dst[0], &src[0], n)
		dst, src = dst[n:], src[n:]
	}
	rest(dst, src)
}

func narrowVectors(dst []uint16, src []float32, vectors func(dst *uint16, src *float32, n int) int, rest func(dst []uint16, src []float32) bool) (near bool) {
	for len(src) >= halfLanes {
		n := min(len(src), vectorChunk) &^ (halfLanes - 1)
		near = vectors(&dst[0], &src[0], n) != 0 || near
		dst, src = dst[n:], src[n:]
	}
	return rest(dst, src) || near
}

func oddVectors(dst []float32, src []float64) {
	for len(src) >= halfLanes {
		n := min(len(src), vectorChunk) &^ (halfLanes - 1)
		float64ToOddFloat32AVX2(&dst[0], &src[0], n)
		dst, src = dst[n:], src[n:]
	}
	oddLoop(dst, src)
}
