package reproduce

import (
	"context"
	"fmt"
	"time"

	"actinit/harness/network"
	"actinit/harness/training"
	"actinit/kernels/initializer"
)

// Deep tanh nets at the edge of chaos without biases, sigma_w = 1, where a gradient keeps its
// mean square from layer to layer. From Gaussian weights the singular values of the
// net's Jacobian spread with depth all the same, from orthogonal ones they stay together:
// that is dynamical isometry. Plain gradient descent, as in the papers, at a rate at which the losses of
// both starts fell steadily in pilot runs with other seeds; at four times it the Gaussian ones'
// do not, and at half of it both take twice as long.
const (
	criticalTanhDepth  = 50
	criticalTanhWidth  = 64
	criticalTanhSteps  = 500
	criticalTanhBatch  = 64
	criticalTanhRate   = .016
	criticalTanhLearnt = .5 // a loss, of ln 10 = 2.3 at first
)

var (
	criticalTanhLearns = Claim{"50 tanh layers, orthogonal: share of seeds that reach a loss of .5 in 500 steps", 1, "Pennington et al. 2017, figure 1; Xiao et al. 2018", AtLeast, 0}
	criticalTanhFaster = Claim{"steps to a loss of .5 (at most 500), Gaussian over orthogonal", 1.5, "Pennington et al. 2017: faster by much at hundreds of layers; the 1.5 is ours", AtLeast, 0}
)

var isometryTraining = Experiment{
	Name: "isometry-training", Paper: "Saxe et al. 2013; Pennington, Schoenholz and Ganguli 2017",
	About: "a deep tanh net at the edge of chaos learns faster from orthogonal weights than from Gaussian ones",
	Cost:  10 * time.Second, Seeds: 5, Run: runIsometryTraining,
	Claims: []Claim{criticalTanhLearns, criticalTanhFaster},
}

func runIsometryTraining(ctx context.Context, e *Env) error {
	const orthogonal, gaussian = 0, 1
	rules := []initializer.Initializer{initializer.Orthogonal(1), initializer.XavierLecture()}
	results, err := eachSeed(ctx, e, func(ctx context.Context, seed uint64) (losses [2][]float64, err error) {
		for i, rule := range rules {
			if losses[i], err = learnTanh(ctx, criticalTanhDepth, criticalTanhSteps, rule, seed); err != nil {
				return losses, err
			}
		}
		return losses, nil
	})
	if err != nil {
		return err
	}
	steps := func(losses []float64) float64 {
		return float64(stepsUntil(losses, criticalTanhLearnt, criticalTanhSteps))
	}
	e.Measured(criticalTanhLearns, values(results, func(r [2][]float64) float64 {
		if steps(r[orthogonal]) < criticalTanhSteps {
			return 1
		}
		return 0
	})...)
	e.Measured(criticalTanhFaster, values(results, func(r [2][]float64) float64 { return steps(r[gaussian]) / steps(r[orthogonal]) })...)
	for i, seed := range e.Seeds() {
		for j, name := range []string{"orthogonal", "Gaussian"} {
			e.drawLosses("training loss against step", fmt.Sprintf("%s, %d layers", name, criticalTanhDepth), seed, results[i][j])
		}
	}
	return nil
}

// learnTanh trains a net of tanh layers under a layer that puts out the classes.
func learnTanh(ctx context.Context, depth, steps int, rule initializer.Initializer, seed uint64) ([]float64, error) {
	train, _, err := training.Digits(seed)
	if err != nil {
		return nil, err
	}
	d := tower(depth, criticalTanhWidth, "tanh")
	d.Layers = append(d.Layers, network.Element{Dense: digitsClasses})
	n, err := newNet(d, every(rule), seed)
	if err != nil {
		return nil, err
	}
	return descend(ctx, n, train, training.Plan{
		Steps: steps, Batch: criticalTanhBatch, Seed: seed, Optimizer: &training.SGD[float32]{Rate: criticalTanhRate},
	})
}
