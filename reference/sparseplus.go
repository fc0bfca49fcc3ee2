package reference

// Errors of the sparse plus's functions, see the package comment.
const (
	SparsePlusULP           = 4
	SparsePlusDerivativeULP = 0.5
)

// SparsePlus returns 0 for x <= -1, x for x >= 1 and (x+1)^2/4 between, as JAX's
// sparse_plus.
//
// SparsePlus(-Inf) = 0, SparsePlus(NaN) = NaN.
func SparsePlus(x float64) float64 {
	switch {
	case x <= -1:
		return 0
	case x >= 1:
		return x
	}
	return (x + 1) * (x + 1) / 4
}

// SparsePlusDerivative returns SparseSigmoid(x).
func SparsePlusDerivative(x float64) float64 { return SparseSigmoid(x) }
