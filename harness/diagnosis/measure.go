// Package diagnosis shows a net a data set and says in words what its layers do
// to the signal and to the gradient: who dies, who saturates, what vanishes.
package diagnosis

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"actinit/harness/dense"
	"actinit/harness/layers"
	"actinit/harness/network"
	"actinit/harness/result"
	"actinit/harness/training"
	"actinit/kernels"
)

// streamGradient is the random stream of the gradient a backward pass starts from.
const streamGradient = 1<<40 + 1

// Rows of a batch's largest matrix, and the fewest and the most examples that are chosen
// for them: statistics over pairs of rows take their square.
const (
	batchRows = 1024
	maxBatch  = 256
)

// A Layer is what was measured at one layer, over all examples.
type Layer struct {
	Index         int     `json:"layer"` // from 1; 0 is the input
	Name          string  `json:"name"`
	Activation    string  `json:"activation"`
	Units         int     `json:"units"`
	FanIn         int     `json:"fan_in"`
	Positions     int     `json:"positions"`          // of an image
	InBranch      bool    `json:"in_branch"`          // of a residual
	Mean          float64 `json:"mean"`               // of the activations
	Std           float64 `json:"std"`                // of the activations
	RMS           float64 `json:"rms"`                // of the activations
	PreRMS        float64 `json:"preactivation_rms"`  // of the pre-activations
	Saturated     float64 `json:"saturated_share"`    // NaN where the word means nothing
	Zero          float64 `json:"zero_share"`         // exactly 0
	NeverFiring   int     `json:"never_firing_units"` // 0 at every example
	EffectiveRank float64 `json:"effective_rank"`     // exp of the entropy of the covariance's spectrum
	GradientRMS   float64 `json:"gradient_rms"`       // of the loss's gradient by the activations
	GradientNorm  float64 `json:"gradient_norm"`      // of all of them together
	WeightStd     float64 `json:"weight_std"`
	WeightRatio   float64 `json:"gradient_to_weight"` // norm of the weight's gradient by the weight's
	NotFinite     int64   `json:"not_finite"`         // NaN and infinities in all that was seen of the layer
}

// A Measurement is what a net did to a data set.
type Measurement struct {
	Examples int            `json:"examples"`
	Loss     float64        `json:"loss"` // mean cross-entropy, NaN without labels
	Right    int            `json:"right"`
	Layers   []Layer        `json:"layers"` // from 0, the input
	Rows     []result.Layer `json:"-"`      // all statistics
}

// Measure takes the examples through the net and back, in batches. The backward pass starts
// from the cross-entropy's gradient where there are labels, which must be below the number
// of the net's outputs, and from N(0, 1) values where there are none. The weights'
// gradients are sums over the examples, of the mean cross-entropy with labels.
func Measure(ctx context.Context, n *network.Net[float32], examples Examples, seed uint64, workers int) (Measurement, error) {
	start := time.Now()
	if examples.Columns() != n.Input.Size() {
		return Measurement{}, fmt.Errorf("an example has %d values, and the net takes %v", examples.Columns(), n.Input)
	}
	m := Measurement{Examples: examples.Len(), Loss: math.NaN()}
	width := 0
	positions := n.Input.Positions()
	for _, l := range n.Layers {
		width, positions = max(width, l.Units), max(positions, l.Out().Positions())
	}
	batch := min(max(1, batchRows/positions), maxBatch, m.Examples)
	recorder := layers.NewRecorder(result.Layer{Depth: int64(len(n.Layers)), Width: int64(width), Batch: int64(batch), Seed: int64(seed)}, n, workers)
	recorder.Spectra()
	n.ZeroGradients()
	x := dense.New[float32](batch, n.Input.Size())
	g := dense.New[float32](batch*n.Output.Positions(), n.Output.Channels)
	for lo := 0; lo < m.Examples; lo += batch {
		hi := min(lo+batch, m.Examples)
		x, g := x.RowRange(0, hi-lo), g.RowRange(0, (hi-lo)*n.Output.Positions())
		if err := examples.Batch(lo, x); err != nil {
			return Measurement{}, err
		}
		y, err := n.Forward(ctx, x, recorder)
		if err != nil {
			return Measurement{}, err
		}
		if labels := examples.Labels(lo, hi); labels != nil {
			loss, right := training.CrossEntropy(y, labels, g)
			share := float64(hi-lo) / float64(m.Examples)
			if lo == 0 {
				m.Loss = 0
			}
			m.Loss += share * loss
			m.Right += right
			for i := range g.Rows { // of the mean over all examples
				row := g.Row(i)
				for j := range row {
					row[j] *= float32(share)
				}
			}
		} else {
			for i := range g.Rows {
				kernels.Normal(g.Row(i), seed, streamGradient, uint64(lo*n.Output.Positions()+i)*uint64(g.Cols), 0, 1)
			}
		}
		if _, err := n.Backward(ctx, g, recorder); err != nil {
			return Measurement{}, err
		}
	}
	m.Rows = recorder.Rows(time.Since(start).Seconds())
	m.Layers = summarise(n, m.Rows)
	for i := range m.Rows {
		if l := m.Rows[i].Layer; l > 0 {
			m.Rows[i].Activation = m.Layers[l].Activation
		}
	}
	return m, nil
}

// summarise makes one Layer of the rows of each.
func summarise(n *network.Net[float32], rows []result.Layer) []Layer {
	nan := math.NaN()
	all := make([]Layer, 1+len(n.Layers))
	all[0] = Layer{Name: "input", Units: n.Input.Size(), Positions: 1, GradientRMS: nan, PreRMS: nan, WeightStd: nan, WeightRatio: nan, Saturated: nan, EffectiveRank: nan}
	for i, l := range n.Layers {
		inBranch := slices.ContainsFunc(n.Blocks, func(b *network.Block[float32]) bool { return slices.Contains(b.Branch, l) })
		all[i+1] = Layer{Index: l.Index, Name: l.Name, Units: l.Units, FanIn: l.FanIn, Positions: l.Out().Positions(), InBranch: inBranch}
		if l.Op != nil {
			all[i+1].Activation = l.Op.Name
		}
	}
	for _, r := range rows {
		l := &all[r.Layer]
		l.NotFinite += r.NaN + r.Inf
		switch r.Quantity {
		case layers.Weight:
			l.WeightStd = r.Std
		case layers.Preactivation:
			l.PreRMS = r.RMS
		case layers.Activation:
			l.Mean, l.Std, l.RMS, l.Zero, l.Saturated, l.NeverFiring = r.Mean, r.Std, r.RMS, r.ZeroShare, r.SaturatedShare, int(r.DeadUnits)
			if r.Layer > 0 {
				l.EffectiveRank = r.EntropyRank
			}
		case layers.Gradient:
			l.GradientRMS, l.GradientNorm = r.RMS, r.Norm
		case layers.WeightGradient:
			l.WeightRatio = r.NormToWeight
		}
	}
	return all
}
