package layers

import (
	"context"

	"gonum.org/v1/gonum/blas"

	"actinit/harness/dense"
	"actinit/harness/ops"
	"actinit/kernels"
)

// A net is a fully connected net without biases (see the package comment).
type net[T kernels.Float] struct {
	pieces            int // weight matrices per layer: 1, or k for maxout
	saved             ops.Saved
	param             T
	forward, backward ops.Kernel[T]

	inputs, units, depth int
	workers              int

	// weights fills w, pieces*units x fan-in without padding, with layer l's
	// weights. It may be called again for the backward pass and must give the same.
	weights func(l int, w dense.Matrix[T]) error
	space   dense.Workspace[T]
	room    int // weights that may stay in memory between the passes
}

// An observer is shown each matrix of a net once, in the order in which they
// arise: forward from layer 0, then backward from the top. It must not change
// or keep them.
type observer[T kernels.Float] interface {
	weight(l int, w dense.Matrix[T])
	preactivation(l int, z dense.Matrix[T])
	activation(l int, h dense.Matrix[T])
	gradient(l int, dh dense.Matrix[T])
	weightGradient(l int, dw dense.Matrix[T])
}

// fanIn returns the number of inputs of layer l.
func (n *net[T]) fanIn(l int) int {
	if l == 1 {
		return n.inputs
	}
	return n.units
}

// run takes the batch x (examples x inputs) up through the net and the gradient
// g by the top layer's activations (examples x units) down again. It returns
// the context's error soon after the context ends, between two layers.
func (n *net[T]) run(ctx context.Context, x, g dense.Matrix[T], see observer[T]) error {
	batch := x.Rows
	h := make([]dense.Matrix[T], n.depth+1)
	z := make([]dense.Matrix[T], n.depth+1)
	h[0] = x
	see.activation(0, x)
	for l := 1; l <= n.depth; l++ {
		w, err := n.draw(ctx, l, false)
		if err != nil {
			return err
		}
		see.weight(l, w)
		z[l] = n.space.Matrix("z", l, batch, n.pieces*n.units)
		h[l] = n.space.Matrix("h", l, batch, n.units)
		dense.Multiply(h[l-1], w, blas.Trans, z[l])
		n.activate(z[l], h[l])
		see.preactivation(l, z[l])
		see.activation(l, h[l])
	}
	for l := n.depth; l >= 1; l-- {
		w, err := n.draw(ctx, l, true)
		if err != nil {
			return err
		}
		see.gradient(l, g)
		dz := n.space.Matrix("dz", 0, batch, n.pieces*n.units)
		n.differentiate(g, z[l], h[l], dz)

		// (dz)^T h as a product of two plain matrices: transposing the small
		// factor first makes Sgemm up to twice as fast.
		dzT := n.space.Matrix("dz transposed", 0, dz.Cols, batch)
		dz.TransposeInto(dzT)
		dw := n.space.Matrix("dw", 0, dz.Cols, n.fanIn(l))
		dense.Multiply(dzT, h[l-1], blas.NoTrans, dw)
		see.weightGradient(l, dw)

		below := n.space.Matrix("dh", l&1, batch, n.fanIn(l))
		dense.Multiply(dz, w, blas.NoTrans, below)
		g = below
	}
	see.gradient(0, g)
	return ctx.Err()
}

// kept reports whether the weights of all layers stay in memory.
func (n *net[T]) kept() bool {
	return n.pieces*n.units*(n.inputs+(n.depth-1)*n.units) <= n.room
}

// draw returns layer l's weights. again says that they were drawn before, on the way up.
func (n *net[T]) draw(ctx context.Context, l int, again bool) (dense.Matrix[T], error) {
	if err := ctx.Err(); err != nil {
		return dense.Matrix[T]{}, err
	}
	index := 0
	if n.kept() {
		index = l
	}
	w := n.space.Matrix("w", index, n.pieces*n.units, n.fanIn(l))
	if again && (n.kept() || l == n.depth) { // the top layer's are the last that were drawn
		return w, nil
	}
	compact := w.Compact()
	if err := n.weights(l, compact); err != nil {
		return dense.Matrix[T]{}, err
	}
	w.Spread()
	return w, nil
}

// activate computes h = f(z) row by row.
func (n *net[T]) activate(z, h dense.Matrix[T]) {
	kernels.ParallelRange(n.workers, z.Rows, 1, func(lo, hi int) {
		in := make([][]T, 0, n.pieces)
		for i := lo; i < hi; i++ {
			n.forward(h.Row(i), n.split(in, z.Row(i)), n.param)
		}
	})
}

// differentiate computes dz = g * f'(z) row by row.
func (n *net[T]) differentiate(g, z, h, dz dense.Matrix[T]) {
	kernels.ParallelRange(n.workers, z.Rows, 1, func(lo, hi int) {
		room := make([][]T, 0, 1+n.pieces)
		for i := lo; i < hi; i++ {
			in := append(room, g.Row(i))
			if n.saved == ops.SavedOutput {
				in = append(in, h.Row(i))
			} else {
				in = n.split(in, z.Row(i))
			}
			n.backward(dz.Row(i), in, n.param)
		}
	})
}

// split appends the pieces of a row of z to in.
func (n *net[T]) split(in [][]T, row []T) [][]T {
	for p := range n.pieces {
		in = append(in, row[p*n.units:(p+1)*n.units])
	}
	return in
}
