package bench

import (
	"actinit/harness/ops"
	"actinit/harness/result"
	"actinit/kernels"
)

// maxout lists the kernels of maxout with k pieces, which lie one after the
// other. Its forward pass keeps the winners' numbers for the backward pass, as
// training needs it.
func maxout[T kernels.Float](op string, k int) []subject {
	forward := subject{
		kernel:    named[T](op, ops.Forward, kernels.Scalar),
		footprint: footprint{x: k, out: 1, argmax: 1},
		bind: func(o *operands, n, workers int) (func(), loop) {
			t := of[T](o)
			dst, argmax, src := t.out[:n], o.argmax[:n], t.x[:k*n]
			if workers == 1 {
				return nil, func(iterations int) {
					for range iterations {
						kernels.Maxout(dst, argmax, src, k, n)
					}
				}
			}
			return nil, sliceLoop(dst, workers, func(lo, hi int) {
				kernels.Maxout(dst[lo:hi], argmax[lo:hi], src[lo:], k, n)
			})
		},
	}
	backward := subject{
		kernel:    named[T](op, ops.Backward, kernels.Scalar),
		footprint: footprint{grad: 1, out: k, argmax: 1},
		setup:     footprint{x: k},
		bind: func(o *operands, n, workers int) (func(), loop) {
			t := of[T](o)
			dst, grad, argmax := t.out[:k*n], t.grad[:n], o.argmax[:n]
			prepare := func() { kernels.Maxout(dst[:n], argmax, t.x[:k*n], k, n) }
			if workers == 1 {
				return prepare, func(iterations int) {
					for range iterations {
						kernels.MaxoutGrad(dst, grad, argmax, k, n)
					}
				}
			}
			return prepare, sliceLoop(dst[:n], workers, func(lo, hi int) {
				kernels.MaxoutGrad(dst[lo:], grad[lo:hi], argmax[lo:hi], k, n)
			})
		},
	}
	return []subject{forward, backward}
}

// slopeGrad is the gradient of the parameter of op, which is a sum over all elements.
func slopeGrad[T kernels.Float](op string) subject {
	return subject{
		kernel:    named[T](op, result.SlopeGrad, kernels.Scalar),
		footprint: footprint{x: 1, grad: 1},
		bind: func(o *operands, n, workers int) (func(), loop) {
			t := of[T](o)
			grad, x := t.grad[:n], t.x[:n]
			if workers == 1 {
				return nil, func(iterations int) {
					for range iterations {
						t.sum = kernels.PReLUSlopeGrad(grad, x)
					}
				}
			}
			return nil, func(iterations int) {
				for range iterations {
					t.sum = kernels.PReLUSlopeGradParallel(workers, grad, x)
				}
			}
		},
	}
}
