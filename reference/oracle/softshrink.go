package oracle

import (
	"math"
	"math/big"
)

// Softshrink returns x-lambda for x > lambda, x+lambda for x < -lambda and 0 with
// x's sign between, exactly.
func Softshrink(x, lambda float64) *big.Float {
	switch {
	case x > lambda:
		return sum(exact(x), exact(-lambda))
	case x < -lambda:
		return sum(exact(x), exact(lambda))
	}
	return exact(math.Copysign(0, x))
}
