package reference

// Errors of the sparse sigmoid's functions, see the package comment.
const (
	SparseSigmoidULP           = 0.5
	SparseSigmoidDerivativeULP = 0
)

// SparseSigmoid returns min(max(0, x+1), 2)/2 [Martins and Astudillo 2016,
// the first element of sparsemax(x, 0)].
//
// SparseSigmoid(-Inf) = 0, SparseSigmoid(+Inf) = 1, SparseSigmoid(NaN) = NaN.
func SparseSigmoid(x float64) float64 {
	switch {
	case x <= -1:
		return 0
	case x >= 1:
		return 1
	}
	return (x + 1) / 2
}

// SparseSigmoidDerivative returns 1/2 for -1 < x < 1 and 0 outside.
//
// SparseSigmoidDerivative(±1) = 0, SparseSigmoidDerivative(NaN) = NaN.
func SparseSigmoidDerivative(x float64) float64 { return HardtanhDerivative(x, -1, 1) / 2 }
