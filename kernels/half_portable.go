//go:build !amd64 || purego

package kernels

// This build has no assembly.
var vectorFloat16, vectorBFloat16 = portableFloat16, portableBFloat16
