//go:build !amd64 || purego

package matrix

import "actinit/kernels"

// routinesIn: this build has no assembly.
func routinesIn(kernels.Variant) (r routines, has bool) { return routines{}, false }
