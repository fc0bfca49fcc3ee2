package initializer

import (
	"fmt"
	"math"

	"actinit/kernels"
)

// DeltaOrthogonal is the weight of a convolution, of shape (out, in/groups, k...) with one to three
// k, of zeros but for the centre of each filter, at (k-1)/2 rounded down: the centres are an
// [Orthogonal] matrix of out rows and in/groups columns, of the same stream. A convolution with it keeps
// the norm of its input as far as that is not cut at the edges (Xiao et al. 2018).
//
// It needs fan_in <= fan_out, that is in/groups <= out.
func DeltaOrthogonal(gain float64) Initializer {
	return Initializer{"delta_orthogonal", scaledBy(gain, "orthogonal in the centre of the filters, else 0"), func(shape []int) (filling, error) {
		if len(shape) < 3 || len(shape) > 5 {
			return nil, fmt.Errorf("shape %v is no convolution's with 3 to 5 dimensions: want (out, in/groups, k...)", shape)
		}
		field, centre := receptiveField(shape, func(k int) int { return (k - 1) / 2 })
		switch n, _ := elements(shape); {
		case n == 0:
			return nil, fmt.Errorf("shape %v has no elements, and no orthogonal rows or columns", shape)
		case shape[1] > shape[0]:
			return nil, fmt.Errorf("shape %v has a larger fan_in than fan_out, whose columns cannot be orthonormal", shape)
		}
		return deltaOrthogonal{orthogonal{shape[0], shape[1], gain}, field, centre}, notNegative("gain", gain)
	}}
}

type deltaOrthogonal struct {
	centres       orthogonal
	field, centre int // size of a filter, and index of its centre
}

func (d deltaOrthogonal) promise() Promise {
	p := d.centres.promise()
	p.Std /= math.Sqrt(float64(d.field))
	return p
}

func (d deltaOrthogonal) fill32(w weights[float32]) { fillDeltaOrthogonal(d, w) }
func (d deltaOrthogonal) fill64(w weights[float64]) { fillDeltaOrthogonal(d, w) }

func fillDeltaOrthogonal[T kernels.Float](d deltaOrthogonal, w weights[T]) {
	centres := w
	centres.dst = make([]T, d.centres.rows*d.centres.columns)
	fillOrthogonal(d.centres, centres)
	kernels.ParallelRange(w.workers, len(centres.dst), 1+kernels.ParallelGrain/d.field, func(lo, hi int) {
		clear(w.dst[lo*d.field : hi*d.field])
		for i, x := range centres.dst[lo:hi] {
			w.dst[(lo+i)*d.field+d.centre] = x
		}
	})
}

var deltaOrthogonalKind = Kind{
	Name: "delta_orthogonal", Formula: "gain * orthogonal in the centre of the filters, else 0", Source: "JAX; Xiao et al. 2018",
	Parameters: gainParameters("linear"),
	make:       func(s values) (Initializer, error) { return withGain(s, DeltaOrthogonal) },
}
