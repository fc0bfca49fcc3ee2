package network

import (
	"actinit/harness/dense"
	"actinit/kernels"
)

// patches is the geometry of a convolution.
type patches struct {
	in, out                 Shape
	kernel, stride, padding int
	covered                 [][]int // see sources
}

// gatherPatches writes the patch of each output position to a row of u, in the order
// (channel, kernel row, kernel column) of the weights; zeros beyond the image.
func gatherPatches[T kernels.Float](c *patches, p *pass[T], u, x dense.Matrix[T]) {
	c.each(p.batch, p.workers, func(row int, source []int) {
		patch := u.Row(row)
		k := len(source)
		for j, s := range source {
			if s < 0 {
				for ch := range c.in.Channels {
					patch[ch*k+j] = 0
				}
				continue
			}
			for ch, v := range x.Row(s) {
				patch[ch*k+j] = v
			}
		}
	})
}

// scatterPatches adds each row of du to the places its patch was taken from.
func scatterPatches[T kernels.Float](c *patches, p *pass[T], dx, du dense.Matrix[T]) {
	for i := range dx.Rows {
		clear(dx.Row(i))
	}
	c.each(p.batch, p.workers, func(row int, source []int) {
		patch := du.Row(row)
		k := len(source)
		for j, s := range source {
			if s < 0 {
				continue
			}
			to := dx.Row(s)
			for ch := range to {
				to[ch] += patch[ch*k+j]
			}
		}
	})
}

// each calls do for every output position of every example, with the rows of the input
// that its kernel covers, -1 where it is beyond the image. Examples go to goroutines
// whole, so that no two write to the same place.
func (c *patches) each(batch, workers int, do func(row int, source []int)) {
	sources := c.sources()
	positions, from := c.out.Positions(), c.in.Positions()
	kernels.ParallelRange(workers, batch, 1, func(lo, hi int) {
		source := make([]int, c.kernel*c.kernel)
		for i := lo; i < hi; i++ {
			for q, covered := range sources {
				for j, s := range covered {
					source[j] = s
					if s >= 0 {
						source[j] += i * from
					}
				}
				do(i*positions+q, source)
			}
		}
	})
}

// sources returns the input positions that each output position's kernel covers.
func (c *patches) sources() [][]int {
	if c.covered == nil {
		for top := range c.out.Height {
			for left := range c.out.Width {
				covered := make([]int, 0, c.kernel*c.kernel)
				for y := top*c.stride - c.padding; y < top*c.stride-c.padding+c.kernel; y++ {
					for x := left*c.stride - c.padding; x < left*c.stride-c.padding+c.kernel; x++ {
						if y < 0 || y >= c.in.Height || x < 0 || x >= c.in.Width {
							covered = append(covered, -1)
						} else {
							covered = append(covered, y*c.in.Width+x)
						}
					}
				}
				c.covered = append(c.covered, covered)
			}
		}
	}
	return c.covered
}
