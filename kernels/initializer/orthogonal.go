package initializer

import (
	"fmt"
	"math"

	"actinit/kernels"
	"actinit/kernels/internal/matrix"
)

// orthogonal fills a weight with gain times a random matrix W of orthonormal columns, or rows if
// there are more columns than rows (Saxe, McClelland and Ganguli 2014). A weight of more than two
// dimensions is flattened to shape[0] rows.
//
//	Q*R = G, W = gain * Q * sign(diag(R))    rows >= columns
//	Q*R = G', W = gain * sign(diag(R)) * Q'  rows < columns
//
// G is of the weight's shape and its elements are those of [kernels.Normal] with mean 0 and
// std 1, in the weight's type, of the stream (seed, stream) from 0 on, row by row. sign(0) is +1: with 0, as in
// PyTorch, Keras and JAX, a column would vanish. The signs make W Haar-distributed: uniform among all
// such matrices (Mezzadri 2007).
//
// The factorisation is in float64 for both types, so that a float32 W differs from the exact one of its
// G by little more than its own rounding, unless G is nearly singular. The bits depend on neither workers
// nor the instruction set.
func orthogonal[T kernels.Float](dst []T, shape []int, gain float64, seed, stream uint64, workers int) error {
	if err := checkOrthogonal(dst, shape, gain); err != nil {
		return err
	}
	rows := shape[0]
	fillOrthogonal(dst, rows, len(dst)/rows, gain, seed, stream, workers)
	return nil
}

// checkOrthogonal returns an error for a shape or gain that orthogonal cannot fill dst with.
func checkOrthogonal[T kernels.Float](dst []T, shape []int, gain float64) error {
	n, err := elements(shape)
	switch {
	case err != nil:
		return err
	case len(shape) < 2:
		return fmt.Errorf("initializer: shape %v has no rows and columns that could be orthogonal: want (out, in) or (out, in/groups, k...)", shape)
	case n == 0:
		return fmt.Errorf("initializer: shape %v has no elements, and no orthogonal rows or columns", shape)
	case n != len(dst):
		return fmt.Errorf("initializer: shape %v has %d elements, but dst has %d", shape, n, len(dst))
	case !(gain >= 0) || math.IsInf(gain, 0):
		return fmt.Errorf("initializer: orthogonal: the gain is %v, want a finite number >= 0", gain)
	case math.IsInf(float64(T(gain)), 0):
		return fmt.Errorf("initializer: orthogonal: the gain %v is beyond %T", gain, dst[0])
	}
	return nil
}

// fillOrthogonal is orthogonal without the checks.
func fillOrthogonal[T kernels.Float](dst []T, rows, columns int, gain float64, seed, stream uint64, workers int) {
	kernels.ParallelRange(workers, len(dst), 0, func(lo, hi int) {
		kernels.Normal(dst[lo:hi], seed, stream, uint64(lo), 0, 1)
	})
	q := matrix.New(max(rows, columns), min(rows, columns))
	eachPiece(dst, rows, q, workers, func(piece []T, strip []float64, step int) {
		for i, z := range piece {
			strip[i*step] = float64(z)
		}
	})
	q.Orthonormalize(workers)
	eachPiece(dst, rows, q, workers, func(piece []T, strip []float64, step int) {
		for i := range piece {
			piece[i] = T(gain * strip[i*step])
		}
	})
}

// eachPiece calls do for the pieces of a weight's rows whose elements are strip[0], strip[step],
// strip[2*step] and so on of q: the weight, or its transpose if that has fewer columns.
func eachPiece[T kernels.Float](weight []T, rows int, q *matrix.Matrix, workers int, do func(piece []T, strip []float64, step int)) {
	const width = matrix.StripWidth
	columns := len(weight) / rows
	// No two workers write to one strip of a transpose.
	grain := (kernels.ParallelGrain/columns + width) / width * width
	kernels.ParallelRange(workers, rows, grain, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			row := weight[i*columns:][:columns]
			if rows < columns {
				do(row, q.Strip(i / width)[i%width:], width)
				continue
			}
			for s := range q.Strips() {
				piece := row[s*width : min((s+1)*width, columns)]
				do(piece, q.Strip(s)[i*width:], 1)
			}
		}
	})
}
