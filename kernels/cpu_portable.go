//go:build !amd64 || purego

package kernels

// cpuRuns reports that no variant above portable Go exists in this build.
func cpuRuns(Variant) bool { return false }
