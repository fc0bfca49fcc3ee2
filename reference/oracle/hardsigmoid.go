package oracle

import "math/big"

// Hardsigmoid returns min(max(0, x+3), 6)/6, and whether that is exact.
func Hardsigmoid(prec uint, x float64) (y *big.Float, isExact bool) {
	switch {
	case x <= -3:
		return exact(0), true
	case x >= 3:
		return exact(1), true
	}
	return quotient(prec, sum(exact(x), exact(3)), exact(6))
}

// quotient returns a/b with a relative error of at most 2^-prec, and whether it
// is exact.
func quotient(prec uint, a, b *big.Float) (q *big.Float, isExact bool) {
	q = quo(prec+guard, a, b)
	return q, product(q, b).Cmp(a) == 0
}
