package oracle

import "math/big"

// SparsePlus returns 0 for x <= -1, x for x >= 1 and (x+1)^2/4 between, exactly.
func SparsePlus(x float64) *big.Float {
	switch {
	case x <= -1:
		return exact(0)
	case x >= 1:
		return exact(x)
	}
	s := sum(exact(x), exact(1))
	return scale(product(s, s), -2)
}

// SparsePlusGrad returns grad * SparseSigmoid(x), exactly.
func SparsePlusGrad(grad, x float64) *big.Float { return product(exact(grad), SparseSigmoid(x)) }
