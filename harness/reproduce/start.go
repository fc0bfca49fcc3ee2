package reproduce

import (
	"context"
	"math"
	"time"

	"actinit/harness/datainit"
	"actinit/harness/dense"
	"actinit/harness/network"
	"actinit/kernels/initializer"
)

const (
	startWidth  = 256
	startBlocks = 20
	startBatch  = 64
	startSeeds  = 10

	// A block y = x + W2 relu(W1 x) under He's weights has E|y|^2 = 3 |x|^2 and adds to ln |y|^2 the variance
	// 4/width: 28/9 by the branch's norm and 8/9 by its product with x. The mean of the logarithm is lower
	// by half of it.
	startVariance = startBlocks * 4. / startWidth
)

var (
	startHe = Claim{
		Statement: "ln of the growth of the second moment over 20 blocks, n = 256, He", Published: startBlocks * math.Log(3), Source: "variances of input and branch add: 1 + 2 in each block, 3.5e9 in all",
		Relation: About, Tolerance: fluctuation(math.Sqrt(startVariance), startSeeds) + startVariance/2,
	}
	// The branches are 0 at the start: every block hands on its input's bits.
	startFixup = Claim{
		Statement: "growth of the second moment over 20 blocks, Fixup", Published: 1, Source: "rules 1 and 2",
		Relation: About, Tolerance: 1e-15,
	}
	startFixupGradient = Claim{
		Statement: "growth of the gradient's second moment over 20 blocks, Fixup", Published: 1, Source: "rules 1 and 2",
		Relation: About, Tolerance: 1e-15,
	}
)

var fixupStart = Experiment{
	Name: "fixup-start", Paper: "Zhang, Dauphin and Ma 2019",
	About: "before training: residual blocks without normalisation explode under He's weights and are the identity under Fixup",
	Cost:  2 * time.Second, Seeds: startSeeds,
	Claims: []Claim{startHe, startFixup, startFixupGradient},
	Run:    runFixupStart,
}

func runFixupStart(ctx context.Context, e *Env) error {
	fixup, err := datainit.New("fixup", nil)
	if err != nil {
		return err
	}
	he := datainit.Rule(initializer.KaimingNormal(initializer.FanIn, math.Sqrt2))
	const figure = "log10 of the second moment against block"
	found := perClaim{}
	for _, seed := range e.Seeds() {
		signal, _, err := streams(ctx, residual(false), he, e.Workers, seed)
		if err != nil {
			return err
		}
		found.add(startHe, math.Log(signal[startBlocks]/signal[0]))
		same, gradient, err := streams(ctx, residual(true), fixup, e.Workers, seed)
		if err != nil {
			return err
		}
		found.add(startFixup, same[startBlocks]/same[0])
		found.add(startFixupGradient, gradient[0]/gradient[startBlocks])
		for l := range signal {
			e.Point(figure, "He", seed, float64(l), math.Log10(signal[l]/signal[0]))
			e.Point(figure, "Fixup", seed, float64(l), math.Log10(same[l]/same[0]))
		}
		e.Step(startSeeds)
	}
	for l := range startBlocks + 1 {
		e.Point(figure, SeriesTheory+", He", 0, float64(l), float64(l)*math.Log10(3))
	}
	found.measured(e, e.experiment.Claims)
	return nil
}

// residual describes the blocks, with Fixup's scalars (rule 3) or without.
func residual(scalars bool) network.Description {
	d := network.Description{Input: []int{startWidth}}
	for range startBlocks {
		d.Layers = append(d.Layers, network.Element{Multiplier: scalars, Residual: []network.Element{
			{Dense: startWidth, Activation: "relu", ScalarBias: scalars},
			{Dense: startWidth, ScalarBias: scalars},
		}})
	}
	return d
}

// streams returns the second moments of what the blocks put out, the input first, and of the gradients
// by that.
func streams(ctx context.Context, d network.Description, kind datainit.Kind, workers int, seed uint64) (signal, gradient []float64, err error) {
	n, err := network.New[float32](d, nil, workers)
	if err != nil {
		return nil, nil, err
	}
	x := normalBatch(startBatch, startWidth, seed, streamInput)
	if _, err := kind.Apply(ctx, n, x, seed); err != nil {
		return nil, nil, err
	}
	see := observer(func(q network.Quantity, l int, m dense.Matrix[float32]) {
		switch {
		case q == network.Stream, q == network.Activation && l == 0:
			put(&signal, l, meanSquare(m))
		case q == network.StreamGradient, q == network.Gradient && l == 0:
			put(&gradient, l, meanSquare(m))
		}
	})
	y, err := n.Forward(ctx, x, see)
	if err != nil {
		return nil, nil, err
	}
	_, err = n.Backward(ctx, normalBatch(y.Rows, y.Cols, seed, streamGradient), see)
	return signal, gradient, err
}
