package kernels_test

import (
	"testing"

	"actinit/kernels"
)

// TestLongSlices runs the vector kernels on slices that are cut into chunks, and
// that are long enough for stores past the caches, from an odd element on.
func TestLongSlices(t *testing.T) {
	t.Run("float32", func(t *testing.T) { testLongSlices(t, vectors(layouts32()), 1<<22) })
	t.Run("float64", func(t *testing.T) { testLongSlices(t, vectors(layouts64()), 1<<21) })
}

func testLongSlices[T kernels.Float](t *testing.T, all []layout[T], streamed int) {
	const offset, guard = 3, -12345
	length := streamed + 1<<15 + 13
	if len(all) == 0 {
		t.Skip("no vector kernels on this machine")
	}
	random := testSeed()
	// What repeats has a length that is prime to the vectors' and the chunks'.
	a, b := make([]T, length), make([]T, length)
	const period = 10007
	mixed(random, a[:period])
	mixed(random, b[:period])
	for i := period; i < length; i++ {
		a[i], b[i] = a[i-period], b[i-period]
	}
	buffer := make([]T, offset+length+offset)
	want := make([]T, period)
	for _, l := range all {
		l.scalar(want, a[:period], b[:period])
		for i := range buffer {
			buffer[i] = guard
		}
		dst := buffer[offset:][:length]
		l.run(dst, a, b)
		for from := 0; from < length; from += period {
			n := min(period, length-from)
			if i, same := sameBits(dst[from:][:n], want[:n]); !same {
				t.Fatalf("%s: element %d of %v, %v is %x, want %x", l.name, from+i, a[i], b[i], dst[from+i], want[i])
			}
		}
		for i, x := range buffer {
			if (i < offset || i >= offset+length) && x != guard {
				t.Fatalf("%s: wrote element %d", l.name, i-offset)
			}
		}
	}
}
