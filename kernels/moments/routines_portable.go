//go:build !amd64 || purego

package moments

import "actinit/kernels"

// routinesOf: this build has no assembly.
func routinesOf(kernels.Variant) (routines, bool) { return routines{}, false }
