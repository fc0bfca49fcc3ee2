//go:build !(amd64 || arm64) || purego

package noise

const (
	haveChain     = false
	chainUnrolled = 1
)

func chain(int) {}
