//go:build amd64 && !purego

package kernels

import (
	"testing"
	"unsafe"
)

// Pieces of a large slice that ParallelSlice cuts are written past the caches like the
// whole, others are not; and their bits are those of the whole.
func TestPiecesStream(t *testing.T) {
	src := make([]float32, streamFrom/4+12345)
	for i := range src {
		src[i] = float32(i%1000 - 500)
	}
	dst, want := make([]float32, len(src)), make([]float32, len(src))
	ReLU(want, src)
	if piece := dst[len(dst)/2:]; !streams(dst) || streams(piece) {
		t.Fatal("the whole does not stream, or a piece alone does")
	}
	ParallelSlice(2, dst, func(lo, hi int) {
		if hi-lo > 1<<15 && !streams(dst[lo:hi]) {
			t.Errorf("the piece [%d, %d) of %d elements does not stream", lo, hi, len(dst))
		}
		if streams(want[lo:hi]) && (hi-lo)*4 < streamFrom {
			t.Error("a piece of other memory streams")
		}
		ReLU(dst[lo:hi], src[lo:hi])
	})
	for i := range want {
		if dst[i] != want[i] {
			t.Fatalf("element %d is %g, want %g", i, dst[i], want[i])
		}
	}
	if large.Load() != nil {
		t.Error("the slice is not forgotten")
	}
}

// A slice over foreign bytes may begin anywhere. Stores past the caches need vectors that
// are aligned, and where no element is, none can be.
func TestMisalignedSlices(t *testing.T) {
	const n = streamFrom/4 + 100
	bytes := make([]byte, 4*n+8)
	at := func(skew int) []float32 { return unsafe.Slice((*float32)(unsafe.Pointer(&bytes[skew])), n) }
	src := make([]float32, n)
	for i := range src {
		src[i] = float32(i%100 - 50)
	}
	for skew := range 4 {
		dst := at(skew)
		ReLU(dst, src)
		for i, x := range src {
			if want := max(x, 0); dst[i] != want {
				t.Fatalf("%d bytes off, element %d is %g, want %g", skew, i, dst[i], want)
			}
		}
	}
}
