package reproduce

import (
	"context"
	"math"

	"actinit/harness/dense"
	"actinit/harness/network"
	"actinit/harness/training"
	"actinit/kernels/initializer"
)

// Twenty residual blocks of two layers, y = relu(x + m*branch(x)), without any
// normalisation. Fixup's rule for L branches of m = 2 layers: He times L^(-1/2) in the
// first, 0 in the last, 0 in the classifier, scalar biases before every layer and
// activation, a multiplier for each branch. He's net is the same but for its weights,
// with the classifier's drawn too. The rate is the paper's largest, .1, with its momentum.
const (
	fixupBlocks   = 20
	fixupWidth    = 64
	fixupSteps    = 300
	fixupBatch    = 64
	fixupMomentum = .9
	fixupHigh     = .1
)

// fixupRates are those of the curves, up to the one of the claims.
var fixupRates = []float64{1e-4, .001, .01, fixupHigh}

var (
	fixupGrowth = Claim{"Fixup: what the blocks multiply the signal's mean square by at the start", 1, "section 3: every branch is 0 at the start", About, 1e-6}
	// Every block doubles the variance, but for the part that ReLU cuts off.
	heGrowth      = Claim{"He: log2 of what 20 blocks multiply the signal's mean square by, at the start", 20, "section 2: the variance grows exponentially with depth, a factor of 2 for each block or more", AtLeast, 0}
	fixupHeFails  = Claim{"He at rate .1: share of seeds whose loss is infinite or no better than chance at the end", 1, "section 4.1: without normalisation He diverges at such rates", AtLeast, 0}
	fixupAccuracy = Claim{"Fixup at rate .1: accuracy on digits not trained on", 1, "section 4: trains as well as with normalisation; no accuracy of digits is published", AtLeast, .07}
	fixupLoss     = Claim{"Fixup at rate .1: training loss at the end", 0, "section 4", AtMost, .1}
)

var fixup = Experiment{
	Name: "fixup-2019", Paper: "Zhang, Dauphin and Ma 2019",
	About: "a deep residual net without normalisation learns from Fixup's weights at a rate at which it diverges from He's",
	Cost:  90e9, Seeds: 5, Run: runFixup,
	Claims: []Claim{fixupGrowth, heGrowth, fixupHeFails, fixupAccuracy, fixupLoss},
}

// A fixupResult is one start, and its trainings at each of fixupRates.
type fixupResult struct {
	growth   float64
	losses   [][]float64
	accuracy []float64
}

func runFixup(ctx context.Context, e *Env) error {
	results, err := eachSeed(ctx, e, func(ctx context.Context, seed uint64) (r [2]fixupResult, err error) {
		for i, fixed := range []bool{true, false} {
			if r[i], err = learnResidual(ctx, fixed, seed); err != nil {
				return r, err
			}
		}
		return r, nil
	})
	if err != nil {
		return err
	}
	const fixed, he = 0, 1
	high := len(fixupRates) - 1
	e.Measured(fixupGrowth, values(results, func(r [2]fixupResult) float64 { return r[fixed].growth })...)
	e.Measured(heGrowth, values(results, func(r [2]fixupResult) float64 { return math.Log2(r[he].growth) })...)
	e.Measured(fixupHeFails, values(results, func(r [2]fixupResult) float64 {
		if loss := finalLoss(r[he].losses[high]); loss < math.Ln10 {
			return 0
		}
		return 1
	})...)
	e.Measured(fixupAccuracy, values(results, func(r [2]fixupResult) float64 { return r[fixed].accuracy[high] })...)
	e.Measured(fixupLoss, values(results, func(r [2]fixupResult) float64 { return finalLoss(r[fixed].losses[high]) })...)
	for i, seed := range e.Seeds() {
		for j, name := range []string{"Fixup", "He"} {
			r := results[i][j]
			e.drawLosses("training loss against step at rate .1", name, seed, r.losses[high])
			for k, rate := range fixupRates {
				e.Point("training loss at the end against rate", name, seed, rate, finalLoss(r.losses[k]))
			}
		}
	}
	return nil
}

// residualNet describes the net, and with scalars has Fixup's scalar parameters.
func residualNet(blocks, width int) network.Description {
	layer := network.Element{Dense: width, ScalarBias: true, Activation: "relu"}
	d := network.Description{Input: []int{digitsInputs}, Layers: []network.Element{layer}}
	last := layer
	last.Activation = ""
	for range blocks {
		d.Layers = append(d.Layers, network.Element{Residual: []network.Element{layer, last}, Multiplier: true, Activation: "relu"})
	}
	d.Layers = append(d.Layers, network.Element{Dense: digitsClasses, Bias: true})
	return d
}

// fixupRule returns each layer's rule: branches are layers 2,3 4,5 .. and the classifier
// is the last.
func fixupRule(blocks int) func(l *network.Layer[float32]) initializer.Initializer {
	return func(l *network.Layer[float32]) initializer.Initializer {
		const branchLayers = 2
		switch {
		case l.Index == 1:
			return initializer.KaimingNormal(initializer.FanIn, math.Sqrt2)
		case l.Index > branchLayers*blocks+1, l.Index%branchLayers == 1:
			return initializer.Zeros()
		}
		scale := math.Pow(float64(blocks), -1./(2*branchLayers-2))
		return initializer.KaimingNormal(initializer.FanIn, math.Sqrt2*scale)
	}
}

// learnResidual trains one net from the same start at each of fixupRates.
func learnResidual(ctx context.Context, fixed bool, seed uint64) (r fixupResult, err error) {
	train, test, err := training.Digits(seed)
	if err != nil {
		return r, err
	}
	rule := every(initializer.KaimingNormal(initializer.FanIn, math.Sqrt2))
	if fixed {
		rule = fixupRule(fixupBlocks)
	}
	n, err := newNet(residualNet(fixupBlocks, fixupWidth), rule, seed)
	if err != nil {
		return r, err
	}
	if r.growth, err = streamGrowth(ctx, n, train); err != nil {
		return r, err
	}
	start := training.Snapshot(n)
	for _, rate := range fixupRates {
		training.Restore(n, start)
		losses, err := descend(ctx, n, train, training.Plan{
			Steps: fixupSteps, Batch: fixupBatch, Seed: seed, Optimizer: &training.SGD[float32]{Rate: rate, Momentum: fixupMomentum},
		})
		if err != nil {
			return r, err
		}
		_, accuracy, err := training.Evaluate(ctx, n, test)
		if err != nil {
			return r, err
		}
		r.losses, r.accuracy = append(r.losses, losses), append(r.accuracy, accuracy)
	}
	return r, nil
}

// streamGrowth returns the mean square of what the last block puts out over that of what
// the first takes.
func streamGrowth(ctx context.Context, n *network.Net[float32], data training.Data) (float64, error) {
	var first, last float64
	_, err := n.Forward(ctx, data.X, observer(func(q network.Quantity, l int, m dense.Matrix[float32]) {
		switch {
		case q == network.Activation && l == 1:
			first = meanSquare(m)
		case q == network.Stream && l == len(n.Blocks):
			last = meanSquare(m)
		}
	}))
	return last / first, err
}
