package kernels

import "syscall"

// adviseHugePages asks for memory, which is whole huge pages, to be backed by such. That
// is advice: where the kernel does not take it, or has no huge page left, all is as before.
func adviseHugePages(memory []byte) { _ = syscall.Madvise(memory, syscall.MADV_HUGEPAGE) }
