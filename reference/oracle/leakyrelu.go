package oracle

import "math/big"

// LeakyReLU returns x for x > 0 and slope*x otherwise, exactly. PReLU is the same.
func LeakyReLU(x, slope float64) *big.Float {
	if x > 0 {
		return exact(x)
	}
	return product(exact(slope), exact(x))
}
