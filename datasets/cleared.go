package datasets

import "github.com/apache/arrow/go/v15/arrow/memory"

// cleared is an allocator of memory that is zero, as new memory is. From a pool alone, what nobody wrote, such as the values under
// nulls, would hold what another batch left there, and the same command would write different files.
type cleared struct{ memory.Allocator }

func (c cleared) Allocate(size int) []byte {
	b := c.Allocator.Allocate(size)
	clear(b)
	return b
}

func (c cleared) Reallocate(size int, b []byte) []byte {
	grown := c.Allocator.Reallocate(size, b)
	clear(grown[min(len(b), size):])
	return grown
}
