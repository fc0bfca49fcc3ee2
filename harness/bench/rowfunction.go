package bench

import (
	"actinit/harness/ops"
	"actinit/kernels"
)

// rowColumns is the number of columns of the matrices that functions of rows are timed on:
// that of an attention head's scores, or of a classifier of that many classes. A size that
// it does not divide is one row.
const rowColumns = 64

// rowFunctions lists the functions of rows.
func rowFunctions() []subject {
	var all []subject
	for _, f := range ops.RowFunctions() {
		all = append(all, rowFunction(f.Name, f.Kernels.Forward32, f.Kernels.Backward32)...)
		all = append(all, rowFunction(f.Name, f.Kernels.Forward64, f.Kernels.Backward64)...)
	}
	return all
}

// rowFunction lists the variants of a function of rows, both directions.
func rowFunction[T kernels.Float](op string, forward func(kernels.Variant) kernels.RowForwardFunc[T], backward func(kernels.Variant) kernels.RowBackwardFunc[T]) (all []subject) {
	for _, v := range ops.Selected() {
		if kernel := forward(v); kernel != nil {
			all = append(all, subject{
				kernel:    named[T](op, ops.Forward, v),
				extended:  true,
				footprint: footprint{x: 1, out: 1},
				bind: func(o *operands, n, workers int) (func(), loop) {
					t := of[T](o)
					dst, src, cols := t.out[:n], t.x[:n], columnsOf(n)
					return nil, rowLoop(workers, n, cols, func(lo, hi int) { kernel(dst[lo:hi], src[lo:hi], cols) })
				},
			})
		}
	}
	for _, v := range ops.Selected() {
		if kernel := backward(v); kernel != nil {
			all = append(all, subject{
				kernel:    named[T](op, ops.Backward, v),
				extended:  true,
				footprint: footprint{grad: 1, saved: 1, out: 1},
				setup:     footprint{x: 1},
				bind: func(o *operands, n, workers int) (func(), loop) {
					t := of[T](o)
					dst, grad, y, cols := t.out[:n], t.grad[:n], t.saved[:n], columnsOf(n)
					prepare := func() { forward(kernels.Scalar)(y, t.x[:n], cols) }
					return prepare, rowLoop(workers, n, cols, func(lo, hi int) { kernel(dst[lo:hi], grad[lo:hi], y[lo:hi], cols) })
				},
			})
		}
	}
	return all
}

func columnsOf(n int) int {
	if n%rowColumns == 0 {
		return rowColumns
	}
	return n
}

// rowLoop calls piece on all elements, whole rows of them split over the workers.
func rowLoop(workers, n, cols int, piece func(lo, hi int)) loop {
	if workers == 1 {
		return func(iterations int) {
			for range iterations {
				piece(0, n)
			}
		}
	}
	return func(iterations int) {
		for range iterations {
			kernels.ParallelRows(workers, n/cols, cols, func(lo, hi int) { piece(lo*cols, hi*cols) })
		}
	}
}
