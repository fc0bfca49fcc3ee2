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
		all = append(all, rowFunction(f.Name, f.Forward32, f.Backward32)...)
		all = append(all, rowFunction(f.Name, f.Forward64, f.Backward64)...)
	}
	return all
}

func rowFunction[T kernels.Float](op string, forward func(dst, src []T, cols int), backward func(dst, grad, y []T, cols int)) []subject {
	return []subject{
		{
			kernel:    named[T](op, ops.Forward, kernels.Scalar),
			extended:  true,
			footprint: footprint{x: 1, out: 1},
			bind: func(o *operands, n, workers int) (func(), loop) {
				t := of[T](o)
				dst, src, cols := t.out[:n], t.x[:n], columnsOf(n)
				return nil, rowLoop(workers, n, cols, func(lo, hi int) { forward(dst[lo:hi], src[lo:hi], cols) })
			},
		},
		{
			kernel:    named[T](op, ops.Backward, kernels.Scalar),
			extended:  true,
			footprint: footprint{grad: 1, saved: 1, out: 1},
			setup:     footprint{x: 1},
			bind: func(o *operands, n, workers int) (func(), loop) {
				t := of[T](o)
				dst, grad, y, cols := t.out[:n], t.grad[:n], t.saved[:n], columnsOf(n)
				prepare := func() { forward(y, t.x[:n], cols) }
				return prepare, rowLoop(workers, n, cols, func(lo, hi int) { backward(dst[lo:hi], grad[lo:hi], y[lo:hi], cols) })
			},
		},
	}
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
