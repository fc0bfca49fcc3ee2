package layers

import (
	"context"
	"testing"

	"actinit/harness/dense"
	"actinit/harness/network"
	"actinit/harness/result"
	"actinit/kernels"
)

// BenchmarkLecture is a pass of the lecture's experiment, and one with all statistics.
func BenchmarkLecture(b *testing.B) {
	const width, batch = 4096, 256
	d := network.Description{Input: []int{width}}
	for range lectureDepth {
		d.Layers = append(d.Layers, network.Element{Dense: width, Activation: "tanh"})
	}
	n, err := network.New[float32](d, nil, 2)
	if err != nil {
		b.Fatal(err)
	}
	start, err := startNamed(XavierLecture)
	if err != nil {
		b.Fatal(err)
	}
	x, g := dense.New[float32](batch, width), dense.New[float32](batch, width)
	for i := range batch {
		kernels.Normal(x.Row(i), 1, streamInput, uint64(i*width), 0, 1)
		kernels.Normal(g.Row(i), 1, streamGradient, uint64(i*width), 0, 1)
	}
	if _, err := start.kind.Apply(context.Background(), n, x, 1); err != nil {
		b.Fatal(err)
	}
	pass := func(see network.Observer[float32]) {
		n.ZeroGradients()
		if _, err := n.Forward(context.Background(), x, see); err != nil {
			b.Fatal(err)
		}
		if _, err := n.Backward(context.Background(), g, see); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("pass", func(b *testing.B) {
		for b.Loop() {
			pass(nil)
		}
	})
	b.Run("statistics", func(b *testing.B) {
		for b.Loop() {
			r := NewRecorder(result.Layer{}, n, 2)
			pass(r)
			r.Rows(0)
		}
	})
}
