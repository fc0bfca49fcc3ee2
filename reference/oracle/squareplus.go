package oracle

import (
	"math"
	"math/big"
)

// Squareplus returns (x + sqrt(x^2+b))/2 for b > 0, and whether that is exact.
func Squareplus(prec uint, x, b float64) (y *big.Float, isExact bool) {
	root, rootExact := squareplusRoot(prec+guard, x, b)
	y, isExact = squareplus(prec+guard, x, b, root)
	return y, isExact && rootExact
}

// SquareplusGrad returns grad * (1 + x/sqrt(x^2+b))/2, which is
// grad*Squareplus(x, b)/sqrt(x^2+b), for b > 0, and whether that is exact.
func SquareplusGrad(prec uint, grad, x, b float64) (y *big.Float, isExact bool) {
	if x == 0 {
		return scale(exact(grad), -1), true
	}
	root, rootExact := squareplusRoot(prec+2*guard, x, b)
	plus, plusExact := squareplus(prec+2*guard, x, b, root)
	y, isExact = quotient(prec+guard, product(exact(grad), plus), root)
	return y, isExact && plusExact && rootExact
}

// squareplusRoot returns sqrt(x^2+b) with a relative error of at most 2^-prec, and
// whether that is exact.
func squareplusRoot(prec uint, x, b float64) (root *big.Float, isExact bool) {
	s := sum(product(exact(x), exact(x)), exact(b))
	root = new(big.Float).SetPrec(prec + guard).Sqrt(s)
	return root, product(root, root).Cmp(s) == 0
}

// squareplus returns (x+root)/2, for negative x as (b/2)/(|x|+root), and whether
// that is exact for an exact root.
func squareplus(prec uint, x, b float64, root *big.Float) (y *big.Float, isExact bool) {
	both := new(big.Float).SetPrec(4224+root.Prec()).Add(exact(math.Abs(x)), root)
	if x >= 0 {
		return scale(both, -1), true
	}
	return quotient(prec, scale(exact(b), -1), both)
}
