package bench

import (
	"actinit/harness/ops"
	"actinit/harness/result"
	"actinit/kernels"
)

// Reference is the variant under which the straightforward implementation is
// timed: a loop over the float64 reference as the table calls it, rounded to
// float32, the call through the table included. It is the base of "speed-up over
// reference". Its time per element does not depend on the size, so that one
// size is enough.
const (
	Reference     = "reference"
	referenceSize = 4 << 10
)

func referenceKernel(op, direction string) result.Kernel {
	return result.Kernel{Op: op, Direction: direction, Type: result.Float32, Variant: Reference, ISA: kernels.Portable}
}

// referenceForward is the reference of a row as a kernel.
func referenceForward(row ops.Row) kernels.ForwardFunc[float32] {
	in := make([]float64, 1)
	return func(dst, src []float32, param float32) {
		for i, x := range src {
			in[0] = float64(x)
			y, _ := row.Forward.Value(in, float64(param), 0)
			dst[i] = float32(y)
		}
	}
}

func referenceBackward(row ops.Row) kernels.BackwardFunc[float32] {
	in := make([]float64, 2)
	return func(dst, grad, saved []float32, param float32) {
		for i, g := range grad {
			in[0], in[1] = float64(g), float64(saved[i])
			y, _ := row.Backward.Value(in, float64(param), 0)
			dst[i] = float32(y)
		}
	}
}
