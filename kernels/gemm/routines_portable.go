//go:build !amd64 || purego

package gemm

import "actinit/kernels"

// routinesOf: this build has no assembly.
func routinesOf(kernels.Variant) *routines { return nil }
