package reference

import "math"

// Errors of the squareplus's functions, see the package comment.
const (
	SquareplusULP           = 7
	SquareplusDerivativeULP = 10
)

// Squareplus returns (x + sqrt(x^2+b))/2 for b > 0 [Barron 2021]. For negative x
// that is b/4 over (|x| + sqrt(x^2+b))/2, where nothing cancels.
//
// Squareplus(-Inf) = 0, Squareplus(+Inf) = +Inf.
func Squareplus(x, b float64) float64 {
	half := math.Abs(x)/2 + math.Hypot(x, math.Sqrt(b))/2
	if x < 0 {
		return b / 4 / half
	}
	return half
}

// SquareplusDerivative returns (1 + x/sqrt(x^2+b))/2, which is
// Squareplus(x, b)/sqrt(x^2+b), for b > 0.
//
// SquareplusDerivative(0) = 1/2, SquareplusDerivative(-Inf) = 0,
// SquareplusDerivative(+Inf) = 1.
func SquareplusDerivative(x, b float64) float64 {
	if math.IsInf(x, 1) {
		return 1
	}
	return Squareplus(x, b) / math.Hypot(x, math.Sqrt(b))
}
