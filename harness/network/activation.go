package network

import (
	"fmt"

	"actinit/harness/dense"
	"actinit/harness/ops"
	"actinit/kernels"
)

// An activation is a row of the table with its fastest kernels.
type activation[T kernels.Float] struct {
	row              *ops.Row
	pieces           int
	value, derivated ops.Kernel[T]
}

func newActivation[T kernels.Float](row *ops.Row) (activation[T], error) {
	a := activation[T]{row, max(1, row.Pieces), ops.Fastest[T](row, ops.Forward), ops.Fastest[T](row, ops.Backward)}
	if a.value == nil || a.derivated == nil {
		return a, fmt.Errorf("%s has no %T kernel in both directions", row.Name, *new(T))
	}
	return a, nil
}

// forward computes h = f(z) row by row.
func (a *activation[T]) forward(workers int, h, z dense.Matrix[T], param T) {
	kernels.ParallelRange(workers, z.Rows, rowGrain(z.Cols), func(lo, hi int) {
		in := make([][]T, 0, a.pieces)
		for i := lo; i < hi; i++ {
			a.value(h.Row(i), a.split(in, z.Row(i), h.Cols), param)
		}
	})
}

// backward computes dz = g * f'(z) row by row.
func (a *activation[T]) backward(workers int, dz, g, z, h dense.Matrix[T], param T) {
	kernels.ParallelRange(workers, z.Rows, rowGrain(z.Cols), func(lo, hi int) {
		room := make([][]T, 0, 1+a.pieces)
		for i := lo; i < hi; i++ {
			in := append(room, g.Row(i))
			out := dz.Row(i)
			switch a.row.Saved {
			case ops.SavedOutput:
				in = append(in, h.Row(i))
			case ops.SavedBoth:
				// Of a * f(b): the gradient by a is the forward function of grad and b.
				in = a.split(in, z.Row(i), h.Cols)
				a.value(out[:h.Cols], [][]T{g.Row(i), in[2]}, param)
				out = out[h.Cols:]
			default:
				in = a.split(in, z.Row(i), h.Cols)
			}
			a.derivated(out, in, param)
		}
	})
}

// split appends the pieces of a row of z to in.
func (a *activation[T]) split(in [][]T, row []T, units int) [][]T {
	for p := range a.pieces {
		in = append(in, row[p*units:(p+1)*units])
	}
	return in
}

// rowGrain is how many rows of a length a goroutine takes at least: what is less than
// some thousand elements is not worth starting one for.
func rowGrain(cols int) int { return max(1, 4096/max(1, cols)) }
