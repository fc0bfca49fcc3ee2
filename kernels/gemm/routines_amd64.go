//go:build amd64 && !purego

package gemm

import "actinit/kernels"

// routinesOf returns variant v's, or nil if it has none or the CPU does not run them.
func routinesOf(v kernels.Variant) *routines {
	switch {
	case !v.Supported():
	case v == kernels.AVX2:
		return &routines{
			variant: v,
			rows:    6, columns: 16, panel: 8,
			depth: 384, height: 480, breadth: 4096,
			fewest: 1 << 23,
			tile:   tileAVX2, copyRows: copyRowsAVX2, transpose: transposeAVX2,
		}
	case v == kernels.AVX512:
		return &routines{
			variant: v,
			rows:    14, columns: 32, panel: 16,
			depth: 384, height: 504, breadth: 4096,
			fewest: 1 << 23,
			tile:   tileAVX512, copyRows: copyRowsAVX512, transpose: transposeAVX2,
		}
	}
	return nil
}
