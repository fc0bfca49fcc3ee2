package reference

// ExpULP is the error of the exponential, see the package comment.
const ExpULP = 2

// Exp returns e^x, which is its own derivative.
//
// Exp(±0) = 1, Exp(-Inf) = 0, Exp(+Inf) = +Inf.
func Exp(x float64) float64 { return exp(x) }
