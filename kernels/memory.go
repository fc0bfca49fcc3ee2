package kernels

import "unsafe"

const (
	// hugePage is the size in bytes of the large pages of amd64 and arm64 with small
	// pages of 4 KiB. With these an array of a million float32 takes 2 entries of the
	// processor's page tables in place of 1024.
	hugePage = 2 << 20

	// hugeFrom is the number of bytes from which AlignedSlice asks for them: what
	// alignment adds is a quarter at most.
	hugeFrom = 4 * hugePage
)

// AlignedSlice returns a slice of n zeros that begins on a cache line. One of 8 MiB and
// more begins on a huge page, and the operating system is asked to back it with such:
// on Linux where /sys/kernel/mm/transparent_hugepage/enabled says madvise or always,
// elsewhere nothing is asked for. Kernels that move memory run faster on them
// (TUNING.md), and so does touching new memory for the first time.
//
// It is ordinary memory of Go: the collector frees it when no slice of it is left. What
// was asked for stays with the addresses, so what Go places there later gets huge pages
// too: AlignedSlice is for buffers that are kept.
// It panics for a negative n, as make does.
func AlignedSlice[T Float | Half](n int) []T {
	var element T
	size := int(unsafe.Sizeof(element))
	align := cacheLine
	if n >= hugeFrom/size {
		align = hugePage
	}
	s := make([]T, n+align/size)
	past := int(uintptr(unsafe.Pointer(&s[0])) % uintptr(align))
	first := (align - past) % align / size
	s = s[first : first+n : first+n]
	if align == hugePage {
		adviseHugePages(unsafe.Slice((*byte)(unsafe.Pointer(&s[0])), n*size/hugePage*hugePage))
	}
	return s
}
