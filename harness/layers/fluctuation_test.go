package layers

import (
	"context"
	"math"
	"testing"

	"actinit/harness/dense"
	"actinit/harness/network"
	"actinit/harness/statistics"
	"actinit/harness/theory"
	"actinit/kernels/initializer"
)

// The chance that a finite width leaves, against the spread of many small nets
// with different seeds: of a batch whose examples stay uncorrelated (tanh) and
// of one whose examples grow alike (ReLU), smaller and larger than the width.
func TestFluctuationsOfSmallNets(t *testing.T) {
	const depth, seeds = 4, 150
	for _, c := range []struct {
		name         string
		width, batch int
	}{{"tanh", 100, 16}, {"relu", 100, 16}, {"tanh", 32, 256}, {"relu", 32, 256}} {
		name, width, batch := c.name, c.width, c.batch
		std := math.Sqrt(2 / float64(width))
		field, ok := theory.Of(name)
		if !ok {
			t.Fatalf("no %s in the table", name)
		}
		expected := theory.Uniform(field, depth, width, std).LogVariance(1, batch)
		var spread [depth + 1]statistics.Moments
		m := NewMachine(1)
		for seed := range uint64(seeds) {
			c := cell(name, "", DataN01, depth, width, batch)
			c.Seed = seed
			x, err := m.input(c)
			if err != nil {
				t.Fatal(err)
			}
			var seen levels
			n, err := network.New[float32](c.description(), m.space, 1)
			if err != nil {
				t.Fatal(err)
			}
			if err := n.Initialize(func(*network.Layer[float32]) initializer.Initializer { return initializer.Normal(0, std) }, seed); err != nil {
				t.Fatal(err)
			}
			if _, err := n.Forward(context.Background(), x, &seen); err != nil {
				t.Fatal(err)
			}
			for l, v := range seen.rms {
				spread[l] = spread[l].Merge(statistics.MomentsOf([]float64{2 * math.Log(v)}))
			}
		}
		for l := 1; l <= depth; l++ {
			// 150 nets know the standard deviation to 6%; examples of norms that differ add a little.
			if r := math.Sqrt(spread[l].Variance() / expected[l]); r < .8 || r > 1.3 {
				t.Errorf("%s, width %d, batch %d, layer %d: standard deviation %.4f, theory %.4f", name, width, batch, l, math.Sqrt(spread[l].Variance()), math.Sqrt(expected[l]))
			}
		}
	}
}

// levels is an observer that keeps the RMS of the activations.
type levels struct{ rms []float64 }

func (o *levels) See(q network.Quantity, _ int, m dense.Matrix[float32]) {
	if q == network.Activation {
		o.rms = append(o.rms, rms(m, 1))
	}
}
