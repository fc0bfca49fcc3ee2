package network

import (
	"actinit/harness/dense"
	"actinit/kernels"
)

// PoolMean names the mean over an image.
const PoolMean = "mean"

// A meanPool replaces each channel by its mean over the positions.
type meanPool[T kernels.Float] struct {
	in      Shape
	buffers buffers[T]
}

func (m *meanPool[T]) forward(p *pass[T], x dense.Matrix[T]) dense.Matrix[T] {
	positions := m.in.Positions()
	y := m.buffers.matrix("y", p.batch, m.in.Channels)
	sums := make([]float64, m.in.Channels)
	for i := range p.batch {
		clear(sums)
		for q := range positions {
			for c, v := range x.Row(i*positions + q) {
				sums[c] += float64(v)
			}
		}
		for c, s := range sums {
			y.Row(i)[c] = T(s / float64(positions))
		}
	}
	return y
}

func (m *meanPool[T]) backward(p *pass[T], g dense.Matrix[T]) dense.Matrix[T] {
	positions := m.in.Positions()
	dx := m.buffers.matrix("dx", p.batch*positions, m.in.Channels)
	for i := range p.batch {
		for q := range positions {
			to := dx.Row(i*positions + q)
			for c, v := range g.Row(i) {
				to[c] = v / T(positions)
			}
		}
	}
	return dx
}
