package columns

import (
	"math/bits"
	"sync"

	"github.com/apache/arrow/go/v15/arrow/memory"
)

// A Pool is an allocator that keeps released memory for later arrays, so that
// running kernels over batch after batch allocates for the first batch only.
// Sizes are rounded up to powers of two. Its contents are not cleared between
// uses. The zero value is ready; it may be used from any goroutine.
type Pool struct {
	classes [bits.UintSize]sync.Pool // class k: buffers of capacity 2^k
	fresh   memory.GoAllocator
}

// Check at compile time that a Pool is what Arrow takes.
var _ memory.Allocator = (*Pool)(nil)

// smallest is the class of the smallest buffers: one cache line.
const smallest = 6

func class(size int) int {
	if size <= 1<<smallest {
		return smallest
	}
	return bits.Len(uint(size - 1))
}

// Allocate returns size bytes, aligned to a cache line.
func (p *Pool) Allocate(size int) []byte {
	k := class(size)
	if b, ok := p.classes[k].Get().(*[]byte); ok {
		return (*b)[:size]
	}
	return p.fresh.Allocate(1 << k)[: size : 1<<k]
}

// Reallocate returns b with a new size: in place if its memory suffices.
func (p *Pool) Reallocate(size int, b []byte) []byte {
	if size <= cap(b) {
		return b[:size]
	}
	grown := p.Allocate(size)
	copy(grown, b)
	p.Free(b)
	return grown
}

// Free takes memory back that Allocate or Reallocate returned.
func (p *Pool) Free(b []byte) {
	k := class(cap(b))
	if cap(b) != 1<<k {
		return // not ours
	}
	b = b[:cap(b)]
	p.classes[k].Put(&b)
}
