//go:build linux

// Package guard lends tests memory that begins and ends at pages which must not be
// touched: to read or write outside a slice of it ends the program.
package guard

import (
	"os"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Area returns so many pages of elements between two pages that cannot be read or written.
// They are given back when the test ends.
func Area[T any](t *testing.T, pages int) []T {
	t.Helper()
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
	var x T
	return unsafe.Slice((*T)(unsafe.Pointer(&memory[page])), pages*page/int(unsafe.Sizeof(x)))
}

// areas is how many slices of one test lie in memory of their own.
const areas = 3

// Pages hands out slices in turn at the beginning and at the end of an area. Of areas slices
// handed out one after the other no two share memory.
type Pages[T any] struct {
	taken int
	areas [areas][]T
}

// NewPages returns areas of so many pages each.
func NewPages[T any](t *testing.T, pages int) *Pages[T] {
	p := &Pages[T]{}
	for i := range p.areas {
		p.areas[i] = Area[T](t, pages)
	}
	return p
}

// Piece returns a slice of n elements.
func (p *Pages[T]) Piece(n int) []T {
	area := p.areas[p.taken%len(p.areas)]
	atEnd := p.taken%2 == 0
	p.taken++
	if atEnd {
		return area[len(area)-n:]
	}
	return area[:n:n]
}
