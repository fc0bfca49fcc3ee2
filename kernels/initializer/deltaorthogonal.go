package initializer

import (
	"fmt"

	"actinit/kernels"
)

// deltaOrthogonal fills the weight of a convolution, of shape (out, in/groups, k...) with one to three
// k, with zeros but for the centre of each filter, at (k-1)/2 rounded down: the centres are an
// [orthogonal] matrix of out rows and in/groups columns, of the same stream. A convolution with it keeps
// the norm of its input as far as that is not cut at the edges (Xiao et al. 2018).
//
// It needs fan_in <= fan_out, that is in/groups <= out.
func deltaOrthogonal[T kernels.Float](dst []T, shape []int, gain float64, seed, stream uint64, workers int) error {
	if len(shape) < 3 || len(shape) > 5 {
		return fmt.Errorf("initializer: shape %v is no convolution's with 3 to 5 dimensions: want (out, in/groups, k...)", shape)
	}
	if err := checkOrthogonal(dst, shape, gain); err != nil {
		return err
	}
	rows, columns := shape[0], shape[1]
	if columns > rows {
		return fmt.Errorf("initializer: shape %v has a larger fan_in than fan_out, whose columns cannot be orthonormal", shape)
	}
	field, centre := 1, 0
	for _, k := range shape[2:] {
		field, centre = field*k, centre*k+(k-1)/2
	}
	centres := make([]T, rows*columns)
	fillOrthogonal(centres, rows, columns, gain, seed, stream, workers)
	kernels.ParallelRange(workers, len(centres), 1+kernels.ParallelGrain/field, func(lo, hi int) {
		clear(dst[lo*field : hi*field])
		for i, w := range centres[lo:hi] {
			dst[(lo+i)*field+centre] = w
		}
	})
	return nil
}
