package initializer_test

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"actinit/kernels/initializer"
	"actinit/reference"
)

func TestFans(t *testing.T) {
	for _, c := range []struct {
		shape   []int
		in, out int
	}{
		{[]int{4096, 64}, 64, 4096},
		{[]int{64, 3, 7, 7}, 147, 3136},
		{[]int{8, 1, 3}, 3, 24}, // depthwise: in/groups is 1
		{[]int{5, 0}, 0, 5},
		{[]int{0, math.MaxInt, 0}, 0, 0},
	} {
		in, out, err := initializer.Fans(c.shape...)
		if in != c.in || out != c.out || err != nil {
			t.Errorf("Fans(%v) = %d, %d, %v, want %d, %d", c.shape, in, out, err, c.in, c.out)
		}
	}
	for _, shape := range [][]int{nil, {7}, {2, -1}, {-2, -3}, {math.MaxInt, 2}, {math.MaxInt/2 + 1, 2}, {0, math.MaxInt, math.MaxInt}} {
		if in, out, err := initializer.Fans(shape...); err == nil {
			t.Errorf("Fans(%v) = %d, %d, want an error", shape, in, out)
		}
	}
}

func TestFansAgreeWithReference(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		shape := rapid.SliceOfN(rapid.IntRange(0, 50), 2, 5).Draw(t, "shape")
		in, out, err := initializer.Fans(shape...)
		if err != nil {
			t.Fatal(err)
		}
		if i, o := reference.Fans(slices.Clone(shape)); i != in || o != out {
			t.Fatalf("Fans(%v) = %d, %d, reference says %d, %d", shape, in, out, i, o)
		}
	})
}
