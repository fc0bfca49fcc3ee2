//go:build linux

package moments

import (
	"os"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// area returns memory between pages that must not be touched.
func area(t *testing.T, pages int) []byte {
	page := os.Getpagesize()
	memory, err := unix.Mmap(-1, 0, (pages+2)*page, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Munmap(memory) })
	for _, outside := range [][]byte{memory[:page], memory[(pages+1)*page:]} {
		if err := unix.Mprotect(outside, unix.PROT_NONE); err != nil {
			t.Fatal(err)
		}
	}
	return memory[page : (pages+1)*page]
}

// Nothing before or behind the slices is read or written, whether they begin or end at a page.
func TestGuardPages(t *testing.T) {
	values, bins := area(t, 6), area(t, 2)
	all := unsafe.Slice((*float32)(unsafe.Pointer(&values[0])), len(values)/4)
	for i := range all {
		all[i] = float32(i%97)/48 - 1
	}
	for n := 0; n <= len(all); n += 1 + n/300*7 {
		m := min(n, len(bins))
		compare(t, all[:m], bins[:m], 0, -1, 1)
		compare(t, all[len(all)-m:], bins[len(bins)-m:], 0, -1, 1)
	}
}
