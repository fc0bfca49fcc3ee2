package ops

import (
	"math/big"

	"actinit/reference/doubledouble"
)

// fusedFunction is a row's forward function and its backward function of the input at a
// gradient of 1. Derivatives are then those that kernels multiply by gradients, as rounded
// as the forward function.
func fusedFunction(row *Row) Function {
	forward, backward := row.Forward, row.Backward
	f := forward
	f.Formula, f.Outputs = forward.Formula+"; its derivative", 2
	f.Value = func(in []float64, param float64, piece int) (y, bound float64) {
		if piece == 0 {
			return forward.Value(in, param, 0)
		}
		return backward.Value([]float64{1, in[0]}, param, 0)
	}
	f.Slope = func(prec uint, in []float64, param float64) (*big.Float, bool) {
		return backward.Oracle(prec, []float64{1, in[0]}, param)
	}
	if forward.Pair == nil || backward.Pair == nil {
		f.Pair = nil
		return f
	}
	f.Pair = func(in []float64, param float64, piece int) doubledouble.Value {
		if piece == 0 {
			return forward.Pair(in, param, 0)
		}
		return backward.Pair([]float64{1, in[0]}, param, 0)
	}
	return f
}
