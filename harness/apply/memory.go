package apply

import (
	"actinit/kernels/columns"

	"github.com/apache/arrow/go/v15/arrow/memory"
)

// A Memory is a pool for the batches of an input, for datasets.Options.Memory: a batch's memory is used again when it
// is released, and zero, as new memory is. Without, what nobody wrote, such as the values under nulls, would hold what another
// batch left there, and the same command would write different files. The zero value is ready.
type Memory struct{ pool columns.Pool }

var _ memory.Allocator = (*Memory)(nil)

// Allocate returns size bytes, all zero.
func (m *Memory) Allocate(size int) []byte {
	b := m.pool.Allocate(size)
	clear(b)
	return b
}

// Reallocate returns b with a new size, what is new being zero.
func (m *Memory) Reallocate(size int, b []byte) []byte {
	grown := m.pool.Reallocate(size, b)
	clear(grown[min(len(b), size):])
	return grown
}

// Free takes memory back that Allocate or Reallocate returned.
func (m *Memory) Free(b []byte) { m.pool.Free(b) }
