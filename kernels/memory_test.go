package kernels_test

import (
	"runtime"
	"testing"
	"unsafe"

	"actinit/kernels"
)

func TestAlignedSlice(t *testing.T) {
	t.Run("float32", testAlignedSlice[float32])
	t.Run("float64", testAlignedSlice[float64])
	t.Run("bfloat16", testAlignedSlice[kernels.BFloat16])
}

func testAlignedSlice[T kernels.Float | kernels.Half](t *testing.T) {
	size := int(unsafe.Sizeof(*new(T)))
	for _, n := range []int{0, 1, 1000, 8<<20/size - 1, 8 << 20 / size, 9<<20/size + 3} {
		s := kernels.AlignedSlice[T](n)
		if len(s) != n || cap(s) != n {
			t.Fatalf("length %d, capacity %d of %d", len(s), cap(s), n)
		}
		want := uintptr(64)
		if n*size >= 8<<20 {
			want = 2 << 20
		}
		if at := uintptr(unsafe.Pointer(unsafe.SliceData(s))); at%want != 0 {
			t.Errorf("%d elements begin at %#x, want a multiple of %#x", n, at, want)
		}
		for i, x := range s {
			if x != 0 {
				t.Fatalf("element %d of %d is %v", i, n, x)
			}
			s[i] = 7
		}
		runtime.GC() // which must not free what only the aligned part refers to
		for i, x := range s {
			if x != 7 {
				t.Fatalf("element %d of %d became %v", i, n, x)
			}
		}
	}
}
