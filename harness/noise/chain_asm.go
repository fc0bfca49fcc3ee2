//go:build (amd64 || arm64) && !purego

package noise

const haveChain = true

// chainUnrolled is how many additions one turn of chain's loop has.
const chainUnrolled = 32

// chain does turns times chainUnrolled additions, each of the result of the one before.
//
//go:noescape
func chain(turns int)
