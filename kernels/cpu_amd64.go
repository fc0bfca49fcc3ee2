//go:build amd64 && !purego

package kernels

import "golang.org/x/sys/cpu"

// cpuRuns reports whether the CPU has the instructions of variant v and the
// operating system saves its registers.
func cpuRuns(v Variant) bool {
	x := &cpu.X86
	switch v {
	case AVX2:
		return x.HasAVX2 && x.HasFMA && x.HasF16C
	case AVX512:
		return x.HasAVX512F && x.HasAVX512DQ && x.HasAVX512BW && x.HasAVX512VL
	}
	return false
}
