package oracle

import "math/big"

// SparseSigmoid returns min(max(0, x+1), 2)/2, exactly.
func SparseSigmoid(x float64) *big.Float {
	switch {
	case x <= -1:
		return exact(0)
	case x >= 1:
		return exact(1)
	}
	return scale(sum(exact(x), exact(1)), -1)
}
