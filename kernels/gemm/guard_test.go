//go:build linux

package gemm

import (
	"math/rand/v2"
	"os"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// pages hands out slices between pages that must not be touched, in turn at the beginning and
// at the end of what lies between.
type pages struct {
	t     *testing.T
	taken int
	areas [3][]float32 // the slices of a test, in turn
}

func newPages(t *testing.T) *pages {
	p := &pages{t: t}
	page := os.Getpagesize()
	size := 4 * page
	for i := range p.areas {
		memory, err := unix.Mmap(-1, 0, size+2*page, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { unix.Munmap(memory) })
		for _, outside := range [][]byte{memory[:page], memory[page+size:]} {
			if err := unix.Mprotect(outside, unix.PROT_NONE); err != nil {
				t.Fatal(err)
			}
		}
		p.areas[i] = unsafe.Slice((*float32)(unsafe.Pointer(&memory[page])), size/4)
	}
	return p
}

func (p *pages) piece(n int) []float32 {
	area := p.areas[p.taken%len(p.areas)]
	atEnd := p.taken%2 == 0
	p.taken++
	if atEnd {
		return area[len(area)-n:]
	}
	return area[:n:n]
}

func TestGuardPages(t *testing.T) {
	pages := newPages(t)
	random := rand.New(rand.NewPCG(15, 16))
	for range 2000 {
		testProduct(t, random, pages, 1+random.IntN(50), 1+random.IntN(70), random.IntN(50))
	}
}
