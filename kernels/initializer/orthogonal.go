package initializer

import (
	"fmt"
	"math"

	"actinit/kernels"
	"actinit/kernels/internal/matrix"
)

// Orthogonal is gain times a random matrix W of orthonormal columns, or rows if there are more
// columns than rows (Saxe, McClelland and Ganguli 2014). A weight of more than two dimensions is
// flattened to shape[0] rows.
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
// G by little more than its own rounding, unless G is nearly singular: it takes the memory of a float64 copy
// whose columns are rounded up to 24. The bits depend on neither workers nor the instruction set.
func Orthogonal(gain float64) Initializer {
	return Initializer{"orthogonal", scaledBy(gain, "Q*sign(diag R), QR = N(0, 1)"), func(shape []int) (filling, error) {
		n, _ := elements(shape)
		switch {
		case len(shape) < 2:
			return nil, fmt.Errorf("shape %v has no rows and columns that could be orthogonal: want (out, in) or (out, in/groups, k...)", shape)
		case n == 0:
			return nil, fmt.Errorf("shape %v has no elements, and no orthogonal rows or columns", shape)
		}
		return orthogonal{shape[0], n / shape[0], gain}, notNegative("gain", gain)
	}}
}

// scaledBy puts a gain before a formula.
func scaledBy(gain float64, formula string) string {
	if gain == 1 {
		return formula
	}
	return number(gain) + "*(" + formula + ")"
}

type orthogonal struct {
	rows, columns int
	gain          float64
}

func (o orthogonal) promise() Promise {
	// The squares of the smaller side's vectors, each of length gain, in all elements.
	return Promise{Std: o.gain / math.Sqrt(float64(max(o.rows, o.columns))), Low: -o.gain, High: o.gain}
}

func (o orthogonal) fill32(w weights[float32]) { fillOrthogonal(o, w) }
func (o orthogonal) fill64(w weights[float64]) { fillOrthogonal(o, w) }

func fillOrthogonal[T kernels.Float](o orthogonal, w weights[T]) {
	fillNormal(w, 0, 1)
	q := matrix.New(max(o.rows, o.columns), min(o.rows, o.columns))
	eachPiece(w.dst, o.rows, q, w.workers, func(piece []T, strip []float64, step int) {
		for i, z := range piece {
			strip[i*step] = float64(z)
		}
	})
	q.Orthonormalize(w.workers)
	eachPiece(w.dst, o.rows, q, w.workers, func(piece []T, strip []float64, step int) {
		for i := range piece {
			piece[i] = T(o.gain * strip[i*step])
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

var orthogonalKind = Kind{
	Name: "orthogonal", Formula: "gain * Q*sign(diag R), QR = N(0, 1)", Source: "torch, JAX, Keras; Saxe et al. 2014",
	Parameters: gainParameters("linear"),
	make:       func(s values) (Initializer, error) { return withGain(s, Orthogonal) },
}
