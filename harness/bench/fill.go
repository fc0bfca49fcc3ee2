package bench

import (
	"actinit/harness/ops"
	"actinit/harness/result"
	"actinit/kernels"
)

// fills lists the kernels that write numbers without reading any: those of the
// table, and the constant as their floor.
func fills() []subject {
	all := []subject{
		fill("constant", kernels.Scalar, func(dst []float32, _, _, _ uint64) { kernels.Constant(dst, 1) }),
		fill("constant", kernels.Scalar, func(dst []float64, _, _, _ uint64) { kernels.Constant(dst, 1) }),
	}
	for _, f := range ops.Fills() {
		all = append(append(all, ofFill(f.Name, f.Kernel32)...), ofFill(f.Name, f.Kernel64)...)
	}
	return all
}

// ofFill lists the variants of a fill.
func ofFill[T kernels.Float](op string, kernel func(v kernels.Variant) ops.FillKernel[T]) (all []subject) {
	for _, v := range ops.Selected() {
		if f := kernel(v); f != nil {
			all = append(all, fill(op, v, f))
		}
	}
	return all
}

func fill[T kernels.Float](op string, v kernels.Variant, f ops.FillKernel[T]) subject {
	const seed, stream = 1, 2
	return subject{
		kernel:    named[T](op, result.Fill, v),
		footprint: footprint{out: 1},
		bind: func(o *operands, n, workers int) (func(), loop) {
			dst := of[T](o).out[:n]
			if workers == 1 {
				return nil, func(iterations int) {
					for range iterations {
						f(dst, seed, stream, 0)
					}
				}
			}
			return nil, sliceLoop(dst, workers, func(lo, hi int) { f(dst[lo:hi], seed, stream, uint64(lo)) })
		},
	}
}
