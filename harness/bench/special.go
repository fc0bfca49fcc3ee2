package bench

import (
	"actinit/harness/ops"
	"actinit/harness/result"
	"actinit/kernels"
)

// maxout lists the variants of maxout with k pieces, which lie one after the
// other. Its forward pass keeps the winners' numbers for the backward pass, as
// training needs it.
func maxout[T kernels.Float](op string, k int) []subject {
	var all []subject
	for _, v := range ops.Selected() {
		forward, _ := kernels.MaxoutIn[T](v)
		if forward == nil {
			continue
		}
		all = append(all, subject{
			kernel:    named[T](op, ops.Forward, v),
			footprint: footprint{x: k, out: 1, argmax: 1},
			bind: func(o *operands, n, workers int) (func(), loop) {
				t := of[T](o)
				dst, argmax, src := t.out[:n], o.argmax[:n], t.x[:k*n]
				return nil, whole(dst, workers, func(lo, hi int) {
					forward(dst[lo:hi], argmax[lo:hi], src[lo:], k, n)
				})
			},
		})
	}
	for _, v := range ops.Selected() {
		_, backward := kernels.MaxoutIn[T](v)
		if backward == nil {
			continue
		}
		all = append(all, subject{
			kernel:    named[T](op, ops.Backward, v),
			footprint: footprint{grad: 1, out: k, argmax: 1},
			setup:     footprint{x: k},
			bind: func(o *operands, n, workers int) (func(), loop) {
				t := of[T](o)
				dst, grad, argmax := t.out[:k*n], t.grad[:n], o.argmax[:n]
				prepare := func() { kernels.Maxout(dst[:n], argmax, t.x[:k*n], k, n) }
				return prepare, whole(dst[:n], workers, func(lo, hi int) {
					backward(dst[lo:], grad[lo:hi], argmax[lo:hi], k, n)
				})
			},
		})
	}
	return all
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

// gated lists the variants of a gated unit. a and b are the first and second n
// elements of x.
func gated[T kernels.Float](name string) []subject {
	var all []subject
	for _, unit := range kernels.GatedUnits() {
		if unit.Name != name {
			continue
		}
		for _, v := range ops.Selected() {
			if forward, _ := gatedKernels[T](unit, v); forward != nil {
				all = append(all, subject{
					kernel:    named[T](name, ops.Forward, v),
					footprint: footprint{x: 2, out: 1},
					bind: func(o *operands, n, workers int) (func(), loop) {
						t := of[T](o)
						dst, a, b := t.out[:n], t.x[:n], t.x[n:2*n]
						return nil, whole(dst, workers, func(lo, hi int) { forward(dst[lo:hi], a[lo:hi], b[lo:hi]) })
					},
				})
			}
		}
		for _, v := range ops.Selected() {
			if _, backward := gatedKernels[T](unit, v); backward != nil {
				all = append(all, subject{
					kernel:    named[T](name, ops.Backward, v),
					footprint: footprint{x: 2, grad: 1, out: 2},
					bind: func(o *operands, n, workers int) (func(), loop) {
						t := of[T](o)
						da, db, grad, a, b := t.out[:n], t.out[n:2*n], t.grad[:n], t.x[:n], t.x[n:2*n]
						return nil, whole(da, workers, func(lo, hi int) {
							backward(da[lo:hi], db[lo:hi], grad[lo:hi], a[lo:hi], b[lo:hi])
						})
					},
				})
			}
		}
	}
	return all
}

// gatedKernels returns the unit's kernels for T in a variant, or nil.
func gatedKernels[T kernels.Float](unit *kernels.GatedUnit, v kernels.Variant) (forward kernels.GatedFunc[T], backward kernels.GatedGradFunc[T]) {
	switch f := any(&forward).(type) {
	case *kernels.GatedFunc[float32]:
		*f = unit.Forward32(v)
	case *kernels.GatedFunc[float64]:
		*f = unit.Forward64(v)
	}
	switch f := any(&backward).(type) {
	case *kernels.GatedGradFunc[float32]:
		*f = unit.Backward32(v)
	case *kernels.GatedGradFunc[float64]:
		*f = unit.Backward64(v)
	}
	return forward, backward
}

// whole calls piece on all of dst, split over the workers.
func whole[T kernels.Float](dst []T, workers int, piece func(lo, hi int)) loop {
	if workers > 1 {
		return sliceLoop(dst, workers, piece)
	}
	return func(iterations int) {
		for range iterations {
			piece(0, len(dst))
		}
	}
}
