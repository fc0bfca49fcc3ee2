//go:build linux

package moments

import (
	"testing"

	"actinit/kernels/internal/guard"
)

// Nothing before or behind the slices is read or written, whether they begin or end at a page.
func TestGuardPages(t *testing.T) {
	all, bins := guard.Area[float32](t, 6), guard.Area[byte](t, 2)
	for i := range all {
		all[i] = float32(i%97)/48 - 1
	}
	for n := 0; n <= len(all); n += 1 + n/300*7 {
		m := min(n, len(bins))
		compare(t, all[:m], bins[:m], 0, -1, 1)
		compare(t, all[len(all)-m:], bins[len(bins)-m:], 0, -1, 1)
	}
}
