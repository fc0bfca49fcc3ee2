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
		return routines{variant: v, lanes: 8, powers: powersAVX2, extent: extentAVX2, inside: insideAVX2, bins: binsAVX2, tally: tallyAVX2}, true
	case v == kernels.AVX512:
		r := routines{variant: v, lanes: 16, powers: powersAVX512, extent: extentAVX512, inside: insideAVX512, bins: binsAVX512, tally: tallyAVX512}
		if cpu.X86.HasAVX512VPOPCNTDQ {
			r.count = countAVX512
		}
		return r, true
	}
	return routines{}, false
}
