package bench

import (
	"runtime"
	"sync"
	"unsafe"

	"github.com/klauspost/cpuid/v2"
)

// evict throws memory out of all caches: line by line where the processor has an instruction
// for it that programs may use, or else by reading twice as much other memory as the last-level cache holds.
func evict(memory [][]byte) {
	if !canFlush {
		sweep()
		return
	}
	for _, m := range memory {
		if len(m) == 0 {
			continue
		}
		first := uintptr(unsafe.Pointer(&m[0])) % cacheLine
		flush(&m[0], (int(first)+len(m)+cacheLine-1)/cacheLine)
	}
}

// sweep reads memory that has nothing to do with anything.
func sweep() {
	sum := byte(0)
	for m := swept(); len(m) > 0; m = m[min(cacheLine, len(m)):] {
		sum += m[0]
	}
	runtime.KeepAlive(sum) // or the compiler would leave the reads out
}

var swept = sync.OnceValue(func() []byte {
	const unknown = 32 << 20
	lastLevel := max(cpuid.CPU.Cache.L3, cpuid.CPU.Cache.L2, unknown)
	m := make([]byte, 2*lastLevel)
	for i := range m {
		m[i] = 1 // pages that nobody has written to are all the same one
	}
	return m
})

// bytesOf returns the memory of a slice.
func bytesOf[E any](s []E) []byte {
	var e E
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s))), len(s)*int(unsafe.Sizeof(e)))
}
