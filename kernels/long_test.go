package kernels_test

import "testing"

// TestLongSlices runs the vector kernels on slices that are cut into chunks, and
// that are long enough for stores past the caches, from an odd element on.
func TestLongSlices(t *testing.T) {
	const length, offset, guard = 1<<22 + 1<<15 + 13, 3, -12345
	all := vectors(layouts32())
	if len(all) == 0 {
		t.Skip("no vector kernels on this machine")
	}
	random := testSeed()
	// What repeats has a length that is prime to the vectors' and the chunks'.
	a, b := make([]float32, length), make([]float32, length)
	const period = 10007
	mixed(random, a[:period])
	mixed(random, b[:period])
	for i := period; i < length; i++ {
		a[i], b[i] = a[i-period], b[i-period]
	}
	buffer := make([]float32, offset+length+offset)
	want := make([]float32, period)
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
