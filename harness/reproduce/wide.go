package reproduce

import (
	"strconv"

	"actinit/harness/dense"
	"actinit/harness/network"
	"actinit/kernels"
)

// Random streams of inputs and of the gradients that a backward pass starts from, far
// from those of the weights (package network).
const (
	streamInput    = 1 << 40
	streamGradient = 1<<40 + 1
)

// tower describes a net of equally wide dense layers without biases.
func tower(depth, width int, activation string) network.Description {
	d := network.Description{Input: []int{width}}
	for range depth {
		d.Layers = append(d.Layers, network.Element{Dense: width, Activation: activation})
	}
	return d
}

// An observer is a function that is shown what a net computes.
type observer func(q network.Quantity, l int, m dense.Matrix[float32])

// See calls o.
func (o observer) See(q network.Quantity, l int, m dense.Matrix[float32]) { o(q, l, m) }

// normalBatch returns independent N(0, 1) values.
func normalBatch(rows, cols int, seed, stream uint64) dense.Matrix[float32] {
	x := dense.New[float32](rows, cols)
	for i := range x.Rows {
		kernels.Normal(x.Row(i), seed, stream, uint64(i*cols), 0, 1)
	}
	return x
}

// widened returns the values in float64.
func widened(x []float32) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = float64(v)
	}
	return y
}

// meanSquare returns the second moment of the elements.
func meanSquare(m dense.Matrix[float32]) float64 {
	sum := 0.
	for i := range m.Rows {
		for _, v := range m.Row(i) {
			sum += float64(v) * float64(v)
		}
	}
	return sum / float64(m.Rows*m.Cols)
}

func itoa(i int) string { return strconv.Itoa(i) }
