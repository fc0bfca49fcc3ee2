//go:build !linux

package unfold

// memory returns the memory that this process may have, which only Linux is asked for.
func memory() int64 { return unlimited }
