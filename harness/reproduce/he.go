package reproduce

import (
	"context"
	"fmt"
	"math"
	"time"

	"actinit/harness/network"
	"actinit/harness/training"
	"actinit/kernels/initializer"
)

// The paper's nets are convolutional and learn ImageNet; these are as deep, fully
// connected, and learn the shipped digits. What the paper shows is a matter of depth alone:
// behind L ReLU layers Xavier's signal, and every weight gradient with it, is 2^(-L/2) of
// He's, 1/2000 at 22 layers and 1/30000 at 30. Momentum is the paper's, .9.
//
// The number of steps is what 22 layers from Xavier's weights need, with a third to spare,
// as pilot runs with other seeds showed. In them 30 layers stayed at chance for 400 to 600
// steps, three times as long as He's needed to learn, and left it then: momentum and the
// biases of the layers near the top get these narrow nets off the plateau, so that "completely
// stalled" holds while He learns and not for good.
const (
	heWidth    = 96
	heSteps    = 1000
	heBatch    = 64
	heRate     = .005
	heMomentum = .9
	heLearnt   = 1. // a loss, of ln 10 = 2.3 at first, that counts as converging
)

var (
	heXavier22 = Claim{"22 layers, Xavier: share of seeds that converge", 1, "figure 2", AtLeast, 0}
	heHe22     = Claim{"22 layers, He: share of seeds that converge", 1, "figure 2", AtLeast, 0}
	heFaster   = Claim{"22 layers: steps to converge, Xavier over He", 1, "figure 2: He starts reducing error earlier", AtLeast, 0}
	heXavier30 = Claim{"30 layers, Xavier: share of seeds that converge", 0, "figure 3", AtMost, 0}
	heStalled  = Claim{"30 layers, Xavier: loss at the step at which He has converged", math.Ln10, "figure 3: learning is stalled, at chance", About, .05}
	heForGood  = Claim{"30 layers, Xavier: loss at the end", math.Ln10, "figure 3: completely stalled, to the end", About, .05}
	heHe30     = Claim{"30 layers, He: share of seeds that converge", 1, "figure 3", AtLeast, 0}
	heAccuracy = Claim{"30 layers, He: accuracy on digits not trained on", 1, "figure 3: it is able to converge; no accuracy of digits is published", AtLeast, .15}
)

var heTraining = Experiment{
	Name: "he-2015-training", Paper: "He, Zhang, Ren and Sun 2015",
	About: "22 ReLU layers learn from Xavier's weights and faster from He's, 30 only from He's",
	Cost:  17 * time.Second, Seeds: 5, Run: runHeTraining,
	Claims: []Claim{heXavier22, heHe22, heFaster, heXavier30, heStalled, heForGood, heHe30, heAccuracy},
}

// A heResult is what one net learnt.
type heResult struct {
	losses   []float64
	steps    int // until it converged, heSteps if it did not
	accuracy float64
}

func (r heResult) converged() float64 {
	if r.steps < heSteps {
		return 1
	}
	return 0
}

func runHeTraining(ctx context.Context, e *Env) error {
	rules := []struct {
		name string
		rule initializer.Initializer
	}{
		{"Xavier", initializer.XavierLecture()},
		{"He", initializer.KaimingNormal(initializer.FanIn, math.Sqrt2)},
	}
	depths := []int{22, 30}
	results, err := eachSeed(ctx, e, func(ctx context.Context, seed uint64) ([]heResult, error) {
		var r []heResult
		for _, depth := range depths {
			for _, rule := range rules {
				one, err := learnDeep(ctx, depth, rule.rule, seed)
				if err != nil {
					return nil, err
				}
				r = append(r, one)
			}
		}
		return r, nil
	})
	if err != nil {
		return err
	}
	of := func(i int, f func(heResult) float64) []float64 {
		return values(results, func(r []heResult) float64 { return f(r[i]) })
	}
	const xavier22, he22, xavier30, he30 = 0, 1, 2, 3
	e.Measured(heXavier22, of(xavier22, heResult.converged)...)
	e.Measured(heHe22, of(he22, heResult.converged)...)
	e.Measured(heFaster, values(results, func(r []heResult) float64 { return float64(r[xavier22].steps) / float64(r[he22].steps) })...)
	e.Measured(heXavier30, of(xavier30, heResult.converged)...)
	e.Measured(heStalled, values(results, func(r []heResult) float64 { return smoothed(r[xavier30].losses)[r[he30].steps-1] })...)
	e.Measured(heForGood, of(xavier30, func(r heResult) float64 { return finalLoss(r.losses) })...)
	e.Measured(heHe30, of(he30, heResult.converged)...)
	e.Measured(heAccuracy, of(he30, func(r heResult) float64 { return r.accuracy })...)
	for i, seed := range e.Seeds() {
		for d, depth := range depths {
			for j, rule := range rules {
				e.drawLosses("training loss against step", fmt.Sprintf("%s, %d layers", rule.name, depth), seed, results[i][d*len(rules)+j].losses)
			}
		}
	}
	return nil
}

// learnDeep trains a net of ReLU layers, the last of which puts out the classes.
func learnDeep(ctx context.Context, depth int, rule initializer.Initializer, seed uint64) (heResult, error) {
	train, test, err := training.Digits(seed)
	if err != nil {
		return heResult{}, err
	}
	n, err := newNet(classifier(depth, heWidth, "relu"), every(rule), seed)
	if err != nil {
		return heResult{}, err
	}
	losses, err := descend(ctx, n, train, training.Plan{
		Steps: heSteps, Batch: heBatch, Seed: seed, Optimizer: &training.SGD[float32]{Rate: heRate, Momentum: heMomentum},
	})
	if err != nil {
		return heResult{}, err
	}
	_, accuracy, err := training.Evaluate(ctx, n, test)
	return heResult{losses, stepsUntil(losses, heLearnt, heSteps), accuracy}, err
}

// digitsInputs and digitsClasses are the shipped digits' pixels and labels.
const (
	digitsInputs  = 64
	digitsClasses = 10
)

// classifier describes a net of dense layers with biases, depth with the last one,
// which puts out a value for each digit.
func classifier(depth, width int, activation string) network.Description {
	d := network.Description{Input: []int{digitsInputs}}
	for range depth - 1 {
		d.Layers = append(d.Layers, network.Element{Dense: width, Bias: true, Activation: activation})
	}
	d.Layers = append(d.Layers, network.Element{Dense: digitsClasses, Bias: true})
	return d
}
