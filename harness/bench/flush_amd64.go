//go:build !purego

package bench

const canFlush = true

// flush evicts lines of 64 bytes, of which the first holds the byte, from all caches, and waits until they are.
// There must be at least one.
//
//go:noescape
func flush(first *byte, lines int)
