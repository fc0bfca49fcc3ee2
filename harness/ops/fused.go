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
	output := func(in []float64, piece int) (*Function, []float64) {
		if piece == 0 {
			return &forward, in
		}
		return &backward, []float64{1, in[0]}
	}
	f := forward
	f.Formula, f.Outputs = forward.Formula+"; its derivative", 2
	f.Value = func(in []float64, param float64, piece int) (y, bound float64) {
		of, in := output(in, piece)
		return of.Value(in, param, 0)
	}
	f.Oracle = func(prec uint, in []float64, param float64, piece int) (*big.Float, bool) {
		of, in := output(in, piece)
		return of.Oracle(prec, in, param, 0)
	}
	if forward.Pair == nil || backward.Pair == nil {
		f.Pair = nil
		return f
	}
	f.Pair = func(in []float64, param float64, piece int) doubledouble.Value {
		of, in := output(in, piece)
		return of.Pair(in, param, 0)
	}
	return f
}
