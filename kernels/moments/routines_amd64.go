//go:build amd64 && !purego

package moments

import (
	"golang.org/x/sys/cpu"

	"actinit/kernels"
)

// routinesOf returns variant v's, and whether it has any that the CPU runs.
func routinesOf(v kernels.Variant) (routines, bool) {
	switch {
	case !v.Supported():
	case v == kernels.AVX2:
		return routines{variant: v, powers: powersAVX2, extent: extentAVX2, inside: insideAVX2, bins: binsAVX2}, true
	case v == kernels.AVX512:
		r := routines{variant: v, powers: powersAVX512, extent: extentAVX512, inside: insideAVX512, bins: binsAVX512}
		if cpu.X86.HasAVX512VPOPCNTDQ {
			r.count = countAVX512
		}
		return r, true
	}
	return routines{}, false
}
