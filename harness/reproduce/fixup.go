package reproduce

import (
	"context"
	"math"
	"time"

	"actinit/harness/datainit"
	"actinit/harness/network"
	"actinit/harness/training"
	"actinit/kernels/initializer"
)

// Twenty residual blocks of two layers, y = relu(x + m*branch(x)), without any
// normalisation, with Fixup's scalars: a bias before every layer and activation, a multiplier
// for each branch. Both nets have them; He's differs in its weights, the classifier's
// among them. What the starts are before training is fixup-start's matter. The rate is the paper's largest, .1, with its momentum.
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
	fixupHeFails  = Claim{"He at rate .1: share of seeds whose loss is infinite or no better than chance at the end", 1, "section 4.1: without normalisation He diverges at such rates", AtLeast, 0}
	fixupAccuracy = Claim{"Fixup at rate .1: accuracy on digits not trained on", 1, "section 4: trains as well as with normalisation; no accuracy of digits is published", AtLeast, .07}
	fixupLoss     = Claim{"Fixup at rate .1: training loss at the end", 0, "section 4", AtMost, .1}
)

var fixup = Experiment{
	Name: "fixup-2019", Paper: "Zhang, Dauphin and Ma 2019",
	About: "a deep residual net without normalisation learns from Fixup's weights at a rate at which it diverges from He's",
	Cost:  7 * time.Second, Seeds: 5, Run: runFixup,
	Claims: []Claim{fixupHeFails, fixupAccuracy, fixupLoss},
}

// A fixupResult are the trainings from one start at each of fixupRates.
type fixupResult struct {
	losses   [][]float64
	accuracy []float64
}

func runFixup(ctx context.Context, e *Env) error {
	rule, err := datainit.New("fixup", nil)
	if err != nil {
		return err
	}
	starts := []datainit.Kind{rule, datainit.Rule(initializer.KaimingNormal(initializer.FanIn, math.Sqrt2))}
	results, err := eachSeed(ctx, e, func(ctx context.Context, seed uint64) (r [2]fixupResult, err error) {
		for i, start := range starts {
			if r[i], err = learnResidual(ctx, start, seed); err != nil {
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

// learnResidual trains one net from the same start at each of fixupRates.
func learnResidual(ctx context.Context, start datainit.Kind, seed uint64) (r fixupResult, err error) {
	train, test, err := training.Digits(seed)
	if err != nil {
		return r, err
	}
	n, err := network.New[float32](residualNet(fixupBlocks, fixupWidth), nil, 1)
	if err != nil {
		return r, err
	}
	if _, err := start.Apply(ctx, n, train.X, seed); err != nil {
		return r, err
	}
	first := training.Snapshot(n)
	for _, rate := range fixupRates {
		training.Restore(n, first)
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
