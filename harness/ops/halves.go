package ops

import "actinit/kernels"

// halves returns the kernels over H that package kernels makes of the operation
// registered under name.
func halves[H kernels.Half](name string) func(direction string, v kernels.Variant) Kernel[float32] {
	for _, op := range kernels.Operations() {
		if op.Name == name {
			return func(direction string, v kernels.Variant) Kernel[float32] { return halfKernel[H](op, direction, v) }
		}
	}
	return nil
}

func halfKernel[H kernels.Half](op *kernels.Operation, direction string, v kernels.Variant) Kernel[float32] {
	switch direction {
	case Forward:
		if f := kernels.HalfForward[H](op, v); f != nil {
			return func(out []float32, in [][]float32, param float32) {
				halves := narrowed[H](in)
				f(halves[0], halves[0], param)
				kernels.Widen(out, halves[0])
			}
		}
	case Backward:
		if f := kernels.HalfBackward[H](op, v); f != nil {
			return func(out []float32, in [][]float32, param float32) {
				halves := narrowed[H](in)
				f(halves[0], halves[0], halves[1], param)
				kernels.Widen(out, halves[0])
			}
		}
	}
	return nil
}

func narrowed[H kernels.Half](in [][]float32) [][]H {
	all := make([][]H, len(in))
	for k := range in {
		all[k] = make([]H, len(in[k]))
		kernels.Narrow(all[k], in[k])
	}
	return all
}
